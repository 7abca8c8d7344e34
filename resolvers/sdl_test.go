package resolvers_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/resolvers"
)

// What is published says of every field what the policy says, and is otherwise the schema that is served.
func TestSDLWritesThePolicyOut(t *testing.T) {
	sdl, err := resolvers.SDL()
	if err != nil {
		t.Fatal(err)
	}
	published, err := gqlparser.LoadSchema(&ast.Source{Name: "published", Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	served := generated.NewExecutableSchema(generated.Config{}).Schema()
	scoped, open := 0, 0
	for name, def := range served.Types {
		if def.BuiltIn || strings.HasPrefix(name, "_") { // what routers ask by is in neither
			continue
		}
		other := published.Types[name]
		if other == nil || other.Description != def.Description || len(other.EnumValues) != len(def.EnumValues) {
			t.Errorf("%s is published otherwise than it is served", name)
			continue
		}
		for _, f := range def.Fields {
			if f.Name == "_service" || f.Name == "_entities" {
				continue
			}
			told := other.Fields.ForName(f.Name)
			if told == nil || told.Type.String() != f.Type.String() || len(told.Arguments) != len(f.Arguments) {
				t.Errorf("%s.%s is published otherwise than it is served", name, f.Name)
				continue
			}
			if def.Kind == ast.InputObject || len(f.Name) > 1 && f.Name[:2] == "__" {
				continue
			}
			scopes, _ := access.Required(name, f.Name)
			d := told.Directives.ForName("requiresScopes")
			switch {
			case len(scopes) == 0:
				open++
				if told.Directives.ForName("authenticated") == nil || d != nil {
					t.Errorf("%s.%s: %v", name, f.Name, told.Directives)
				}
			case d == nil || len(d.Arguments.ForName("scopes").Value.Children[0].Value.Children) != len(scopes):
				t.Errorf("%s.%s needs %v and its directives do not say so", name, f.Name, scopes)
			default:
				scoped++
				for i, s := range scopes {
					if got := d.Arguments.ForName("scopes").Value.Children[0].Value.Children[i].Value.Raw; got != string(s) {
						t.Errorf("%s.%s needs %s, published is %s", name, f.Name, s, got)
					}
				}
			}
		}
	}
	if scoped < 200 || open < 8 {
		t.Errorf("%d fields with scopes and %d without", scoped, open)
	}
}
