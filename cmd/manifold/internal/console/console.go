// Package console serves the page at /: GraphiQL with the example queries, built
// by npm before the binary is, or a plain page where it was not.
package console

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"github.com/manifold-graph/manifold/examples"
)

//go:embed all:built
var bundle embed.FS

//go:embed placeholder.html
var placeholder string

//go:embed placeholder.css
var placeholderStyle []byte

// Handler serves the page and the files beside it.
func Handler() *http.ServeMux {
	files, err := fs.Sub(bundle, "built")
	if err != nil {
		panic(err) // a constant name
	}
	return handler(files)
}

// handler serves files when they hold a page, else the placeholder.
func handler(files fs.FS) *http.ServeMux {
	mux := http.NewServeMux()
	list, err := json.Marshal(examples.All())
	if err != nil {
		panic(fmt.Errorf("console: %w", err)) // strings alone
	}
	mux.Handle("GET /examples.json", static("examples.json", list))
	if _, err := fs.Stat(files, "index.html"); err != nil {
		mux.Handle("GET /{$}", static("index.html", plainPage()))
		mux.Handle("GET /placeholder.css", static("placeholder.css", placeholderStyle))
		return mux
	}
	for _, name := range []string{"icon.svg", "page.css", "page.js"} {
		mux.Handle("GET /"+name, bundled(files, name))
	}
	mux.Handle("GET /{$}", bundled(files, "index.html"))
	return mux
}

func bundled(files fs.FS, name string) http.Handler {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		panic(fmt.Errorf("console: the page was built in part: %w; run make console", err))
	}
	return static(name, content)
}

// static has no-cache, for a newer binary may serve another page under the same names.
func static(name string, content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

func plainPage() []byte {
	var page bytes.Buffer
	if err := template.Must(template.New("placeholder").Parse(placeholder)).Execute(&page, examples.All()); err != nil {
		panic(fmt.Errorf("console: %w", err)) // the template is part of the binary
	}
	return page.Bytes()
}

// Built tells whether the page of npm's is part of this binary.
func Built() bool {
	_, err := fs.Stat(bundle, "built/index.html")
	return err == nil
}
