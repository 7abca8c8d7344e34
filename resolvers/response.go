package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// AroundResponse gives every response its own view, loaders and bill, and writes
// the bill into extensions.manifold.
func (r *Resolver) AroundResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	who := access.From(ctx)
	set := loaders.New(r.Service.View(who), r.Details, asker(ctx, who))
	resp := r.recall(loaders.With(ctx, set), who, set, next)
	if resp == nil {
		return nil
	}
	if resp.Extensions == nil {
		resp.Extensions = make(map[string]any, 1)
	}
	resp.Extensions["manifold"] = r.receipt(ctx, set)
	return resp
}

// recall answers from what the snapshot has answered before, or else executes.
func (r *Resolver) recall(ctx context.Context, who access.Principal, set *loaders.Set, next graphql.ResponseHandler) *graphql.Response {
	asked, ok := question(ctx, who)
	if !ok {
		return next(ctx)
	}
	known := r.answers.of(set.View().Snapshot())
	if data, ok := known.data.GetIfPresent(asked); ok {
		return &graphql.Response{Data: data}
	}
	resp := next(ctx)
	if resp != nil && len(resp.Errors) == 0 && !set.Live() {
		known.data.Set(asked, resp.Data)
	}
	return resp
}

// asker is for whom this response's live reads are.
func asker(ctx context.Context, who access.Principal) people.Asker {
	a := people.Asker{Client: who.Name}
	if graphql.HasOperationContext(ctx) {
		if op := graphql.GetOperationContext(ctx).Operation; op != nil {
			a.Operation = op.Name
		}
	}
	return a
}
