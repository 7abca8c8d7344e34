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
	doc, err := parser.ParseSchemas(public(), &ast.Source{Name: "policy", Input: policySDL})
	if err != nil {
		return "", err
	}
	for _, def := range doc.Definitions {
		if def.Kind == ast.Object || def.Kind == ast.Interface {
			decide(def)
		}
	}
	return written(doc), nil
}

// public is the file of the schema that clients see: that of federation only extends it.
func public() *ast.Source {
	return generated.NewExecutableSchema(generated.Config{}).Schema().Query.Position.Src
}

// decide writes the policy's decision on each field of def.
func decide(def *ast.Definition) {
	for _, f := range def.Fields {
		f.Directives = append(f.Directives, decisionOn(def.Name, f.Name))
	}
}

func decisionOn(object, field string) *ast.Directive {
	scopes, _ := access.Required(object, field)
	if len(scopes) == 0 {
		return &ast.Directive{Name: "authenticated"}
	}
	all := make([]string, len(scopes))
	for i, s := range scopes {
		all[i] = string(s)
	}
	either := &ast.Value{Kind: ast.ListValue, Children: ast.ChildValueList{{Value: texts(all...)}}}
	return &ast.Directive{Name: "requiresScopes", Arguments: ast.ArgumentList{{Name: "scopes", Value: either}}}
}

func text(s string) *ast.Value { return &ast.Value{Kind: ast.StringValue, Raw: s} }

func texts(all ...string) *ast.Value {
	list := &ast.Value{Kind: ast.ListValue}
	for _, s := range all {
		list.Children = append(list.Children, &ast.ChildValue{Value: text(s)})
	}
	return list
}

func written(doc *ast.SchemaDocument) string {
	var out bytes.Buffer
	formatter.NewFormatter(&out, formatter.WithIndent("  ")).FormatSchemaDocument(doc)
	return out.String()
}
