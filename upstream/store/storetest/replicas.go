package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/upstream/store"
)

// replicas is fifty admins over three handles, who change the same few actions: nothing is lost, nothing twice, and the
// chain has one end.
func replicas(t *testing.T, make func(testing.TB) Database) {
	const admins, actions, rounds = 50, 5, 4
	db := make(t)
	handles := []*store.Store{db.Open(t, store.Options{}), db.Open(t, store.Options{}), db.Open(t, store.Options{})}
	for i := range actions {
		_, _, err := handles[0].Actions().Create(t.Context(), act(i+1, "key:a", at(1), ann), action.Key{})
		must(t, err)
	}
	var wg sync.WaitGroup
	for admin := range admins {
		s := handles[admin%len(handles)]
		wg.Go(func() {
			for round := range rounds {
				id := act((admin+round)%actions+1, "", at(1)).ID
				for { // as whoever reads, decides and writes: again until nobody came between
					a, err := s.Actions().Get(t.Context(), id)
					if err != nil {
						t.Error(err)
						return
					}
					a.Steps[0].Attempts++
					_, err = s.Actions().Update(t.Context(), a, action.Note{Phase: action.Outcome, Actor: fmt.Sprintf("key:%d", admin), Action: id, Reason: "r"})
					if errors.Is(err, action.ErrChanged) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					break
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for i := range actions {
		a, err := handles[1].Actions().Get(t.Context(), act(i+1, "", at(1)).ID)
		must(t, err)
		total += a.Steps[0].Attempts
		if a.Revision != int64(a.Steps[0].Attempts+1) {
			t.Errorf("action %d has revision %d after %d changes", i, a.Revision, a.Steps[0].Attempts)
		}
	}
	if total != admins*rounds {
		t.Errorf("%d changes are left of %d", total, admins*rounds)
	}
	if r := verified(t, handles[2]); r.Entries != admins*rounds {
		t.Errorf("%d entries for %d changes", r.Entries, admins*rounds)
	}
	for admin := range admins {
		if n := len(page(t, handles[0], audit.Filter{Actor: fmt.Sprintf("key:%d", admin)})); n != rounds {
			t.Errorf("admin %d is in the log %d times", admin, n)
		}
	}
}
