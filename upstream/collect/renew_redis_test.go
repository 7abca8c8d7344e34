package collect_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// throughRedis gives each replica a client and a subscription of its own.
func throughRedis(server *redistest.Server) between {
	return func(t testing.TB) func(string) cache.Remote {
		level, err := shared.New(server.Client(func(o *redis.Options) { o.ContextTimeoutEnabled = true }), shared.Options{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = level.Run(ctx) })
		t.Cleanup(func() { cancel(); running.Wait() })
		return level.Kind
	}
}

// TestI5RenewalsOverRedis: three replicas, each with a way of its own to one real server.
func TestI5RenewalsOverRedis(t *testing.T) {
	server := redistest.Start(t)
	m, end := newTeam(t, 3, 2000, time.Hour, budget.Limits{}, throughRedis(server))
	defer end()
	m.rename("1", "second")
	if calls, tokens := m.crowd(t, 1000, time.Minute, "1"); m.made() != 1 || calls != 1 || tokens != 2 {
		t.Errorf("one user: %d calls, of which the callers report %d for %d tokens", m.made(), calls, tokens)
	}
	m.rename("2000", "last")
	if calls, tokens := m.crowd(t, 1000, time.Minute, numbers(2, 101)...); m.made("all") != 1 || m.made() != 2 || calls != 1 || tokens != 20 {
		t.Errorf("a page: %d calls, of which the callers report %d for %d tokens", m.made(), calls, tokens)
	}
	for i, r := range m.replicas {
		if r.name("1") != "second" || r.name("2000") != "last" {
			t.Errorf("replica %d calls 1 %q and 2000 %q", i, r.name("1"), r.name("2000"))
		}
	}
}

// TestAListIsHeardOfOverRedis, whole, by a replica that nobody asked.
func TestAListIsHeardOfOverRedis(t *testing.T) {
	server := redistest.Start(t)
	m, end := newTeam(t, 2, 2000, time.Hour, budget.Limits{}, throughRedis(server))
	defer end()
	m.rename("2000", "last")
	a, b := m.replicas[0], m.replicas[1]
	users := a.users(t, numbers(1, 100)...)
	// The subscription may come later than the first list.
	for deadline := time.Now().Add(30 * time.Second); b.name("2000") != "last"; {
		if time.Now().After(deadline) {
			t.Fatal("nobody told replica b")
		}
		for _, got := range a.Renew(t.Context(), within(0), users) {
			if got.Err != nil {
				t.Fatal(got.Err)
			}
		}
	}
	if got := b.Renew(t.Context(), within(time.Minute), b.users(t, numbers(1, 100)...)); got != nil || count(t, b.collector) != 2000 {
		t.Errorf("%+v, and %d people", got, count(t, b.collector))
	}
}

// TestRenewalsOutliveRedis: it goes, and each replica reads for itself.
func TestRenewalsOutliveRedis(t *testing.T) {
	server := redistest.Start(t)
	m, end := newTeam(t, 3, 50, time.Hour, budget.Limits{}, throughRedis(server))
	defer end()
	server.Kill()
	if calls, _ := m.crowd(t, 300, time.Minute, "1"); m.made() != 3 || calls != 3 {
		t.Errorf("%d calls", m.made())
	}
}
