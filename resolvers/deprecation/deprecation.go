// Package deprecation notices who still uses what the schema has deprecated, so that it is taken away when nobody does.
package deprecation

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/resolvers/measured"
)

// Observe hears, once for each operation that is executed, which deprecated coordinates it uses: "Person.email",
// "Query.people(size:)", "PeopleFilter.mail", "Style.SHORT". It is not called when there are none.
type Observe func(ctx context.Context, client, operation string, coordinates []string)

// Watch is an extension of the executor that tells of deprecated use.
type Watch struct {
	observe Observe
	known   *measured.Operations[struct{}, []string]
	schema  *ast.Schema
	// any is set where the schema has deprecated something at all. Operations are not looked at otherwise.
	any bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
} = (*Watch)(nil)

// NewWatch makes a Watch that tells observe.
func NewWatch(observe Observe) *Watch {
	return &Watch{observe: observe, known: measured.New[struct{}, []string]()}
}

// ExtensionName implements graphql.HandlerExtension.
func (*Watch) ExtensionName() string { return "Deprecation" }

// Validate implements graphql.HandlerExtension.
func (w *Watch) Validate(es graphql.ExecutableSchema) error {
	w.schema = es.Schema()
	w.any = deprecates(w.schema)
	return nil
}

// InterceptOperation implements graphql.OperationInterceptor.
func (w *Watch) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if w.any {
		op := graphql.GetOperationContext(ctx)
		if used := w.known.Of(op, struct{}{}, func() []string { return Uses(w.schema, op.Operation, op.Variables) }); len(used) > 0 {
			w.observe(ctx, access.From(ctx).Name, op.Operation.Name, used)
		}
	}
	return next(ctx)
}

// deprecates tells whether anything in the schema is deprecated.
func deprecates(schema *ast.Schema) bool {
	for _, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		for _, f := range def.Fields {
			if deprecated(f.Directives) {
				return true
			}
			for _, a := range f.Arguments {
				if deprecated(a.Directives) {
					return true
				}
			}
		}
		for _, v := range def.EnumValues {
			if deprecated(v.Directives) {
				return true
			}
		}
	}
	return false
}

func deprecated(d ast.DirectiveList) bool { return d.ForName("deprecated") != nil }
