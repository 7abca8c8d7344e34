package resolvers

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/fault"
)

// Effort bounds how many fields one response may have. What a document foretells is an estimate: a person with
// fifty accounts has more of everything than is usual, and nesting multiplies that.
type Effort struct{ most int64 }

// NewEffort makes an Effort of at most so many fields a response.
func NewEffort(most int) Effort { return Effort{most: int64(most)} }

type effortKey struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = Effort{}

// ExtensionName implements graphql.HandlerExtension.
func (Effort) ExtensionName() string { return "Effort" }

// Validate implements graphql.HandlerExtension.
func (Effort) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor. The events of a subscription are counted each for itself.
func (Effort) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(context.WithValue(ctx, effortKey{}, new(atomic.Int64)))
}

// InterceptField implements graphql.FieldInterceptor.
func (e Effort) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	if n, ok := ctx.Value(effortKey{}).(*atomic.Int64); ok && n.Add(1) > e.most {
		return nil, fault.New(fault.CostLimitExceeded, "The answer has more than %d fields. Ask for smaller pages, or nest less.", e.most)
	}
	return next(ctx)
}
