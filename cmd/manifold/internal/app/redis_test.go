package app_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// An operator is told that Redis is gone and that it is back, by probe, metric and log; and no balancer takes the replica
// away meanwhile, for it goes on answering.
func TestALostRedisIsToldAndLeavesTheReplicaReady(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := begin(t, setup{edit: func(c *config.Config) { c.Redis.Addresses = []string{redis.Addr()} }})
	told := func(state string, gauge float64) func() bool {
		return func() bool {
			probe := s.send("GET", "/readyz", "")
			if probe.Status != 200 {
				t.Fatalf("%d %s", probe.Status, probe.raw)
			}
			return strings.Contains(probe.raw, `"redis":"`+state+`"`) &&
				s.scrape()["manifold_redis_lost"] == gauge
		}
	}
	s.until("Redis answers", told("ok", 0))
	redis.Freeze()
	s.until("it is told that Redis is lost", told("lost", 1))
	if r := s.ask(`{ people(first: 1) { totalCount } }`); len(r.Errors) > 0 {
		t.Errorf("meanwhile: %s", r.raw)
	}
	redis.Thaw()
	s.until("it is told that Redis is back", told("ok", 0))
	logged, _ := s.log.all()
	for _, line := range []string{"the shared ledger is lost; spending from escrow", "the shared ledger is back"} {
		if !strings.Contains(logged, line) {
			t.Errorf("the log does not say: %s", line)
		}
	}
}
