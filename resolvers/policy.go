package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// GuardField asks the policy before every field. A field that the principal may
// not see is null, with FORBIDDEN at its path; its siblings go on.
func GuardField(ctx context.Context, next graphql.Resolver) (any, error) {
	fc := graphql.GetFieldContext(ctx)
	if missing, ok := access.From(ctx).Allowed(fc.Object, fc.Field.Name); !ok {
		return nil, forbidden(fc.Object+"."+fc.Field.Name, missing)
	}
	return next(ctx)
}

func forbidden(what string, missing access.Scope) error {
	if missing == "" {
		return fault.New(fault.Forbidden, "%s is shown to nobody. Leave the field out.", what)
	}
	return fault.New(fault.Forbidden, "%s needs the scope %s. Ask for it, or leave the field out.", what, missing)
}
