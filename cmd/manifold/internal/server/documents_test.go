package server

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func parsed(t *testing.T, query string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestValidatedDocumentsAreHeldWithinABoundInBytes(t *testing.T) {
	const bound = 1 << 20
	d, ctx := newDocuments(bound), context.Background()
	for n := range 2000 {
		query := fmt.Sprintf("query Q%d {%s}", n, strings.Repeat("a ", 200))
		d.Add(ctx, query, parsed(t, query))
		if n%100 == 99 {
			d.held.CleanUp()
			if w := d.held.WeightedSize(); w > bound {
				t.Fatalf("after %d documents %d bytes are held", n+1, w)
			}
		}
	}
	if d.held.EstimatedSize() == 0 {
		t.Error("nothing is held")
	}
	// What is larger than the whole bound is not kept, and drives nothing out for long.
	huge := "{" + strings.Repeat("a ", 5000) + "}"
	d.Add(ctx, huge, parsed(t, huge))
	d.held.CleanUp()
	if _, ok := d.Get(ctx, huge); ok {
		t.Error("a document larger than the bound is held")
	}
}

// The weight of a document is no less than what it takes, or the bound is none, and no more than four times as much.
func TestTheWeightOfADocumentIsWhatItTakes(t *testing.T) {
	for name, query := range map[string]string{
		"fields":     "{" + strings.Repeat("a ", 3000) + "}",
		"aliases":    "{" + strings.Repeat("b:a ", 1000) + "}",
		"arguments":  "{" + strings.Repeat("a(b:1) ", 600) + "}",
		"lists":      "{a(b:[" + strings.Repeat("1 ", 3000) + "])}",
		"objects":    "{a(b:[" + strings.Repeat("{a:1}", 700) + "])}",
		"directives": "{" + strings.Repeat("a @b ", 1000) + "}",
		"inline":     "{" + strings.Repeat("...{a}", 700) + "}",
		"nested":     strings.Repeat("{a", 900) + strings.Repeat("}", 900),
		"spreads":    "{" + strings.Repeat("...a ", 1500) + "}",
		"fragments":  "{a}" + strings.Repeat("fragment a on b{a}", 500),
		"variables":  "query(" + strings.Repeat("$a:[b!]! ", 400) + "){a}",
		"comments":   "{a}" + strings.Repeat("#abc\n", 20_000),
		"a string":   `{a(b:"` + strings.Repeat("x", 100_000) + `")}`,
	} {
		const copies = 50
		var before, after runtime.MemStats
		held := make([]*ast.QueryDocument, copies)
		texts := make([]string, copies)
		for i := range copies { // each with a text of its own, as requests bring it
			texts[i] = strings.Clone(query)
		}
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range copies {
			held[i] = parsed(t, texts[i])
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		takes := int(after.HeapAlloc-before.HeapAlloc)/copies + len(query)
		if w := int(weigh(query, held[0])); w < takes || w > 4*takes+2048 {
			t.Errorf("%s: weighs %d and takes %d", name, w, takes)
		}
		runtime.KeepAlive(held)
		runtime.KeepAlive(texts)
	}
}
