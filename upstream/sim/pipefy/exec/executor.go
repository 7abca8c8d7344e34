package exec

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// Resolver answers one field of a parent value. It returns nil for null, a string, bool, int,
// int64 or JSON-encodable value for a leaf, []any for a list, and for an object whatever the
// resolvers of its type take as parent. A value together with an error gives both to the client.
type Resolver[E any] func(env E, parent any, args Args) (any, error)

// Resolvers holds a Resolver per field per object type.
type Resolvers[E any] map[string]map[string]Resolver[E]

// Executor runs documents against one schema. E is what each request hands to its resolvers. It is
// safe for concurrent use.
type Executor[E any] struct {
	schema    *ast.Schema
	resolvers Resolvers[E]
}

// New refuses a schema with interfaces or unions, a field without a resolver, and a resolver
// without a field. Introspection comes of itself.
func New[E any](schema *ast.Schema, resolvers Resolvers[E]) (*Executor[E], error) {
	all := introspectionResolvers[E](schema)
	for typ, fields := range resolvers {
		def := schema.Types[typ]
		for name, r := range fields {
			if def == nil || def.Fields.ForName(name) == nil {
				return nil, fmt.Errorf("exec: resolver for %s.%s, which the schema does not have", typ, name)
			}
			if all[typ] == nil {
				all[typ] = map[string]Resolver[E]{}
			}
			all[typ][name] = r
		}
	}
	for name, def := range schema.Types {
		if def.IsAbstractType() {
			return nil, fmt.Errorf("exec: %s is abstract", name)
		}
		if def.Kind != ast.Object {
			continue
		}
		for _, f := range def.Fields {
			if all[name][f.Name] == nil {
				return nil, fmt.Errorf("exec: no resolver for %s.%s", name, f.Name)
			}
		}
	}
	return &Executor[E]{schema: schema, resolvers: all}, nil
}
