package resolvers

import (
	"bytes"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/generated"
)

// policySDL are the directives of Apollo Federation 2.5 in which the policy is written out. Manifold itself obeys the table
// in graph/access, of which they are a copy.
const policySDL = `
"What every scope opens stands in the configuration's documentation."
scalar federation__Scope

"Answered to every client that says who it is."
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM

"Answered to clients that hold all scopes of one of the lists. Elsewhere null, with FORBIDDEN at its path."
directive @requiresScopes(scopes: [[federation__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
`

// SDL is the public schema with the policy's decision on every field, as directives.
func SDL() (string, error) {
	source := generated.NewExecutableSchema(generated.Config{}).Schema().Query.Position.Src
	doc, err := parser.ParseSchemas(source, &ast.Source{Name: "policy", Input: policySDL})
	if err != nil {
		return "", err
	}
	for _, def := range doc.Definitions {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			f.Directives = append(f.Directives, decisionOn(def.Name, f.Name))
		}
	}
	var out bytes.Buffer
	formatter.NewFormatter(&out, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return out.String(), nil
}

func decisionOn(object, field string) *ast.Directive {
	scopes, _ := access.Required(object, field)
	if len(scopes) == 0 {
		return &ast.Directive{Name: "authenticated"}
	}
	all := &ast.Value{Kind: ast.ListValue}
	for _, s := range scopes {
		all.Children = append(all.Children, &ast.ChildValue{Value: &ast.Value{Kind: ast.StringValue, Raw: string(s)}})
	}
	either := &ast.Value{Kind: ast.ListValue, Children: ast.ChildValueList{{Value: all}}}
	return &ast.Directive{Name: "requiresScopes", Arguments: ast.ArgumentList{{Name: "scopes", Value: either}}}
}
