package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/manifold-graph/manifold/examples"
)

func TestExamplesFitTheSchema(t *testing.T) {
	source, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(source)})
	if err != nil {
		t.Fatal(err)
	}
	all := examples.All()
	if len(all) != 6 {
		t.Errorf("%d examples, the page promises six", len(all))
	}
	for _, e := range all {
		doc, err := gqlparser.LoadQueryWithRules(schema, e.Query, rules.NewDefaultRules())
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		if len(doc.Operations) != 1 || doc.Operations[0].Name == "" {
			t.Errorf("%s: the page names its tabs after the operation; it needs one with a name", e.Name)
		}
		if e.Title == "" || strings.HasPrefix(e.Title, "query") || strings.HasPrefix(e.Title, "subscription") {
			t.Errorf("%s: the first line says who asks and what for", e.Name)
		}
	}
}
