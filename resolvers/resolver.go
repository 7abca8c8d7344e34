// Package resolvers is how the graph is asked: decode an id, call a use case,
// convert. Nothing here is worth a branch test.
package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// Resolver answers the fields that no value answers by itself. All of it is required, but for what says otherwise.
type Resolver struct {
	Service *people.Service
	Details people.Details
	Budgets people.Budgets
	IDs     *nodeid.Codec
	// Links decides about links, and History holds what changed; nil where nobody may ask.
	Links   *people.Links
	History history.Store
	// Renewer brings the picture up to the age that a caller wants; nil: it is answered as it is.
	Renewer people.Renewer
	// Planner foretells costs; nil: nothing has a price, and nothing can be explained.
	Planner people.Planner

	// Acts takes what changes something.
	Acts *action.Desk

	// Audit reads what was done.
	Audit people.AuditLog

	// Hub tells of changes; nil where nobody may follow.
	Hub *follow.Hub

	answers answers
	// told are answers of events.
	told answers
}

func forward(first *int, after *string) people.Paging {
	return people.Paging{First: first, After: after}
}

// load waits for a batched live read. What is held but older than it should be is
// answered with a warning beside it; what is not held is an error at its path.
func load[T any](ctx context.Context, from loaders.Loader[[]T], user *person.Identity) ([]T, error) {
	set := loaders.From(ctx)
	set.MarkLive()
	detail, err := from.Load(ctx, user)()
	switch {
	case err != nil:
		return nil, err
	case !detail.Held && detail.Err != nil:
		return nil, detail.Err
	case set.Rehearsal != nil:
		if !detail.Held {
			foresee(ctx, set.Rehearsal)
		}
	case detail.Err != nil || detail.Freshness.IsStale:
		set.Bill.Warn(loaders.Warning{
			Path: graphql.GetPath(ctx).String(), Failure: fault.From(detail.Err), Freshness: detail.Freshness,
		})
	}
	if detail.Value == nil {
		return []T{}, nil
	}
	return detail.Value, nil
}
