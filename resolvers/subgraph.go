package resolvers

import (
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/manifold-graph/manifold/graph/people"
)

// federationSpec is the oldest that has all the directives below, so that routers of any age since take it.
const federationSpec = "https://specs.apollo.dev/federation/v2.5"

// shareable are the types whose shape is fixed outside of Manifold, so that other subgraphs bring the same one.
var shareable = []string{"PageInfo"}

// served is the subgraph as composition may ask for it.
var served = sync.OnceValues(func() (string, error) { return SubgraphSDL(true) })

// SubgraphSDL is the public schema as a subgraph of Apollo Federation, with the keys of people.Entities. With scopes, the
// policy's decision is on every field of an object; without, it can be composed for routers that know no such directive, and
// is obeyed here all the same.
func SubgraphSDL(scopes bool) (string, error) {
	doc, err := parser.ParseSchema(public())
	if err != nil {
		return "", err
	}
	directives := []string{"@key", "@shareable"}
	if scopes {
		directives = append(directives, "@authenticated", "@requiresScopes")
	}
	doc.SchemaExtension = append(doc.SchemaExtension, &ast.SchemaDefinition{Directives: ast.DirectiveList{{
		Name: "link",
		Arguments: ast.ArgumentList{
			{Name: "url", Value: text(federationSpec)},
			{Name: "import", Value: texts(directives...)},
		},
	}}})
	for _, def := range doc.Definitions {
		federate(def)
		if scopes && def.Kind == ast.Object { // an interface takes none: composition works it out from the types that implement it
			decide(def)
		}
	}
	return written(doc), nil
}

func federate(def *ast.Definition) {
	for _, k := range people.Entities[def.Name] {
		def.Directives = append(def.Directives, &ast.Directive{
			Name: "key", Arguments: ast.ArgumentList{{Name: "fields", Value: text(strings.Join(k.Fields, " "))}},
		})
	}
	if slices.Contains(shareable, def.Name) {
		def.Directives = append(def.Directives, &ast.Directive{Name: "shareable"})
	}
	// Composition does not know @oneOf; who gives two is told so by Manifold.
	def.Directives = slices.DeleteFunc(def.Directives, func(d *ast.Directive) bool { return d.Name == "oneOf" })
}
