package lineage_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
)

// checker is a test, or one run of a property.
type checker interface {
	Helper()
	Fatal(...any)
	Context() context.Context
}

func key(n int) person.Key {
	return person.Key{System: person.Systems[n%3], Account: "a", ID: fmt.Sprint(n)}
}

func own(k person.Key) person.ID { return person.ID(sum(k)[:16]) }

func sum(k person.Key) []byte {
	s := sha256.Sum256([]byte(fmt.Sprint(k)))
	return s[:]
}

// world is a picture: who is there, and of which cluster.
type world map[int]int

// picture gives a Book a picture, in the order of order, and answers who bears which id.
func picture(b *lineage.Book, w world, order []int) (map[int]person.ID, []lineage.Move) {
	smallest := map[int]int32{}
	cluster := make([]int32, len(order))
	for i, n := range order {
		at, met := smallest[w[n]]
		if !met {
			at = int32(i)
			smallest[w[n]] = at
		}
		cluster[i] = at
	}
	names, moves := b.Name(len(order), func(i int) person.Key { return key(order[i]) }, cluster, func(k person.Key) bool {
		return slices.ContainsFunc(order, func(n int) bool { return key(n) == k })
	})
	b.Move(moves)
	out := map[int]person.ID{}
	for i, n := range order {
		out[n] = names[cluster[i]]
	}
	return out, moves
}

// office is a Book over a Store, as a replica has it.
type office struct {
	store *lineage.Memory
	book  *lineage.Book
}

func open(t checker, store *lineage.Memory) *office {
	seats, _, err := store.Seats(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{store, lineage.NewBook()}
	o.book.Put(seats...)
	return o
}

func (o *office) show(t checker, w world, order ...int) map[int]person.ID {
	if order == nil {
		order = slices.Sorted(maps.Keys(w))
	}
	var fresh []lineage.Seat
	for _, n := range slices.Sorted(slices.Values(order)) {
		fresh = append(fresh, lineage.Seat{Key: key(n), Own: own(key(n))})
	}
	seats, err := o.store.EnterSeats(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range seats { // what others moved is read by Seats alone
		if known, ok := o.book.Seat(s.Key); ok {
			seats[i] = known
		}
	}
	o.book.Put(seats...)
	ids, moves := picture(o.book, w, order)
	if _, err := o.store.MoveSeats(t.Context(), moves); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAPersonKeepsTheirIDForEver(t *testing.T) {
	o := open(t, &lineage.Memory{})
	first := o.show(t, world{1: 1, 2: 2, 3: 3})
	ann, bob, cy := first[1], first[2], first[3]
	if ann == bob || bob == cy {
		t.Fatal("three people share ids")
	}
	expect := func(what string, w world, want map[int]person.ID) {
		t.Helper()
		o = open(t, o.store) // every picture comes after a restart
		if got := o.show(t, w); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	leads := func(what string, id, to person.ID) {
		t.Helper()
		if got := o.book.Resolve(id); got != to {
			t.Errorf("%s: the id leads to %x, want %x", what, got, to)
		}
	}
	expect("2 and 3 merge: the older survives", world{1: 1, 2: 2, 3: 2}, map[int]person.ID{1: ann, 2: bob, 3: bob})
	leads("merged", cy, bob)
	expect("then all merge", world{1: 1, 2: 1, 3: 1}, map[int]person.ID{1: ann, 2: ann, 3: ann})
	leads("merged twice", cy, ann)
	expect("the oldest vanishes: who is left is still them", world{2: 1, 3: 1}, map[int]person.ID{2: ann, 3: ann})
	expect("they split: the older keeps it, the other returns to an id of its own", world{2: 2, 3: 3}, map[int]person.ID{2: ann, 3: cy})
	leads("split", bob, ann)
	expect("the oldest returns alone: the id is its own", world{1: 1, 2: 2, 3: 3}, map[int]person.ID{1: ann, 2: bob, 3: cy})
	expect("nobody is there", world{}, map[int]person.ID{})
	expect("all return as they were", world{1: 1, 2: 2, 3: 3}, map[int]person.ID{1: ann, 2: bob, 3: cy})
}

func TestAnIDWhoseOwnerIsAwayFollowsItsPeople(t *testing.T) {
	o := open(t, &lineage.Memory{})
	before := o.show(t, world{1: 1, 2: 2, 3: 2}) // 3 is 2's
	o.show(t, world{1: 1, 3: 2})                 // 2 leaves, 3 bears its id
	if got := o.show(t, world{1: 1, 3: 1}); got[3] != before[1] {
		t.Fatal("the oldest did not survive")
	}
	if got := o.book.Resolve(before[2]); got != before[1] {
		t.Errorf("the id of who merged leads to %x, want the survivor", got)
	}
	if got := o.show(t, world{1: 1, 2: 2, 3: 1}); got[2] != before[2] || got[3] != before[1] {
		t.Error("who returns does not have their own id")
	}
}

// history is a random life of an office: refreshes, departures and returns, merges, splits, undos and restarts.
func history(t *rapid.T) []world {
	n := rapid.IntRange(2, 8).Draw(t, "identities")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) world {
		w := world{}
		for i := range n {
			if c := rapid.IntRange(-1, n-1).Draw(t, "cluster"); c >= 0 {
				w[i] = c
			}
		}
		return w
	}), 1, 12).Draw(t, "history")
}

func TestIDsOverRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := open(t, &lineage.Memory{})
		var last map[int]person.ID
		var lastWorld world
		ever := map[person.ID]bool{}
		for step, w := range history(t) {
			if rapid.Bool().Draw(t, "restart") {
				o = open(t, o.store)
			}
			ids := o.show(t, w)
			bearers := map[person.ID]int{}
			for n, id := range ids {
				ever[id] = true
				if c, twice := bearers[id]; twice && c != w[n] {
					t.Fatalf("step %d: two people bear one id", step)
				}
				bearers[id] = w[n]
			}
			for n, c := range w {
				for m, d := range w {
					if c == d && ids[n] != ids[m] {
						t.Fatalf("step %d: one person bears two ids", step)
					}
				}
				// Of the ids that anybody here has for their own, the person bears the oldest, or an older one.
				mine, _ := o.book.Seat(key(n))
				if owner := ownerOf(o, ids[n]); owner.Age > mine.Age {
					t.Fatalf("step %d: %d bears a younger id than its own", step, n)
				}
				// An id that is an identity's own, which is there, leads to its person.
				if o.book.Resolve(mine.Own) != ids[n] {
					t.Fatalf("step %d: the own id of %d leads elsewhere", step, n)
				}
			}
			for id := range ever { // no chain is closed, and none leads to a retired id
				if to := o.book.Resolve(id); o.book.Resolve(to) != to {
					t.Fatalf("step %d: a redirect leads to a retired id", step)
				}
			}
			// Who was one person and still is, with the same identities, has the same id; also if others came and went.
			for n, id := range last {
				if _, here := w[n]; here && same(lastWorld, w, n) && len(w) == len(lastWorld) && maps.Equal(partition(lastWorld), partition(w)) && ids[n] != id {
					t.Fatalf("step %d: nothing changed, and %d has another id", step, n)
				}
			}
			if _, moves := picture(o.book, w, slices.Sorted(maps.Keys(w))); len(moves) != 0 {
				t.Fatalf("step %d: the same picture again moves %v", step, moves)
			}
			last, lastWorld = ids, w
		}
	})
}

