package resolvers

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
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
	known := r.answers.of(set.View.Snapshot())
	if data, ok := known.data.GetIfPresent(asked); ok {
		return &graphql.Response{Data: data}
	}
	resp := next(ctx)
	if resp != nil && len(resp.Errors) == 0 && !set.Live() {
		known.data.Set(asked, resp.Data)
	}
	return resp
}

// receipt is what extensions.manifold holds.
type receipt struct {
	Cost      map[string]sourceCost `json:"cost"`
	Freshness []sourceFreshness     `json:"freshness"`
	Warnings  []warning             `json:"warnings,omitempty"`
}

// sourceCost is what a response spent at one source, in tokens for Pipedrive and
// requests elsewhere.
type sourceCost struct {
	Calls int `json:"calls"`
	Spent int `json:"spent"`
	// Saved is what it would have spent without a cache.
	Saved     int        `json:"saved"`
	Remaining *int       `json:"remaining,omitempty"`
	ResetsAt  *time.Time `json:"resetsAt,omitempty"`
}

type sourceFreshness struct {
	Source     string     `json:"source"`
	Health     string     `json:"health"`
	ObservedAt *time.Time `json:"observedAt"`
	IsStale    bool       `json:"isStale"`
	Reason     string     `json:"reason,omitempty"`
}

type warning struct {
	// Path is "" when the whole answer is meant.
	Path string `json:"path,omitempty"`
	// ObservedAt is when the value at Path was read; null when nothing was.
	ObservedAt *time.Time     `json:"observedAt,omitempty"`
	Message    string         `json:"message"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

func (r *Resolver) receipt(ctx context.Context, set *loaders.Set) receipt {
	who := access.From(ctx)
	out := receipt{Cost: make(map[string]sourceCost)}
	if !who.Has(access.ScopeDirectoryRead) {
		return out
	}
	for _, s := range set.View.Sources() {
		out.Freshness = append(out.Freshness, freshnessOf(s))
		if s.Freshness() == nil {
			out.Warnings = append(out.Warnings, unread(s))
		}
		if b, ok := r.Budgets.Budget(s.ID()); ok {
			cost := sourceCost{}
			if _, ok := who.Allowed("Source", "budget"); ok {
				cost.Remaining, cost.ResetsAt = b.Remaining, timePointer(b.ResetsAt)
			}
			out.Cost[string(s.ID())] = cost
		}
	}
	for _, spent := range set.Bill.Costs() {
		cost := out.Cost[string(spent.Source)]
		cost.Calls, cost.Spent, cost.Saved = spent.Calls, spent.Tokens, spent.Saved
		out.Cost[string(spent.Source)] = cost
	}
	for _, w := range set.Bill.Warnings() {
		out.Warnings = append(out.Warnings, stale(w))
	}
	return out
}

// unread warns that whoever is only in a source that was never read is missing.
func unread(s directory.Source) warning {
	return warning{
		Message:    s.Name() + " has not been read yet: whoever is only there is missing from lists and counts.",
		Extensions: faultExtensions(&fault.Error{Kind: fault.SourceUnavailable, Source: s.Name()}),
	}
}

// stale warns that a live value is what was held, and how old that is.
func stale(w loaders.Warning) warning {
	out := warning{Path: w.Path, ObservedAt: timePointer(w.Freshness.ObservedAt), Message: w.Freshness.Reason}
	if w.Failure != nil {
		out.Message, out.Extensions = w.Failure.Message, faultExtensions(w.Failure)
	}
	return out
}

func freshnessOf(s directory.Source) sourceFreshness {
	out := sourceFreshness{Source: string(s.ID()), Health: s.Health().String()}
	if f := s.Freshness(); f != nil {
		out.ObservedAt, out.IsStale, out.Reason = &f.ObservedAt, f.IsStale, f.Reason
	} else {
		out.Reason = s.State().Reason
	}
	return out
}

func timePointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
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
