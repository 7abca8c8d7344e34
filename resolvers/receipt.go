package resolvers

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

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
	for _, s := range set.View().Sources() {
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
