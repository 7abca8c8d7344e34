// Package loaders holds what belongs to one response and to no other: the view
// of the directory that its fields read, its batches of live reads, and its
// bill. A fresh set per response, so that an event on a long subscription never
// answers from another event's cache.
package loaders

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

const (
	// wait is how long a batch waits for more keys: fields of one page arrive
	// within microseconds of each other, so this is long.
	wait = time.Millisecond
	// capacity is the largest page there is.
	capacity = 100
)

// Loader batches live reads of one kind of detail.
type Loader[T any] = dataloader.Interface[*person.Identity, people.Detail[T]]

// Set is what one response shares between its fields.
type Set struct {
	// Bill is what this response costs.
	Bill *Bill
	// Asker is for whom it is.
	Asker people.Asker
	// Rehearsal is set while the operation is planned, not executed.
	Rehearsal people.Rehearsal

	Permissions      Loader[[]person.Permission]
	RoleAssignments  Loader[[]person.RoleAssignment]
	RoleSettings     Loader[[]person.RoleSetting]
	Followers        Loader[[]person.Follower]
	DeployedTriggers Loader[[]person.DeployedTrigger]

	view atomic.Pointer[directory.View]
	live atomic.Bool
	// momentary: see MarkMomentary.
	momentary atomic.Bool
}

// View is the picture that root fields read; what they answer is bound to it. It is the same for the whole response,
// unless one of them had something read anew.
func (s *Set) View() directory.View { return *s.view.Load() }

// Renew has renewer read users anew, at this response's cost, and goes on with the view that newest then gives.
func (s *Set) Renew(ctx context.Context, renewer people.Renewer, users []*person.Identity, newest func() directory.View) []people.Renewal {
	s.MarkLive()
	renewals := renewer.Renew(ctx, s.Asker, users)
	s.Bill.renew(len(renewals) > 0)
	for _, r := range renewals {
		cost := r.Cost
		cost.Source = r.Source
		s.Bill.charge(cost)
	}
	s.view.Store(new(newest()))
	return renewals
}

// MarkLive notes that the response asks for what the view does not hold.
func (s *Set) MarkLive() { s.live.Store(true) }

// Live tells whether the response rests on anything beside the view.
func (s *Set) Live() bool { return s.live.Load() }

// MarkMomentary notes that the response says what is true at this moment alone: a budget, an age, who asks.
func (s *Set) MarkMomentary() {
	s.MarkLive()
	s.momentary.Store(true)
}

// Momentary tells whether some of the response is true at this moment alone.
func (s *Set) Momentary() bool { return s.momentary.Load() }

// New makes a fresh set over a view, for one asker. It has no loaders before With: an answer that is remembered needs none.
func New(view directory.View, asker people.Asker) *Set {
	s := &Set{Bill: &Bill{}, Asker: asker}
	s.view.Store(&view)
	return s
}

func newLoader[T any](bill *Bill, asker people.Asker, read func(context.Context, people.Asker, []*person.Identity) []people.Detail[T]) Loader[T] {
	// A batch runs with the context of its first key. That is the operation's, alike
	// for all of them; errors are returned per key and never attached to it.
	batch := func(ctx context.Context, users []*person.Identity) []*dataloader.Result[people.Detail[T]] {
		results := make([]*dataloader.Result[people.Detail[T]], len(users))
		for i, d := range read(ctx, asker, users) {
			bill.charge(d.Cost)
			bill.date(d.Held, d.Freshness, d.FreshUntil, d.Waited)
			results[i] = &dataloader.Result[people.Detail[T]]{Data: d}
		}
		return results
	}
	return dataloader.NewBatchedLoader(batch,
		dataloader.WithWait[*person.Identity, people.Detail[T]](wait),
		dataloader.WithBatchCapacity[*person.Identity, people.Detail[T]](capacity))
}

type contextKey struct{}

// With puts a set into the context of one response, with loaders that read details.
func With(ctx context.Context, set *Set, details people.Details) context.Context {
	bill, asker := set.Bill, set.Asker
	set.Permissions = newLoader(bill, asker, details.Permissions)
	set.RoleAssignments = newLoader(bill, asker, details.RoleAssignments)
	set.RoleSettings = newLoader(bill, asker, details.RoleSettings)
	set.Followers = newLoader(bill, asker, details.Followers)
	set.DeployedTriggers = newLoader(bill, asker, details.DeployedTriggers)
	return context.WithValue(ctx, contextKey{}, set)
}

// From gives the set of the response that ctx belongs to. It panics without one:
// a field that runs outside a response is a mistake in the wiring.
func From(ctx context.Context) *Set { return ctx.Value(contextKey{}).(*Set) }
