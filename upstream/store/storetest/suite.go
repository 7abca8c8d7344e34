// Package storetest is the one suite of every engine that keeps a store. Whatever it asks, all engines answer alike.
package storetest

import (
	"bytes"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/upstream/store"
)

// Database is one empty database. Each Open is another handle on it, as another replica has, closed with the test.
type Database interface {
	Open(t testing.TB, o store.Options) *store.Store
}

// Key is the secret of the chain in every test.
var Key = bytes.Repeat([]byte("k"), audit.MinKey)

// Chain is the chain of Key.
func Chain(t testing.TB) *audit.Chain {
	t.Helper()
	c, err := audit.NewChain(Key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Run runs the whole suite; make gives an empty database each time.
func Run(t *testing.T, make func(testing.TB) Database) {
	t.Run("actions", func(t *testing.T) {
		Actions(t, func(t testing.TB) action.Store { return make(t).Open(t, store.Options{}).Actions() })
	})
	t.Run("seats", func(t *testing.T) {
		Seats(t, func(t testing.TB) lineage.Store { return make(t).Open(t, store.Options{}) })
	})
	t.Run("journal", func(t *testing.T) {
		Journal(t, func(t testing.TB) people.LinkJournal { return make(t).Open(t, store.Options{}) })
	})
	t.Run("journal and audit", func(t *testing.T) { journalAndAudit(t, make) })
	t.Run("history", func(t *testing.T) {
		History(t, func(t testing.TB) history.Store { return make(t).Open(t, store.Options{}) })
	})
	t.Run("audit", func(t *testing.T) { auditLog(t, make) })
	t.Run("tampering", func(t *testing.T) { Tampering(t, make) })
	t.Run("upgrades", func(t *testing.T) { Upgrades(t, make) })
	t.Run("text", func(t *testing.T) { text(t, make) })
	t.Run("replicas", func(t *testing.T) { replicas(t, make) })
}

// start is when the tests' clocks begin.
var start = time.Date(2026, 11, 26, 3, 0, 0, 123_456_789, time.FixedZone("elsewhere", 3600))

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
