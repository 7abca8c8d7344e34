package history_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/person"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func key(id string) person.Key { return person.Key{System: person.Pipefy, Account: "301", ID: id} }

func pipe(id string) *person.Resource {
	return &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: id}}
}

func may(id, role string) person.Grant {
	return person.Grant{Resource: pipe(id), Level: person.LevelMember, Role: role}
}

func who(id string, grants ...person.Grant) *person.Identity {
	return &person.Identity{Key: key(id), Grants: grants}
}

// called gives everybody an id of their own, unless said otherwise.
type called map[string]byte

func (c called) of(i *person.Identity) person.ID {
	if id, said := c[i.Key.ID]; said {
		return person.ID{id}
	}
	return person.ID{i.Key.ID[0]}
}

func all(c called, identities ...*person.Identity) iter.Seq2[*person.Identity, person.ID] {
	return func(yield func(*person.Identity, person.ID) bool) {
		for _, i := range identities {
			if !yield(i, c.of(i)) {
				return
			}
		}
	}
}

// book is a baseline with its store.
type book struct {
	t interface {
		Helper()
		Fatal(...any)
		Errorf(string, ...any)
	}
	store *history.Memory
	at    time.Time
	ids   called
	// partly: a source has not been read yet.
	partly bool
}

func newBook(t *testing.T) *book {
	return &book{t: t, store: &history.Memory{}, at: noon, ids: called{}}
}

// read compares a reading with what the store knows, as after a restart, and stores what came of it. It answers the changes
// in short.
func (b *book) read(complete bool, known func(person.ResourceKey) bool, identities ...*person.Identity) string {
	b.t.Helper()
	k, _ := b.store.Known(context.Background(), "pf")
	k.Source = "pf"
	b.at = b.at.Add(time.Hour)
	whose := func(id person.ID) person.ID {
		for _, i := range identities {
			if b.ids.of(i) == id || (person.ID{i.Key.ID[0]}) == id {
				return b.ids.of(i)
			}
		}
		return person.ID{}
	}
	base := history.NewBaseline(k)
	r, ok := base.Compare(history.Reading{Source: "pf", Observed: b.at, Complete: complete, Apart: !b.partly, Known: known, Identities: all(b.ids, identities...), Whose: whose})
	if !ok {
		b.t.Fatal("the reading is not newer")
	}
	if err := b.store.AppendChanges(context.Background(), r); err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, c := range r.Changes {
		said := fmt.Sprint(names[c.Kind], " ", c.Identity.ID)
		if c.Resource.ID != "" {
			said += " " + c.Resource.ID + " " + c.OldGrant.Role + ">" + c.Grant.Role
		}
		out = append(out, said)
		if !c.Observed.Equal(b.at) || c.Source != "pf" || c.Person == (person.ID{}) {
			b.t.Errorf("%+v", c)
		}
	}
	return strings.Join(out, "; ")
}

var names = map[history.Kind]string{history.Appeared: "appeared", history.Left: "left", history.Returned: "returned", history.StateChanged: "state",
	history.GrantGained: "gained", history.GrantLost: "lost", history.GrantChanged: "changed", history.Linked: "linked", history.Unlinked: "unlinked"}

func everything(person.ResourceKey) bool { return true }
func nothing(person.ResourceKey) bool    { return false }

func (b *book) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestAYearOfAnOffice(t *testing.T) {
	b := newBook(t)
	b.want("the first reading is where history begins", b.read(true, everything, who("a", may("1", "admin")), who("b")), "")
	b.want("nothing happens", b.read(true, everything, who("a", may("1", "admin")), who("b")), "")
	b.want("somebody is new", b.read(true, everything, who("a", may("1", "admin")), who("b"), who("c", may("2", "member"))), "appeared c; gained c 2 >member")
	b.want("a role changes, a grant is new", b.read(true, everything, who("a", may("1", "member"), may("2", "member")), who("b"), who("c", may("2", "member"))),
		"changed a 1 admin>member; gained a 2 >member")
	inactive := who("b")
	inactive.State = person.StateInactive
	b.want("a state changes", b.read(true, everything, who("a", may("1", "member"), may("2", "member")), inactive, who("c", may("2", "member"))), "state b")
	b.want("two leave", b.read(true, everything, who("a", may("1", "member"))), "lost a 2 member>; left b; left c; lost c 2 member>")
	b.want("nothing more of them", b.read(true, everything, who("a", may("1", "member"))), "")
	b.want("one returns", b.read(true, everything, who("a", may("1", "member")), who("c", may("2", "admin"))), "returned c; gained c 2 >admin")
	b.ids["c"] = 'a'
	b.want("they are one person", b.read(true, everything, who("a", may("1", "member")), who("c", may("2", "admin"))), "linked c")
	delete(b.ids, "c")
	b.want("and are not", b.read(true, everything, who("a", may("1", "member")), who("c", may("2", "admin"))), "unlinked c")
}

