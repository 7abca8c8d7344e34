package collect

import (
	"context"
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/graph/requestid"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
)

// live reads one kind of detail for many users, through its cache.
type live[K comparable, T any] struct {
	costs *Costs
	kind  kind[K, T]
	cache *cache.Cache[K, list[T]]
}

// kind is one kind of detail.
type kind[K comparable, T any] struct {
	// field is the schema coordinate that is read, for the bill and for the name of the second level.
	field string
	fresh time.Duration
	key   func(*person.Identity) K
	load  func(context.Context, *Gate, *person.Identity) ([]T, error)
	codec codec[T]
}

// list is what one flight brought and what it spent.
type list[T any] struct {
	all    []T
	tokens int
}

func newLive[K keyName, T any](costs *Costs, o DetailOptions, k kind[K, T]) *live[K, T] {
	options := cache.Options{Fresh: k.fresh, Stale: 24 * time.Hour, Flight: o.Flight, Failure: remember, Private: concernsOne,
		Size: o.Size, Now: o.Now}
	l := &live[K, T]{costs: costs, kind: k}
	if o.Shared == nil {
		l.cache = cache.New[K, list[T]](options)
		return l
	}
	l.cache = cache.NewShared(options, cache.Sharing[K, list[T]]{
		Remote: o.Shared(k.field), Schema: k.codec.schema, Name: K.name,
		Encode: k.codec.encode, Decode: k.codec.decode, EncodeError: encodeFault, DecodeError: decodeFault,
	})
	return l
}

// remember is how long a failed read is not tried again: as long as the failure says, within reason.
func remember(err error) time.Duration {
	f := fault.From(err)
	if f.Kind == fault.NotFound {
		return time.Minute
	}
	return min(max(f.RetryAfter, 2*time.Second), time.Minute)
}

// concernsOne tells whether a read was refused for the sake of who asked, so that another asker may fare better.
func concernsOne(err error) bool {
	r, ok := errors.AsType[*budget.Refusal](err)
	return ok && r.Because == budget.AllowanceSpent
}

// distinct are the keys of users, each once, with the first user of each and where each user's is.
func (l *live[K, T]) distinct(users []*person.Identity) (keys []K, firsts []int, at []int) {
	known := make(map[K]int, len(users))
	at = make([]int, len(users))
	for i, u := range users {
		k := l.kind.key(u)
		n, ok := known[k]
		if !ok {
			n = len(keys)
			known[k] = n
			keys, firsts = append(keys, k), append(firsts, i)
		}
		at[i] = n
	}
	return keys, firsts, at
}

// read answers all users at once: every key is asked for before any is waited for, and equal keys once.
func (l *live[K, T]) read(ctx context.Context, asker people.Asker, users []*person.Identity) []people.Detail[[]T] {
	keys, firsts, at := l.distinct(users)
	request := requestid.From(ctx) // a flight outlives its asker, and what it logs is still the asker's
	gates := make([]*Gate, len(keys))
	questions := make([]cache.Question[K, list[T]], len(keys))
	for n, k := range keys {
		u := users[firsts[n]]
		g := l.costs.Gate(budget.Attribution{Client: asker.Client, Operation: asker.Operation, Field: l.kind.field})
		gates[n] = g
		questions[n] = cache.Question[K, list[T]]{Key: k, Load: func(ctx context.Context) (list[T], error) {
			all, err := l.kind.load(requestid.With(ctx, request), g, u)
			_, tokens := g.Spent()
			return list[T]{all: all, tokens: tokens}, err
		}}
	}
	pending := l.cache.AskAll(questions, cache.Want(asker.Wanted))
	details, foresee := make([]people.Detail[[]T], len(users)), l.foresight(ctx)
	for i, u := range users {
		d := &details[i]
		d.Waited = pending[at[i]].Waits()
		r := pending[at[i]].Wait(ctx)
		d.Held = r.Found()
		d.Value = r.Value.all
		d.Freshness = person.Freshness{ObservedAt: r.ObservedAt, IsStale: r.IsStale}
		if r.Err != nil {
			d.Err = l.why(ctx, u.Source, r.Err, foresee)
			d.Freshness.IsStale = true
		}
		if d.Held && !d.Freshness.IsStale {
			d.FreshUntil = r.ObservedAt.Add(l.kind.fresh)
		}
		d.Freshness.Reason = reason(d.Freshness, d.Err, asker.Wanted)
		d.Cost = people.Cost{Source: u.Source}
		if firsts[at[i]] == i {
			d.Cost.Calls, d.Cost.Tokens = gates[at[i]].Spent()
		}
		if d.Held && d.Cost.Calls == 0 {
			d.Cost.Saved = r.Value.tokens
		}
	}
	return details
}

// reason is why a value is stale, in a public sentence.
func reason(f person.Freshness, err error, wanted people.Wanted) string {
	switch {
	case err != nil:
		return fault.From(err).Message
	case f.IsStale && wanted.OnlyIfCached:
		return "The request's only-if-cached forbids a newer reading."
	case f.IsStale:
		return "A newer reading is under way."
	}
	return ""
}

// why is a failed read as a client may see it. If it is the caller who has no more time, the ledger
// knows how long the read would have taken.
func (l *live[K, T]) why(ctx context.Context, source person.SourceID, err error, foresee func(person.SourceID) budget.Decision) error {
	if errors.Is(err, cache.ErrNotHeld) {
		f := fault.Wrap(fault.SourceUnavailable, err, "What %s says is not held, and only-if-cached forbids to read it.", source)
		f.Source = string(source)
		return f
	}
	d := foresee(source)
	if ctx.Err() == nil || err != context.Cause(ctx) {
		f := *fault.From(err)
		f.Source = string(source)
		if f.RetryAfter == 0 && f.Kind == fault.BudgetExhausted {
			f.RetryAfter = d.RetryIn
		}
		return &f
	}
	f := fault.Wrap(fault.SourceUnavailable, err, "%s has not answered in time. Ask again in a moment.", source)
	f.Source, f.RetryAfter = string(source), time.Second
	if d.Because.Brief() {
		f.Kind = fault.RateLimited
		f.Message = string(source) + " has more to answer than fits into its request limit. Ask again after the given time."
		f.RetryAfter = max(d.RetryIn, time.Second)
	}
	return f
}

// foresight is when the next interactive call to each source could leave: the ledger, which may be a network away, is
// asked once a source, and only if somebody has to be told.
func (l *live[K, T]) foresight(ctx context.Context) func(person.SourceID) budget.Decision {
	foreseen := map[person.SourceID]budget.Decision{}
	return func(source person.SourceID) budget.Decision {
		d, ok := foreseen[source]
		if !ok {
			// What cannot be foreseen is not told.
			d, _ = l.costs.ledger.Peek(context.WithoutCancel(ctx), l.costs.sources[source].Limits,
				budget.Ask{Class: budget.Interactive, Tokens: 1, Slots: 1})
			foreseen[source] = d
		}
		return d
	}
}
