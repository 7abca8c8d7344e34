package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// receipt is what extensions.manifold holds.
type receipt struct {
	Cost      map[string]sourceCost `json:"cost"`
	Freshness []sourceFreshness     `json:"freshness"`
	Warnings  []warning             `json:"warnings,omitempty"`

	bill []people.Cost
	past past
}

// Spent tells what the response spent, source by source.
func (r receipt) Spent(tell func(source string, calls, tokens int)) {
	for _, c := range r.bill {
		if c.Calls > 0 {
			tell(string(c.Source), c.Calls, c.Tokens)
		}
	}
}

// HTTP tells how old the oldest fact of the response is, for how much longer all of them are fresh, and how they were
// come by, in a parameter of RFC 9211.
func (r receipt) HTTP() (age, left time.Duration, status string) {
	return r.past.age, r.past.left, r.past.status
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
	// State is Health and IsStale in the word that a person's sourceStates use; Age is in seconds, Code is an error's.
	State string  `json:"state"`
	Age   *int    `json:"age"`
	Code  *string `json:"code,omitempty"`
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
	out := receipt{Cost: make(map[string]sourceCost), past: past{status: "hit"}}
	if !who.Has(access.ScopeDirectoryRead) {
		return out
	}
	sources := set.View().Sources()
	out.Freshness = slices.Grow(out.Freshness, len(sources))
	for _, s := range sources {
		fresh := r.freshnessOf(s)
		out.Freshness = append(out.Freshness, fresh)
		if fresh.ObservedAt == nil {
			out.Warnings = append(out.Warnings, unread(s))
		}
		if b, ok := r.Budgets.Budget(s.ID()); ok && set.View().ShowsAll() {
			cost := sourceCost{}
			if _, ok := who.Allowed("Source", "budget"); ok {
				cost.Remaining, cost.ResetsAt = b.Remaining, optional.Instant(b.ResetsAt)
			}
			out.Cost[string(s.ID())] = cost
		}
	}
	out.bill = set.Bill.Costs()
	out.past = pastOf(set, r.Service.Now())
	for _, spent := range out.bill {
		if !set.View().ShowsAll() {
			break // a list is paid for with those on it who are hidden
		}
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
	out := warning{Path: w.Path, ObservedAt: optional.Instant(w.Freshness.ObservedAt), Message: w.Freshness.Reason}
	if w.Failure != nil {
		out.Message, out.Extensions = w.Failure.Message, faultExtensions(w.Failure)
	}
	return out
}

func (r *Resolver) freshnessOf(s directory.Source) sourceFreshness {
	state := people.StateOf(s)
	out := sourceFreshness{
		Source: string(s.ID()), Health: s.Health().String(),
		State: state.State.String(), Age: r.Service.Age(state.ObservedAt), Code: state.Code(),
	}
	if f := s.Freshness(); f != nil {
		out.ObservedAt, out.IsStale, out.Reason = &f.ObservedAt, f.IsStale, f.Reason
	} else {
		out.Reason = s.State().Reason
	}
	return out
}
