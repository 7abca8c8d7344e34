package resolvers_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/resolvers"
)

func TestAnAnswerHoldsNoMoreFieldsThanItMay(t *testing.T) {
	e := resolvers.NewEffort(3)
	for range 2 { // each response counts for itself, also of one subscription
		e.InterceptResponse(t.Context(), func(ctx context.Context) *graphql.Response {
			ran := 0
			for n := range 5 {
				_, err := e.InterceptField(ctx, func(context.Context) (any, error) { ran++; return nil, nil })
				if over := err != nil; over != (n >= 3) || over && fault.From(err).Kind != fault.CostLimitExceeded {
					t.Errorf("field %d: %v", n, err)
				}
			}
			if ran != 3 {
				t.Errorf("%d fields ran", ran)
			}
			return nil
		})
	}
}
