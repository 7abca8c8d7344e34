package shared_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// quick finds and forgets in a second what takes a gateway longer.
var quick = shared.Options{Beat: 50 * time.Millisecond, Grace: time.Second, Patience: time.Second, Timeout: 100 * time.Millisecond}

var acme = budget.Limits{Account: "acme", Tokens: 4000, Credential: "token", Burst: 40, BurstWindow: 60 * time.Millisecond}

func heeding(o *redis.Options) { o.ContextTimeoutEnabled = true }

// TestAMasterIsKilledInTheMiddle: replicas lose their master, spend their escrow and go on with the next, and nothing is overspent.
func TestAMasterIsKilledInTheMiddle(t *testing.T) {
	cluster := redistest.StartCluster(t)
	m := newMeter()
	var replicas []*replica
	for range 3 {
		client := cluster.Client(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = true })
		replicas = append(replicas, start(t, client, quick, acme, m, 4))
	}
	m.until(t, 800)
	cluster.MasterOf(shared.Tag("acme")).Kill()
	for _, r := range replicas {
		<-r.done
	}
	m.judge(t, acme, acme.Tokens*8/10)
}

// TestRedisRestartsEmpty: it has forgotten all; one replica has died with its reservations, and two live on and tell.
func TestRedisRestartsEmpty(t *testing.T) {
	server := redistest.Start(t)
	m := newMeter()
	var replicas []*replica
	for range 3 {
		replicas = append(replicas, start(t, server.Client(heeding), quick, acme, m, 4))
	}
	m.until(t, 900)
	_ = replicas[0].client.Close() // so that it cannot give anything back
	replicas[0].crash()
	<-replicas[0].done
	m.until(t, 1200)
	server.Kill()
	server.Start()
	for _, r := range replicas[1:] {
		<-r.done
	}
	m.judge(t, acme, acme.Tokens*8/10)
}

// TestRedisFreezes: while it does, no replica spends more than its escrow; afterwards all go on by themselves. That they do
// spend it shows TestWhoIsCutOffSpendsItsEscrow.
func TestRedisFreezes(t *testing.T) {
	server := redistest.Start(t)
	m := newMeter()
	var replicas []*replica
	for range 3 {
		replicas = append(replicas, start(t, server.Client(heeding), quick, acme, m, 4))
	}
	m.until(t, 600)
	server.Freeze()
	before := map[*replica]int{}
	for _, r := range replicas {
		await(t, "it notices", r.store.Lost)
		before[r] = m.of(r)
	}
	for _, r := range replicas {
		asked := r.refused.Load()
		await(t, "it asks in vain", func() bool { return r.refused.Load() > asked+50 })
		if spent := m.of(r) - before[r]; spent > 40 {
			t.Errorf("a replica spent %d tokens alone, and had 40", spent)
		}
	}
	server.Thaw()
	for _, r := range replicas {
		await(t, "it finds the server", func() bool { return !r.store.Lost() })
	}
	for _, r := range replicas {
		<-r.done
	}
	m.judge(t, acme, acme.Tokens*8/10)
}
