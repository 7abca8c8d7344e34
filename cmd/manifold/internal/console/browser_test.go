package console_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/console"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/people"
)

// world answers the sources example in part: who asks, and no source.
type world struct{ generated.ResolverRoot }

func (world) Query() generated.QueryResolver   { return query{} }
func (world) Viewer() generated.ViewerResolver { return viewer{} }

type query struct{ generated.QueryResolver }

func (query) Viewer(ctx context.Context) (*access.Principal, error) {
	p := access.From(ctx)
	return &p, nil
}

func (query) Sources(context.Context) ([]directory.Source, error) { return []directory.Source{}, nil }

func (query) LinkSuggestions(context.Context, *int, *string) (*people.Page[directory.Suggestion], error) {
	return &people.Page[directory.Suggestion]{}, nil
}

func (query) LinkConflicts(context.Context, *int, *string) (*people.Page[directory.Conflict], error) {
	return &people.Page[directory.Conflict]{}, nil
}

type viewer struct{}

func (viewer) Scopes(_ context.Context, p *access.Principal) ([]string, error) {
	var held []string
	for _, s := range access.ReadScopes {
		if p.Has(s) {
			held = append(held, string(s))
		}
	}
	return held, nil
}

func serve(t *testing.T) string {
	t.Helper()
	api := server.NewGraphQL(generated.NewExecutableSchema(generated.Config{Resolvers: world{}}), server.Limits{})
	s, err := server.New(api, server.Options{Page: console.Handler()})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.Handler())
	t.Cleanup(ts.Close)
	return ts.URL
}

// complaints collects what the browser says about the page: errors, warnings, and breaches of its policy.
type complaints struct {
	mu   sync.Mutex
	said []string
}

func (c *complaints) listen(ctx context.Context) {
	for message, err := range chromedp.Console(ctx) {
		if err != nil {
			return // the browser is gone
		}
		switch message.Type {
		case "error", "warning", "assert", chromedp.ConsoleException:
			c.mu.Lock()
			c.said = append(c.said, message.String())
			c.mu.Unlock()
		}
	}
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

func browser(t *testing.T) (context.Context, *complaints) {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium or Chrome is installed; make test says how to get one")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1440, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	heard := &complaints{}
	var listening sync.WaitGroup
	listening.Go(func() { heard.listen(ctx) })
	t.Cleanup(func() { cancel(); listening.Wait() })
	return ctx, heard
}

func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, ctx context.Context, expression string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return text
}

func TestPageAsksAnExampleInARealBrowser(t *testing.T) {
	if !console.Built() {
		t.Fatal("the page is not built; make console builds it")
	}
	url := serve(t)
	ctx, heard := browser(t)
	err := chromedp.Do(ctx,
		chromedp.Navigate(url+"/"),
		chromedp.WaitVisible(chromedp.CSS(".graphiql-execute-button")),
		chromedp.Click(chromedp.Search(`//button[contains(@class, "graphiql-tab-button") and contains(., "Sources")]`)),
		// The editor learns the name of the tab's operation a moment after it shows the tab.
		chromedp.Poll[chromedp.Void](`document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.operationName === 'Sources'`, chromedp.WithPollingTimeout(15*time.Second), chromedp.WithPollingInterval(50*time.Millisecond)),
		chromedp.Click(chromedp.CSS(".graphiql-execute-button")),
		chromedp.Poll[chromedp.Void](`document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes('"viewer"')`, chromedp.WithPollingTimeout(15*time.Second), chromedp.WithPollingInterval(50*time.Millisecond)),
	)
	if err != nil {
		shoot(t, ctx, "page.png")
		t.Fatalf("%v; the browser says %q", err, heard.all())
	}
	title := read(t, ctx, `document.title`)
	tabs := read(t, ctx, `document.querySelector('.graphiql-tabs').innerText`)
	result := read(t, ctx, `document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()`)
	shoot(t, ctx, "page.png")
	if title != "Manifold" {
		t.Errorf("the title is %q", title)
	}
	for _, tab := range []string{"PeoplePage", "OnePerson", "Leaver", "HereNotThere", "Sources"} {
		if !strings.Contains(tabs, tab) {
			t.Errorf("no tab %s in %q", tab, tabs)
		}
	}
	if !strings.Contains(result, `"name": "local"`) || !strings.Contains(result, "emails:read") || strings.Contains(result, "errors") {
		t.Errorf("the example answered %s", result)
	}
	if said := heard.all(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}
