package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
)

// live reads one kind of detail for many users, through its cache.
type live[K comparable, T any] struct {
	costs *Costs
	// field is the schema coordinate that is read, for the bill.
	field string
	cache *cache.Cache[K, list[T]]
}

// list is what one flight brought and what it spent.
type list[T any] struct {
	all    []T
	tokens int
}

func newLive[K comparable, T any](costs *Costs, field string, o cache.Options) live[K, T] {
	return live[K, T]{costs: costs, field: field, cache: cache.New[K, list[T]](o)}
}

// asked is a key on its way and the gate that its flight would go through, if it is ours.
type asked[T any] struct {
	pending cache.Pending[list[T]]
	gate    *Gate
}

// read answers all users at once: every key is asked for before any is waited for, and equal keys once.
func (l live[K, T]) read(ctx context.Context, asker people.Asker, users []*person.Identity, key func(*person.Identity) K,
	load func(context.Context, *Gate, *person.Identity) ([]T, error)) []people.Detail[[]T] {
	byKey := make(map[K]asked[T], len(users))
	first := make([]bool, len(users))
	for i, u := range users {
		k := key(u)
		if _, ok := byKey[k]; ok {
			continue
		}
		first[i] = true
		g := l.costs.Gate(budget.Attribution{Client: asker.Client, Operation: asker.Operation, Field: l.field})
		byKey[k] = asked[T]{gate: g, pending: l.cache.Ask(k, func(ctx context.Context) (list[T], error) {
			all, err := load(ctx, g, u)
			_, tokens := g.Spent()
			return list[T]{all: all, tokens: tokens}, err
		})}
	}
	details := make([]people.Detail[[]T], len(users))
	for i, u := range users {
		a := byKey[key(u)]
		r := a.pending.Wait(ctx)
		d := &details[i]
		d.Held = r.Found()
		d.Value = r.Value.all
		d.Freshness = person.Freshness{ObservedAt: r.ObservedAt, IsStale: r.IsStale}
		if r.Err != nil {
			d.Err = l.why(ctx, u.Source, r.Err)
			d.Freshness.IsStale = true
		}
		d.Freshness.Reason = reason(d.Freshness, d.Err)
		d.Cost = people.Cost{Source: u.Source}
		if first[i] {
			d.Cost.Calls, d.Cost.Tokens = a.gate.Spent()
		}
		if d.Held && d.Cost.Calls == 0 {
			d.Cost.Saved = r.Value.tokens
		}
	}
	return details
}

// reason is why a value is stale, in a public sentence.
func reason(f person.Freshness, err error) string {
	switch {
	case err != nil:
		return fault.From(err).Message
	case f.IsStale:
		return "A newer reading is under way."
	}
	return ""
}

// why is a failed read as a client may see it. If it is the caller who has no more time, the read goes on,
// and the ledger knows how long that will take.
func (l live[K, T]) why(ctx context.Context, source person.SourceID, err error) error {
	d := l.foresee(ctx, source)
	if ctx.Err() == nil || err != context.Cause(ctx) {
		f := *fault.From(err)
		f.Source = string(source)
		if f.RetryAfter == 0 && f.Kind == fault.BudgetExhausted {
			f.RetryAfter = d.RetryIn
		}
		return &f
	}
	f := fault.Wrap(fault.SourceUnavailable, err, "%s has not answered in time. It is being read; ask again in a moment.", source)
	f.Source, f.RetryAfter = string(source), time.Second
	if d.Because.Brief() {
		f.Kind = fault.RateLimited
		f.Message = string(source) + " has more to answer than fits into its request limit. It is being read; ask again after the given time."
		f.RetryAfter = max(d.RetryIn, time.Second)
	}
	return f
}

// foresee is when the next interactive call to a source could leave.
func (l live[K, T]) foresee(ctx context.Context, source person.SourceID) budget.Decision {
	d, err := l.costs.ledger.Peek(context.WithoutCancel(ctx), l.costs.sources[source].Limits,
		budget.Ask{Class: budget.Interactive, Tokens: 1, Slots: 1})
	if err != nil {
		return budget.Decision{}
	}
	return d
}
