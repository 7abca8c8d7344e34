package storetest

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/upstream/store"
)

// Whole fails unless there are as many actions as entries, and the chain verifies.
func Whole(t testing.TB, s *store.Store) int {
	t.Helper()
	r, err := s.Verify(t.Context())
	if err != nil || len(r.Problems) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	all, err := s.Actions().List(t.Context(), action.Filter{}, action.ID{}, 100_000)
	if err != nil || len(all) != r.Entries {
		t.Fatalf("%d actions and %d entries of them: half of something was written; %v", len(all), r.Entries, err)
	}
	return len(all)
}
