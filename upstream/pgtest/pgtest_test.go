package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/manifold-graph/manifold/upstream/pgtest"
)

// TestWhatWasCommittedOutlivesAKill: without it, no test that kills a server would show anything of the store.
func TestWhatWasCommittedOutlivesAKill(t *testing.T) {
	s := pgtest.Start(t)
	url := s.Database()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), "CREATE TABLE x AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := c.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a killed server answers")
	}
	s.Start()
	again, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(t.Context())
	var n int
	if err := again.QueryRow(t.Context(), "SELECT n FROM x").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}
