package directory_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

func drawDecisions(t *rapid.T, w *world) []link.Decision {
	var out []link.Decision
	for n := range rapid.IntRange(0, 4).Draw(t, "new decisions") {
		a, b := drawIdentity(t, w).Key, drawIdentity(t, w).Key
		if slices.ContainsFunc(out, func(d link.Decision) bool { return d.A == a && d.B == b || d.A == b && d.B == a }) {
			continue
		}
		out = append(out, link.Decision{Verb: rapid.SampledFrom([]link.Verb{link.Join, link.Apart}).Draw(t, "verb"), A: a, B: b, At: start.Add(time.Duration(n)), By: "tester"})
	}
	return out
}

// Whatever is decided, undone and changed in between, the picture is the one that a reading with the last decisions gives;
// and so is what those see who may see a part.
func TestDecidingEqualsBuilding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		s := directory.Build(w.in)
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			if rapid.Bool().Draw(t, "looked at") {
				s.View(seesPart).Sources()
			}
			decisions := drawDecisions(t, w)
			s = s.Decide(decisions)
			w.in.Decisions = decisions
			if rapid.Bool().Draw(t, "changed too") {
				var changes []directory.Change
				changes, w.in = drawChanges(t, w, 3)
				s = s.Apply(changes)
			}
		}
		want := directory.Build(w.in)
		if got, want := keysByPerson(s.View(nobody)), keysByPerson(want.View(nobody)); !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("decided:\n%v\nbuilt:\n%v", got, want)
		}
		if got, want := keysByPerson(s.View(seesPart)), keysByPerson(want.View(seesPart)); !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("a part, decided:\n%v\nbuilt:\n%v", got, want)
		}
	})
}

var seesPart = access.Grant("part", access.Role{Scopes: access.ReadScopes, Rows: access.Rows{Sources: access.Only("crm-a", "flow")}})

// keysByPerson tells who is one person with whom, under the smallest key.
func keysByPerson(v directory.View) map[person.Key][]person.Key {
	out := map[person.Key][]person.Key{}
	for _, source := range v.Sources() {
		page, err := v.Identities(source, directory.Window{First: 1000})
		if err != nil {
			panic(err)
		}
		for _, i := range page.Nodes() {
			keys := keysOf(i.Person().Identities())
			out[keys[0]] = keys
		}
	}
	return out
}

// ledger is a Names over a book and a store, as the collector has it.
type ledger struct {
	book  *lineage.Book
	store *lineage.Memory
}

func (l *ledger) Seat(k person.Key) (lineage.Seat, bool) { return l.book.Seat(k) }
func (l *ledger) Resolve(id person.ID) person.ID         { return l.book.Resolve(id) }
func (l *ledger) Name(identities []*person.Identity, cluster []int32, present func(person.Key) bool) []person.ID {
	for _, i := range identities {
		if _, seated := l.book.Seat(i.Key); !seated {
			seats, err := l.store.EnterSeats(context.Background(), []lineage.Seat{{Key: i.Key, Own: personID(i.Key)}})
			if err != nil {
				panic(err)
			}
			l.book.Put(seats...)
		}
	}
	names, moves := l.book.Name(len(identities), func(i int) person.Key { return identities[i].Key }, cluster, present)
	l.book.Move(moves)
	return names
}

// An overlay gives the ids that a whole reading gives, and every id that was ever answered finds somebody as long as an
// identity is there that had it, or bore it last.
func TestIDsAreTheSameInAnOverlay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		names := &ledger{lineage.NewBook(), &lineage.Memory{}}
		w.in.Names = names
		s := directory.Build(w.in)
		for range rapid.IntRange(1, 4).Draw(t, "times") {
			var changes []directory.Change
			changes, w.in = drawChanges(t, w, 4)
			s = s.Apply(changes)
			w.in.Decisions = drawDecisions(t, w)
			s = s.Decide(w.in.Decisions)
			ids := map[person.ID]bool{}
			for _, p := range everybody(t, s.View(nobody)) {
				if ids[p.ID()] {
					t.Fatal("two people bear one id")
				}
				ids[p.ID()] = true
				if found, ok := s.View(nobody).Person(p.ID()); !ok || found.ID() != p.ID() {
					t.Fatal("a person is not found by their id")
				}
				for _, i := range p.Identities() {
					seat, _ := names.Seat(i.Key())
					if found, ok := s.View(nobody).Person(seat.Own); !ok || found.ID() != p.ID() {
						t.Fatal("the id that an identity had alone does not lead to its person")
					}
					if seat.Person != p.ID() {
						t.Fatal("the book says otherwise than the picture")
					}
				}
			}
			built := directory.Build(w.in)
			for _, p := range everybody(t, built.View(nobody)) {
				if q, ok := s.View(nobody).Person(p.ID()); !ok || !slices.Equal(keysOf(q.Identities()), keysOf(p.Identities())) {
					t.Fatalf("a whole reading calls %v otherwise", keysOf(p.Identities()))
				}
			}
		}
	})
}

// What those see who may see a part tells nothing of what is hidden: not by an id either.
func TestHiddenAccountsChangeNobodysID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		names := &ledger{lineage.NewBook(), &lineage.Memory{}}
		w.in.Names = names
		with := directory.Build(w.in).View(seesPart)
		var shown []person.Batch
		for _, b := range w.in.Batches {
			if b.Source == "crm-a" || b.Source == "flow" {
				shown = append(shown, b)
			}
		}
		w.in.Batches = shown
		without := directory.Build(w.in).View(seesPart)
		for _, p := range everybody(t, with) {
			if q, ok := without.Person(p.ID()); !ok || !slices.Equal(keysOf(q.Identities()), keysOf(p.Identities())) {
				t.Fatal("an id depends on what is hidden")
			}
		}
	})
}

// Whoever returns to a picture takes their own id back from those who bore it meanwhile, though nothing links them now.
func TestAnOwnerWhoReturnsTakesTheIDBack(t *testing.T) {
	w := newWorld()
	a := w.add("crm-a", "1", named("Ann", "ann@acme.example"))
	b := w.add("flow", "71", named("Ann", "ann@acme.example"))
	w.in.Names = &ledger{lineage.NewBook(), &lineage.Memory{}}
	idOf := func(s *directory.Snapshot, k person.Key) person.ID {
		i, _ := s.View(nobody).Identity(k)
		return i.Person().ID()
	}
	before := idOf(w.build(), b.Key)
	w.batch("crm-a").Identities = nil
	alone := w.build()
	if idOf(alone, b.Key) != before {
		t.Fatal("who is left bears another id")
	}
	returned := w.newIdentity("crm-a", "1", named("Somebody Else", "else@acme.example"))
	next := alone.Apply([]directory.Change{{Key: a.Key, Identity: returned, ObservedAt: start.Add(time.Hour)}})
	if idOf(next, a.Key) != before || idOf(next, b.Key) == before {
		t.Error("the id is not its owner's")
	}
}
