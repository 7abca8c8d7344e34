package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
	"github.com/manifold-graph/manifold/upstream/store/storetest"
)

func create(s *store.Store, n int) error {
	a := action.Action{ID: action.ID{0: byte(n >> 8), 1: byte(n), 2: 1}, Act: action.OffboardPerson, Reason: strings.Repeat("long ", 400)}
	_, _, err := s.Actions().Create(context.Background(), a, action.Key{}, action.Note{Phase: action.Decided, Step: -1, Reason: a.Reason})
	return err
}

// TestDiskFull: what no longer fits is refused with a sentence, nothing of it is written, reading goes on, and so does
// writing once there is room.
func TestDiskFull(t *testing.T) {
	f := newFile(t)
	f.Open(t, store.Options{}) // makes the schema
	e, err := sqlite.Open(t.Context(), string(f), sqlite.Options{MaxPages: 100})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.New(t.Context(), e, storetest.Chain(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for err = create(s, n); err == nil && n < 10_000; err = create(s, n) {
		n++
	}
	if n == 0 || fault.KindOf(err) != fault.SourceUnavailable || !strings.Contains(fault.From(err).Message, "no room left") || fault.From(err).RetryAfter == 0 {
		t.Fatalf("after %d actions: %v", n, err)
	}
	for range 3 {
		if err := create(s, n); fault.KindOf(err) != fault.SourceUnavailable {
			t.Errorf("tried again: %v", err)
		}
	}
	if got := storetest.Whole(t, s); got != n {
		t.Errorf("%d actions are left of %d", got, n)
	}
	if _, err := e.Writer().ExecContext(t.Context(), "PRAGMA max_page_count(100000)"); err != nil {
		t.Fatal(err)
	}
	if err := create(s, n); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := storetest.Whole(t, s); got != n+1 {
		t.Errorf("%d actions, want %d", got, n+1)
	}
}

// TestReadOnly: a file that may not be written is read, and every change is refused with a sentence.
func TestReadOnly(t *testing.T) {
	f := newFile(t)
	s := f.Open(t, store.Options{})
	if err := create(s, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	e, err := sqlite.Open(t.Context(), string(f), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	read, err := store.New(t.Context(), e, storetest.Chain(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if err := create(read, 2); fault.KindOf(err) != fault.SourceUnavailable || !strings.Contains(fault.From(err).Message, "may only be read") {
		t.Errorf("%v", err)
	}
	if n := storetest.Whole(t, read); n != 1 {
		t.Errorf("%d actions", n)
	}
}

// TestAFileThatMayNotBeWritten is told at the start, with its name.
func TestAFileThatMayNotBeWritten(t *testing.T) {
	for name, path := range map[string]string{"no folder": filepath.Join(t.TempDir(), "none", "m.db"), "a folder": t.TempDir()} {
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err == nil || !strings.Contains(err.Error(), "store.path: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := filepath.Join(t.TempDir(), "m.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), broken, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "is no database of Manifold's") {
		t.Errorf("%v", err)
	}
}

// TestTheFileIsTheOwnersAlone, and so are those of its write-ahead log.
func TestTheFileIsTheOwnersAlone(t *testing.T) {
	f := newFile(t)
	s := f.Open(t, store.Options{})
	if err := create(s, 1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{string(f), string(f) + "-wal", string(f) + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

// TestWhatIsErasedIsNotInTheFile: not even in pages that are free by now.
func TestWhatIsErasedIsNotInTheFile(t *testing.T) {
	f := newFile(t)
	s := f.Open(t, store.Options{})
	const secret = "ann-who-wants-to-be-forgotten"
	if err := s.Append(t.Context(), audit.Record{Act: "a", Person: [16]byte{1}, Personal: []audit.Value{{Name: audit.Reason, Text: secret}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(t.Context(), store.Erasure{People: []person.ID{{1}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // which takes the write-ahead log into the file
		t.Fatal(err)
	}
	raw, err := os.ReadFile(string(f))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), secret) {
		t.Error("the file still holds what was erased")
	}
}

// TestProcessesStartTogether: of many that find no database, one makes it.
func TestProcessesStartTogether(t *testing.T) {
	f := newFile(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			e, err := sqlite.Open(context.Background(), string(f), sqlite.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			s, err := store.New(context.Background(), e, storetest.Chain(t), store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := create(s, i); err != nil {
				t.Error(fmt.Errorf("process %d: %w", i, err))
			}
		})
	}
	wg.Wait()
	if n := storetest.Whole(t, f.Open(t, store.Options{})); n != 8 {
		t.Errorf("%d actions of 8", n)
	}
}
