//go:build soak

package fleet_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/pgtest"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// Two hundred kills at random instants, over either engine. The seed is told, so that a failure can be looked for again.
func TestSoakAnOffboardingOutlivesItsProcess(t *testing.T) {
	for name, store := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "path: manifold.db" },
		"postgres": func(t *testing.T) string { return `postgres: "` + pgtest.Start(t).Database() + `"` },
	} {
		t.Run(name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			offboardThroughKills(t, sim.NewWorld(sim.WorldOptions{People: 1500}), store(t), "3s", seed, 200)
		})
	}
}

// Two thousand followers over two replicas, one of which is killed, with Redis killed on the way.
func TestSoakFollowersConverge(t *testing.T) { followThroughFailures(t, 2000, 120) }
