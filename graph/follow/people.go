package follow

import (
	"context"
	"fmt"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// Kind is what a follower of people is told.
type Kind uint8

// The kinds.
const (
	// Resync: ask anew for what you show. From here on every change is told.
	Resync Kind = iota
	Appeared
	Changed
	// Left: gone, or not to be seen any more, or does not fit the filter any more.
	Left
	// Merged: their accounts are another person's now.
	Merged
)

// PersonChange is one event. Person is set with Appeared and Changed.
type PersonChange struct {
	Kind   Kind
	Person *directory.Person

	id, into person.ID
	ids      *nodeid.Codec
}

// PersonID is whom it is about; nil with Resync.
func (c PersonChange) PersonID() *string { return c.opaque(c.id) }

// IntoID is who has their accounts now; nil unless they are Merged.
func (c PersonChange) IntoID() *string { return c.opaque(c.into) }

func (c PersonChange) opaque(id person.ID) *string {
	if id == (person.ID{}) {
		return nil
	}
	return new(c.ids.Person(id))
}

// People follows people. It has one user at a time.
type People struct {
	hub    *Hub
	filter *people.Filter
	wake   bell

	// What follows is guarded by the hub.
	audience *audience // nil once closed
	sight    string
	anew     bool
	// pending are those of whom is to be told, in order; was tells whether the follower may know them.
	pending []person.ID
	was     map[person.ID]bool
}

// People follows the people who fit a filter, nil: as lists do without one. The first event is Resync. Close ends it.
// Errors are those of such a list.
func (h *Hub) People(ctx context.Context, filter *people.Filter) (*People, error) {
	who, err := renewed(ctx, "personChanged")
	if err != nil {
		return nil, err
	}
	f := &People{hub: h, filter: filter, wake: make(bell, 1), anew: true, was: map[person.ID]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	return f, f.sit(who)
}

// Close ends f: nothing is kept for it any more.
func (f *People) Close() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.leave()
	f.wake.ring()
}

// sit joins the audience of who. Callers hold the hub.
func (f *People) sit(who access.Principal) error {
	view := f.hub.shown.View(who)
	filter, err := f.hub.service.PeopleFilter(view, who, f.filter)
	if err != nil {
		return err
	}
	key := audienceKey(who, filter)
	a := f.hub.audiences[key]
	if a == nil {
		a = &audience{key: key, who: who, filter: filter, members: map[*People]bool{}}
	}
	if _, err := a.in(f.hub.service, f.hub.shown); err != nil && f.audience == nil { // who begins is told so, who follows waits
		return err
	}
	f.hub.audiences[key] = a
	a.members[f], f.audience, f.sight = true, a, who.Sight()
	return nil
}

// leave is for callers who hold the hub.
func (f *People) leave() {
	if f.audience == nil {
		return
	}
	delete(f.audience.members, f)
	if len(f.audience.members) == 0 {
		delete(f.hub.audiences, f.audience.key)
	}
	f.audience = nil
}

// resync forgets what is pending: who asks anew learns it. Callers hold the hub.
func (f *People) resync() {
	f.anew, f.pending = true, nil
	clear(f.was)
	f.wake.ring()
}

// note has f told of somebody whom it may know. Callers hold the hub.
func (f *People) note(id person.ID, was bool) {
	if f.anew {
		return
	}
	if _, noted := f.was[id]; noted {
		return
	}
	if len(f.pending) == f.hub.waiting {
		f.resync()
		return
	}
	f.pending, f.was[id] = append(f.pending, id), was
	f.wake.ring()
}

// Next waits for what is next to be told, for who is asking then. An error with a *fault.Error says that they may not
// follow any more, or not by this filter; another one is the context's.
func (f *People) Next(ctx context.Context) (Told[PersonChange], error) {
	for {
		if err := ctx.Err(); err != nil {
			return Told[PersonChange]{}, err
		}
		who, err := renewed(ctx, "personChanged")
		if err != nil {
			return Told[PersonChange]{}, err
		}
		if told, ok, err := f.take(who); ok || err != nil {
			return told, err
		}
		select {
		case <-ctx.Done():
		case <-f.wake:
		}
	}
}

func (f *People) take(who access.Principal) (told Told[PersonChange], ok bool, err error) {
	h := f.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.audience == nil {
		return told, false, context.Canceled
	}
	if who.Sight() != f.sight {
		if err := f.move(who); err != nil {
			return told, false, err
		}
	}
	told = Told[PersonChange]{Who: who, View: h.shown.View(who), Value: PersonChange{ids: h.ids}}
	is, unknown := f.audience.in(h.service, h.shown)
	switch {
	case unknown != nil: // it is told once somebody can
		return told, false, nil
	case f.anew:
		f.anew = false
		told.Key = "resync"
		return told, true, nil
	}
	if len(f.pending) > 0 {
		id := f.pending[0]
		was := f.was[id]
		f.pending = f.pending[1:]
		delete(f.was, id)
		c := &told.Value
		c.become(told.View, id, was, is(id))
		told.Key = fmt.Sprintf("%d %x %x", c.Kind, c.id, c.into)
		return told, true, nil
	}
	return told, false, nil
}

// become is what is told of somebody who fitted before, or not, and fits now, or not. Who came and went untold has left all
// the same: the follower may have asked in between.
func (c *PersonChange) become(v directory.View, id person.ID, was, is bool) {
	p, there := v.Called(id)
	c.id = id
	switch {
	case is && was:
		c.Kind, c.Person = Changed, &p
	case is:
		c.Kind, c.Person = Appeared, &p
	default:
		c.Kind = Left
		if survivor, ok := v.Person(id); ok && !there {
			c.Kind, c.into = Merged, survivor.ID()
		}
	}
}

// move is for who sees otherwise than before. They may have asked meanwhile, and nobody knows what they hold: they ask anew.
// Callers hold the hub.
func (f *People) move(who access.Principal) error {
	old := f.audience
	if err := f.sit(who); err != nil {
		return err
	}
	if f.audience == old {
		return nil
	}
	delete(old.members, f)
	if len(old.members) == 0 {
		delete(f.hub.audiences, old.key)
	}
	f.resync()
	return nil
}
