package collect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// unsteady is a store of seats that does not answer while down.
type unsteady struct {
	lineage.Memory
	down bool
}

var errDown = errors.New("the store is down")

func (u *unsteady) Seats(ctx context.Context, since int64) ([]lineage.Seat, int64, error) {
	if u.down {
		return nil, 0, errDown
	}
	return u.Memory.Seats(ctx, since)
}

func (u *unsteady) EnterSeats(ctx context.Context, seats []lineage.Seat) ([]lineage.Seat, error) {
	if u.down {
		return nil, errDown
	}
	return u.Memory.EnterSeats(ctx, seats)
}

func (u *unsteady) MoveSeats(ctx context.Context, moves []lineage.Move) ([]lineage.Seat, error) {
	if u.down {
		return nil, errDown
	}
	return u.Memory.MoveSeats(ctx, moves)
}

func userNo(n int) *person.Identity {
	return &person.Identity{Key: person.Key{System: person.Pipedrive, Account: "7001", ID: fmt.Sprint(n)}}
}

func ownID(k person.Key) (id person.ID) { copy(id[:], k.Account+k.ID); return id }

func usersNo(numbers ...int) (out []*person.Identity) {
	for _, n := range numbers {
		out = append(out, userNo(n))
	}
	return out
}

// naming gives a register a picture in which all are there is.
func naming(r *collect.Register, identities []*person.Identity, cluster ...int32) []person.ID {
	return r.Name(identities, cluster, func(k person.Key) bool {
		return slices.ContainsFunc(identities, func(i *person.Identity) bool { return i.Key == k })
	})
}

func TestAReplicaThatMeetsTheSameNewcomersCallsThemAlike(t *testing.T) {
	store := &lineage.Memory{}
	one, other := collect.NewRegister(store, ownID, collect.RegisterOptions{}), collect.NewRegister(store, ownID, collect.RegisterOptions{})
	naming(one, usersNo(2), 0) // it has seen the second first
	a, b := naming(one, usersNo(1, 2), 0, 0), naming(other, usersNo(1, 2), 0, 0)
	if a[0] != b[0] || a[0] != ownID(userNo(2).Key) {
		t.Errorf("one says %x, the other %x", a[0], b[0])
	}
}

func TestAStoreThatIsDownHoldsNoPictureUp(t *testing.T) {
	store := &unsteady{down: true}
	r := collect.NewRegister(store, ownID, collect.RegisterOptions{})
	before := naming(r, usersNo(1, 2, 3), 0, 0, 2)
	if before[0] != ownID(userNo(1).Key) || before[2] != ownID(userNo(3).Key) {
		t.Fatalf("they are called %x", before)
	}
	if _, err := r.Sync(t.Context()); !errors.Is(err, errDown) {
		t.Fatalf("nothing was stored, and nobody says so: %v", err)
	}
	store.down = false
	if anew, err := r.Sync(t.Context()); err != nil || anew {
		t.Errorf("the guess was wrong: %v, %v", anew, err)
	}
	// What was decided while it was down is there after a restart: without its owner, the second bears the first's id.
	again := collect.NewRegister(store, ownID, collect.RegisterOptions{})
	if got := naming(again, usersNo(2, 3), 0, 1); got[0] != before[0] || got[1] != before[2] {
		t.Errorf("after a restart they are called %x", got)
	}
}

func TestAWrongGuessIsMadeGoodWhenTheStoreIsBack(t *testing.T) {
	store := &unsteady{}
	elder := collect.NewRegister(store, ownID, collect.RegisterOptions{})
	naming(elder, usersNo(2), 0)
	store.down = true
	r := collect.NewRegister(store, ownID, collect.RegisterOptions{})
	naming(r, usersNo(1, 2), 0, 0) // it takes 1 for the elder
	store.down = false
	anew, err := r.Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := naming(r, usersNo(1, 2), 0, 0); got[0] != ownID(userNo(2).Key) || !anew {
		t.Errorf("they are called %x; anew: %v", got[0], anew)
	}
}

// changed lists what a store recorded, oldest first, in short.
func changed(t *testing.T, store history.Store) string {
	t.Helper()
	changes, _, err := store.Changes(t.Context(), history.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range slices.Backward(changes) {
		out = append(out, fmt.Sprintf("%d %s", c.Kind, c.Identity.ID))
	}
	return strings.Join(out, ", ")
}

func TestReadingsAreRecordedAndADownSourceIsNobodysLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		part := reading("acme", "Ann")
		part.Batch.Coverage.Complete = false
		readings := []collect.Reading{reading("acme", "Ann", "Bob"), part, {}, reading("acme", "Ann", "Cy"), reading("acme", "Ann", "Bob", "Cy")}
		acme := &scripted{read: func(n int) (collect.Reading, error) {
			if n == 3 {
				return collect.Reading{}, fault.New(fault.SourceUnavailable, "acme did not answer.")
			}
			return readings[min(n, len(readings))-1], nil
		}}
		store := &history.Memory{}
		c := collect.New([]collect.Source{{ID: "acme", System: person.Pipedrive, Reader: acme, Every: 15 * time.Minute}}, picture(t),
			collect.Options{Jitter: func() float64 { return 0 }, Recorder: collect.NewRecorder(store, nil)})
		want := []string{"", "", "", fmt.Sprintf("%d Bob, %d Cy", history.Left, history.Appeared)}
		want = append(want, want[3]+fmt.Sprintf(", %d Bob", history.Returned))
		for n, is := range want {
			c.Refresh(t.Context())
			if got := changed(t, store); got != is {
				t.Errorf("after reading %d: %q, want %q", n+1, got, is)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestThePictureFollowsADecisionAtOnceAndForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acme := &scripted{read: func(int) (collect.Reading, error) { return reading("acme", "Ann", "Bob"), nil }}
		c := newCollector(t, collect.Source{ID: "acme", System: person.Pipedrive, Reader: acme, Every: 15 * time.Minute})
		c.Refresh(t.Context())
		keys := c.Current().View(access.Principal{}).IdentitiesByID(person.Pipedrive, "Ann")
		join := []link.Decision{{Verb: link.Join, A: keys[0].Key(), B: person.Key{System: person.Pipedrive, Account: "7001", ID: "Bob"}, At: time.Now(), By: "me"}}
		c.Decide(join, 2)
		if count(t, c) != 1 {
			t.Error("the picture does not follow")
		}
		c.Decide(nil, 1) // told late
		time.Sleep(time.Minute)
		c.Refresh(t.Context())
		if count(t, c) != 1 {
			t.Error("a new reading forgets what was decided")
		}
		c.Decide(nil, 3)
		if count(t, c) != 2 {
			t.Error("the undo is not followed")
		}
	})
}
