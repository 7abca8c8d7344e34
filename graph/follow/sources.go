package follow

import (
	"context"
	"slices"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// Sources follows sources. It has one user at a time.
type Sources struct {
	hub   *Hub
	named []string
	wake  bell

	// What follows is guarded by the hub.
	closed  bool
	who     access.Principal
	pending []person.SourceID
}

// Sources follows the sources with these configured names, nil: all. It begins with the state of each. Close ends it.
func (h *Hub) Sources(ctx context.Context, named []string) (*Sources, error) {
	who, err := renewed(ctx, "sourceChanged")
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.service.KnownSources(h.shown.View(who), named); err != nil {
		return nil, err
	}
	f := &Sources{hub: h, named: named, wake: make(bell, 1)}
	f.begin(who)
	h.sources[f] = true
	return f, nil
}

// Close ends f.
func (f *Sources) Close() {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	f.closed = true
	delete(f.hub.sources, f)
	f.wake.ring()
}

// begin has everything told that who may see. Callers hold the hub.
func (f *Sources) begin(who access.Principal) {
	f.who, f.pending = who, nil
	for _, s := range f.hub.shown.View(who).Sources() {
		f.note(s.ID())
	}
}

func (f *Sources) note(id person.SourceID) {
	if (len(f.named) == 0 || slices.Contains(f.named, string(id))) && !slices.Contains(f.pending, id) {
		f.pending = append(f.pending, id)
		f.wake.ring()
	}
}

// Next waits for the next source to be told of, in the newest state; see People.Next.
func (f *Sources) Next(ctx context.Context) (Told[directory.Source], error) {
	for {
		if err := ctx.Err(); err != nil {
			return Told[directory.Source]{}, err
		}
		who, err := renewed(ctx, "sourceChanged")
		if err != nil {
			return Told[directory.Source]{}, err
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

func (f *Sources) take(who access.Principal) (told Told[directory.Source], ok bool, err error) {
	h := f.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.closed {
		return told, false, context.Canceled
	}
	if who.Sight() != f.who.Sight() { // which counts they see follows from which accounts
		f.begin(who)
	}
	view := h.shown.View(who)
	for len(f.pending) > 0 {
		id := f.pending[0]
		f.pending = f.pending[1:]
		if s, ok := view.Source(id); ok {
			return Told[directory.Source]{Value: s, Who: who, View: view, Key: "source " + string(id)}, true, nil
		}
	}
	return told, false, nil
}

// tellSources notes which sources stand otherwise now, once for all who see the same. Callers hold the hub.
func (h *Hub) tellSources(old, now *directory.Snapshot) {
	changed := make(map[string][]person.SourceID)
	for f := range h.sources {
		rows := f.who.Rows().Key()
		ids, done := changed[rows]
		if !done {
			ids = otherwise(old.View(f.who), now.View(f.who))
			changed[rows] = ids
		}
		for _, id := range ids {
			f.note(id)
		}
	}
}

// otherwise lists the sources whose health, reason, coverage or freshness differ. When one is read next is no news.
func otherwise(old, now directory.View) (ids []person.SourceID) {
	for _, s := range now.Sources() {
		before, known := old.Source(s.ID())
		if !known || !sameStanding(before, s) {
			ids = append(ids, s.ID())
		}
	}
	return ids
}

func sameStanding(a, b directory.Source) bool {
	x, y := a.State(), b.State()
	if x.Health != y.Health || x.Reason != y.Reason || x.Code != y.Code || x.Account != y.Account || x.Title != y.Title || x.CredentialOwner != y.CredentialOwner {
		return false
	}
	f, g := a.Freshness(), b.Freshness()
	if (f == nil) != (g == nil) || f != nil && (!f.ObservedAt.Equal(g.ObservedAt) || f.IsStale != g.IsStale || f.Reason != g.Reason) {
		return false
	}
	c, d := a.Coverage(), b.Coverage()
	return (c == nil) == (d == nil) && (c == nil || c.Seen == d.Seen && c.Total == d.Total && c.Complete == d.Complete &&
		c.GrantsComplete == d.GrantsComplete && slices.Equal(c.Gaps, d.Gaps))
}
