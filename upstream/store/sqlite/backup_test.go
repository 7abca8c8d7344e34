package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
	"github.com/manifold-graph/manifold/upstream/store/storetest"
)

// TestBackupAndRestore: a backup that is made while others write is one moment of the store, and becomes a store again.
func TestBackupAndRestore(t *testing.T) {
	f := newFile(t)
	s := f.Open(t, store.Options{})
	for i := range 20 {
		if err := create(s, i); err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for i := range 200 {
			if err := create(s, 1000+i); err != nil {
				t.Error(err)
			}
		}
	})
	e := f.Engine(t).(*sqlite.Engine)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := e.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := e.Backup(t.Context(), backup); err == nil || !strings.Contains(err.Error(), "exists already; give the backup a new name") {
		t.Errorf("a backup over another: %v", err)
	}
	again := newFile(t)
	if err := sqlite.Restore(t.Context(), backup, string(again)); err != nil {
		t.Fatal(err)
	}
	restored := again.Open(t, store.Options{})
	if n := storetest.Whole(t, restored); n < 20 || n > 220 {
		t.Errorf("%d actions", n)
	}
	if r, err := restored.Verify(t.Context(), head); err != nil || len(r.Problems) > 0 {
		t.Errorf("what was noted before the backup is not in it: %+v, %v", r, err)
	}
	if err := create(restored, 5000); err != nil {
		t.Errorf("it cannot be written: %v", err)
	}
	if info, err := os.Stat(string(again)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestRestoreRefuses what would cost data, and leaves everything as it was.
func TestRestoreRefuses(t *testing.T) {
	f := newFile(t)
	s := f.Open(t, store.Options{})
	for i := range 50 {
		if err := create(s, i); err != nil {
			t.Fatal(err)
		}
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := f.Engine(t).(*sqlite.Engine).Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	write := func(content []byte) string {
		name := filepath.Join(t.TempDir(), "bad.db")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	spoilt := append([]byte(nil), raw...)
	for i := len(spoilt) / 2; i < len(spoilt)/2+20_000; i++ {
		spoilt[i] = 0xa5
	}
	newer := filepath.Join(t.TempDir(), "newer.db")
	if err := os.WriteFile(newer, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	e := file(newer).Engine(t)
	if _, err := e.Writer().ExecContext(context.Background(), "INSERT INTO schema_version (version_id, is_applied) VALUES (99, TRUE)"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, want string }{
		"no file":       {filepath.Join(t.TempDir(), "none"), "no such file"},
		"a spoilt one":  {write(spoilt), "damaged"},
		"half of one":   {write(raw[:len(raw)/2]), "damaged"},
		"something":     {write([]byte("hello")), "is no database of Manifold's"},
		"nothing":       {write(nil), "is no store of Manifold's"},
		"a newer one's": {newer, "the store has schema 99"},
	} {
		to := filepath.Join(t.TempDir(), "m.db")
		if err := sqlite.Restore(t.Context(), c.from, to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "*")); len(left) > 0 {
			t.Errorf("%s left %v", name, left)
		}
	}
	if err := sqlite.Restore(t.Context(), backup, string(f)); err == nil || !strings.Contains(err.Error(), "there is a store already") {
		t.Errorf("over a store: %v", err)
	}
	if n := storetest.Whole(t, s); n != 50 {
		t.Errorf("%d actions", n)
	}
}
