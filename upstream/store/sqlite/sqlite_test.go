package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
	"github.com/manifold-graph/manifold/upstream/store/storetest"
)

// file is a database in a file, and a handle on it is another process's.
type file string

func (f file) Engine(t testing.TB) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), string(f), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func (f file) Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.New(t.Context(), f.Engine(t), storetest.Chain(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f file) Reopen(t testing.TB) error {
	e, err := sqlite.Open(t.Context(), string(f), sqlite.Options{})
	if err == nil {
		_ = e.Close()
	}
	return err
}

func newFile(t testing.TB) file { return file(filepath.Join(t.TempDir(), "manifold.db")) }

func TestSQLiteConforms(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database { return newFile(t) })
}

// TestInMemoryConforms runs what one handle can show: a database in memory has no second one.
func TestInMemoryConforms(t *testing.T) {
	open := func(t testing.TB) *store.Store { return file("").Open(t, store.Options{}) }
	storetest.Actions(t, func(t testing.TB) action.Store { return open(t).Actions() })
	storetest.Seats(t, func(t testing.TB) lineage.Store { return open(t) })
	storetest.Journal(t, func(t testing.TB) people.LinkJournal { return open(t) })
	storetest.History(t, func(t testing.TB) history.Store { return open(t) })
}

// TestTheMemoryOfTestsConforms: what other packages test against keeps the same promises.
func TestTheMemoryOfTestsConforms(t *testing.T) {
	storetest.Actions(t, func(testing.TB) action.Store { return action.NewMemory() })
	storetest.Seats(t, func(testing.TB) lineage.Store { return &lineage.Memory{} })
	storetest.Journal(t, func(testing.TB) people.LinkJournal { return &people.MemoryJournal{} })
	storetest.History(t, func(testing.TB) history.Store { return &history.Memory{} })
}

// TestMemoryOutlivesWhoeverGivesUp: a request that ends in the middle takes nothing along.
func TestMemoryOutlivesWhoeverGivesUp(t *testing.T) {
	s := file("").Open(t, store.Options{})
	if err := create(s, 1); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		random := &cancelling{cancel: cancel, after: i % 5}
		if i%5 == 0 {
			cancel()
		}
		_ = s.Append(ctx, audit.Record{Act: "x", Personal: []audit.Value{{Name: "reason", Text: "r"}}})
		_, _ = s.AuditEach(ctx, func(audit.Row) error { random.step(); return nil })
		cancel()
	}
	if a, err := s.Actions().Get(t.Context(), action.ID{1: 1, 2: 1}); err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if r, err := s.Verify(t.Context()); err != nil || len(r.Problems) > 0 || r.Entries < 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// cancelling gives up after some steps.
type cancelling struct {
	cancel func()
	after  int
}

func (c *cancelling) step() {
	if c.after--; c.after == 0 {
		c.cancel()
	}
}

func BenchmarkSQLite(b *testing.B) {
	storetest.BenchmarkWrites(b, func(t testing.TB) storetest.Database { return newFile(t) })
}
