package secret_test

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/secret"
)

// TestAPipeIsNoSecretFile shows that a path which would be waited for forever is refused: a reader of a pipe without a writer hangs,
// and with it every call that was answered 401.
func TestAPipeIsNoSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		_, err := secret.File(path)(t.Context())
		got <- err
	}()
	select {
	case err := <-got:
		if err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("a pipe gave %v", err)
		}
	case <-time.After(20 * time.Second): // reached only by a reader that hangs
		t.Fatal("a pipe without a writer is waited for")
	}
}

// TestASlowReadingIsNotRepeatedByThoseWhoWaited shows that a command which takes longer than the pause runs once for all who were
// refused together, not once for each of them in turn.
func TestASlowReadingIsNotRepeatedByThoseWhoWaited(t *testing.T) {
	now, reads := time.Unix(1_000_000, 0), 0
	s := secret.New(func(context.Context) (string, error) {
		reads++
		now = now.Add(secret.CommandTimeout)
		return "old", nil
	}, "old", secret.Options{Clock: func() time.Time { return now }})
	for range 5 { // as they come out of the lock, one after another
		if s.Changed("old") {
			t.Fatal("the same value counts as another")
		}
	}
	if reads != 1 {
		t.Errorf("the secret was read %d times", reads)
	}
}