func ownerOf(o *office, id person.ID) lineage.Seat {
	for n := range 10 {
		if s, ok := o.book.Seat(key(n)); ok && s.Own == id {
			return s
		}
	}
	return lineage.Seat{}
}

func same(a, b world, n int) bool {
	for m := range a {
		if _, here := b[m]; !here || (a[m] == a[n]) != (b[m] == b[n]) {
			return false
		}
	}
	return true
}

// partition names each cluster after its smallest member.
func partition(w world) map[int]int {
	smallest := map[int]int{}
	for n, c := range w {
		if m, ok := smallest[c]; !ok || n < m {
			smallest[c] = n
		}
	}
	out := map[int]int{}
	for n, c := range w {
		out[n] = smallest[c]
	}
	return out
}

// A merge that is undone leaves everybody with the id that they had, whatever came before, if all are there.
func TestAnUndoneMergeRestoresBothIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := open(t, &lineage.Memory{})
		for _, w := range history(t) {
			o.show(t, w)
		}
		before := world{}
		for n := range 8 {
			before[n] = rapid.IntRange(0, 7).Draw(t, "cluster")
		}
		ids := o.show(t, before)
		a, b := rapid.IntRange(0, 7).Draw(t, "a"), rapid.IntRange(0, 7).Draw(t, "b")
		merged := maps.Clone(before)
		for n, c := range merged {
			if c == a {
				merged[n] = b
			}
		}
		o.show(t, merged)
		if got := o.show(t, before); !maps.Equal(got, ids) {
			t.Fatalf("after the undo %v, want %v", got, ids)
		}
	})
}

func TestTheOrderOfIdentitiesDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := open(t, &lineage.Memory{}), open(t, &lineage.Memory{})
		for _, w := range history(t) {
			sorted := slices.Sorted(maps.Keys(w))
			if len(sorted) == 0 {
				continue
			}
			if a, b := one.show(t, w), other.show(t, w, rapid.Permutation(sorted).Draw(t, "order")...); !maps.Equal(a, b) {
				t.Fatalf("%v in one order, %v in another", a, b)
			}
		}
	})
}

// Two replicas that meet the same pictures agree, whoever is first each time.
func TestTwoReplicasAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := &lineage.Memory{}
		replicas := []*office{open(t, store), open(t, store)}
		for _, w := range history(t) {
			first := rapid.IntRange(0, 1).Draw(t, "first")
			a := replicas[first].show(t, w)
			seats, _, _ := store.Seats(t.Context(), 0)
			if rapid.Bool().Draw(t, "heard") {
				replicas[1-first].book.Put(seats...)
			}
			if b := replicas[1-first].show(t, w); !maps.Equal(a, b) {
				t.Fatalf("one replica says %v, the other %v", a, b)
			}
		}
	})
}

// Before there was a store a person was called after its smallest identity key; that is who they still are.
func TestIDsFromBeforeTheStoreAreAdopted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.MapOf(rapid.IntRange(0, 9), rapid.IntRange(0, 4)).Draw(t, "world")
		var order []int // as the picture has it: by key
		for n := range w {
			order = append(order, n)
		}
		slices.SortFunc(order, func(a, b int) int { return key(a).Compare(key(b)) })
		store := &lineage.Memory{}
		var seats []lineage.Seat
		for _, n := range order {
			seats = append(seats, lineage.Seat{Key: key(n), Own: own(key(n))})
		}
		if _, err := store.EnterSeats(t.Context(), seats); err != nil {
			t.Fatal(err)
		}
		smallest := map[int]person.ID{}
		for _, n := range slices.Backward(order) {
			smallest[w[n]] = own(key(n))
		}
		ids, _ := picture(open(t, store).book, w, order)
		for n, id := range ids {
			if id != smallest[w[n]] {
				t.Fatalf("%d is called otherwise than before", n)
			}
		}
	})
}