func TestUnknownIsNotAbsent(t *testing.T) {
	b := newBook(t)
	b.want("a part is seen", b.read(false, nothing, who("a")), "")
	b.want("more is seen, and was merely unseen", b.read(true, everything, who("a"), who("b", may("1", "member"), may("2", "member"))), "")
	b.want("an incomplete reading brings nobody's leaving", b.read(false, nothing, who("a")), "")
	b.want("nor are they new then", b.read(true, everything, who("a"), who("b", may("1", "member"), may("2", "member"))), "")
	one := func(k person.ResourceKey) bool { return k.ID == "1" }
	b.want("one pipe could not be read", b.read(true, one, who("a"), who("b")), "lost b 1 member>")
	b.want("it can, and all is as before", b.read(true, everything, who("a"), who("b", may("2", "member"))), "")
}

// After a start, people are shown apart until the source is read that makes them one.
func TestNobodyIsLinkedOrPartedByAStart(t *testing.T) {
	b := newBook(t)
	two := []*person.Identity{who("a"), who("b")}
	b.partly = true
	b.want("the first start: what joins them is not read yet", b.read(true, everything, two...), "")
	b.ids["b"], b.partly = 'a', false
	b.want("it is, and they were always one", b.read(true, everything, two...), "")
	delete(b.ids, "b")
	b.partly = true
	b.want("a restart shows them apart for a while", b.read(true, everything, two...), "")
	b.ids["b"], b.partly = 'a', false
	b.want("and then as they were", b.read(true, everything, two...), "")
	delete(b.ids, "b")
	b.want("with all read, who is apart has parted", b.read(true, everything, two...), "unlinked b")
}

func TestAReadingIsRecordedOnce(t *testing.T) {
	store := &history.Memory{}
	reading := history.Reading{Source: "pf", Observed: noon, Complete: true, Known: everything, Identities: all(called{}, who("a"))}
	one, other := history.NewBaseline(history.Known{Source: "pf"}), history.NewBaseline(history.Known{Source: "pf"})
	r, _ := one.Compare(reading)
	late, _ := other.Compare(reading)
	if err := store.AppendChanges(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := store.AppendChanges(t.Context(), late); err != history.ErrRecorded {
		t.Errorf("two replicas recorded one reading: %v", err)
	}
	one.Accept(r)
	if _, newer := one.Compare(reading); newer {
		t.Error("a reading is newer than itself")
	}
}

// The facts that changes lead to are those of the last complete reading, whatever came before.
func TestChangesLeadToWhatIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &book{t: t, store: &history.Memory{}, at: noon, ids: called{}}
		held := map[string]bool{} // "who pipe", as the changes tell it
		there := map[string]bool{}
		for step := range rapid.IntRange(1, 8).Draw(t, "readings") {
			var identities []*person.Identity
			complete := step == 0 || rapid.Bool().Draw(t, "complete")
			for _, id := range []string{"a", "b", "c"} {
				if rapid.Bool().Draw(t, "there") {
					i := who(id)
					for _, p := range []string{"1", "2"} {
						if rapid.Bool().Draw(t, "may") {
							i.Grants = append(i.Grants, may(p, "member"))
						}
					}
					identities = append(identities, i)
				}
			}
			known := everything
			if !complete {
				known = nothing
			}
			b.read(complete, known, identities...)
			if step == 0 {
				for _, i := range identities {
					there[i.Key.ID] = true
					for _, g := range i.Grants {
						held[i.Key.ID+g.Resource.Key.ID] = true
					}
				}
				continue
			}
			changes, _, _ := b.store.Changes(context.Background(), history.Page{Limit: 1000, Filter: history.Filter{From: b.at}})
			for _, c := range slices.Backward(changes) {
				switch c.Kind {
				case history.Appeared, history.Returned:
					if there[c.Identity.ID] {
						t.Fatal("who is there appears")
					}
					there[c.Identity.ID] = true
				case history.Left:
					delete(there, c.Identity.ID)
				case history.GrantGained:
					held[c.Identity.ID+c.Resource.ID] = true
				case history.GrantLost:
					delete(held, c.Identity.ID+c.Resource.ID)
				}
			}
			if !complete {
				continue
			}
			n := 0
			for _, i := range identities {
				if !there[i.Key.ID] {
					t.Fatal("nothing says that somebody is there")
				}
				for _, g := range i.Grants {
					n++
					if !held[i.Key.ID+g.Resource.Key.ID] {
						t.Fatal("nothing says that a grant is held")
					}
				}
			}
			if len(there) != len(identities) || len(held) != n {
				t.Fatalf("by the changes %v are there with %v", there, held)
			}
		}
	})
}
