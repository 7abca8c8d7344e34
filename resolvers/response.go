package resolvers

import (
	"context"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// AroundResponse gives every response its own view, loaders and bill, and writes
// the bill into extensions.manifold. A request that asks for the plan gets that instead.
func (r *Resolver) AroundResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if s, ok := ctx.Value(streamKey{}).(*stream); ok && s.pull != nil {
		return r.tell(ctx, s, next)
	}
	who := access.From(ctx)
	asker, unheard, err := asker(ctx, who)
	if err != nil {
		return refused(ctx, err)
	}
	explain, err := asksForPlan(ctx)
	if err != nil {
		return refused(ctx, err)
	}
	if explain && changes(ctx) {
		return refused(ctx, errRehearsed)
	}
	isRefused := len(graphql.GetErrors(ctx)) > 0 // it is not executed: there is nothing to wait for, and no plan
	if !isRefused && asksPicture(ctx) {
		r.Service.Await(ctx)
	}
	view := r.Service.View(who)
	if explain && !isRefused {
		return r.explain(ctx, view, asker, unheard, next)
	}
	set := loaders.New(view, asker)
	if unheard != nil {
		set.Bill.Warn(*unheard)
	}
	resp := r.recall(ctx, who, set, next)
	if resp == nil {
		return nil
	}
	if resp.Extensions == nil {
		resp.Extensions = make(map[string]any, 1)
	}
	resp.Extensions["manifold"] = r.receipt(ctx, set)
	return resp
}

// asksPicture tells whether an operation asks for more than the state of the gateway itself, which is known from the
// first moment.
func asksPicture(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return true
	}
	for _, s := range graphql.GetOperationContext(ctx).Operation.SelectionSet {
		switch f, ok := s.(*ast.Field); {
		case !ok:
			return true
		case f.Name != "sources" && f.Name != "viewer" && f.Name != "_service" && !strings.HasPrefix(f.Name, "__"):
			return true
		}
	}
	return false
}

// refused answers a request whose headers cannot be followed.
func refused(ctx context.Context, err error) *graphql.Response {
	graphql.AddError(ctx, err)
	return &graphql.Response{Errors: graphql.GetErrors(ctx)}
}

// recall answers from what the snapshot has answered before, or else executes.
func (r *Resolver) recall(ctx context.Context, who access.Principal, set *loaders.Set, next graphql.ResponseHandler) *graphql.Response {
	execute := func() *graphql.Response { return next(loaders.With(ctx, set, r.Details)) }
	asked, ok := question(ctx, who)
	if !ok {
		return execute()
	}
	known := r.answers.of(set.View().Snapshot())
	if young(set.View(), r.Service.Now(), set.Asker.Wanted.MaxAge) {
		if data, ok := known.data.GetIfPresent(asked); ok {
			return &graphql.Response{Data: data}
		}
	}
	resp := execute()
	if resp != nil && len(resp.Errors) == 0 && !set.Live() {
		known.data.Set(asked, resp.Data)
	}
	return resp
}

// young tells whether nothing in the picture is older than wanted: then no answer from it is.
func young(v directory.View, now time.Time, wanted *time.Duration) bool {
	if wanted == nil {
		return true
	}
	for _, s := range v.Sources() {
		if f := s.Freshness(); f == nil || now.Sub(f.ObservedAt) > *wanted {
			return false
		}
	}
	return true
}

// asker is for whom this response's live reads are, and how new they have to be. The warning says what of the caller's
// word is not followed.
func asker(ctx context.Context, who access.Principal) (people.Asker, *loaders.Warning, error) {
	a := people.Asker{Client: who.Name}
	if !graphql.HasOperationContext(ctx) {
		return a, nil, nil
	}
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil { // the document is refused already
		return a, nil, nil
	}
	a.Operation = op.Operation.Name
	said, err := readWord(op.Headers.Values("Cache-Control"))
	if err != nil {
		return a, nil, err
	}
	wanted, unheard := said.wanted(who)
	a.Wanted = wanted
	if unheard != nil {
		return a, &loaders.Warning{Failure: unheard}, nil
	}
	return a, nil, nil
}
