package redistest_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/redistest"
)

func TestAServerForgetsWhenItIsKilled(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client(func(o *redis.Options) { o.MaxRetries, o.DialerRetries = -1, 1 })
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := c.Get(t.Context(), "k").Err(); err == nil {
		t.Error("a killed server answers")
	}
	s.Start()
	if err := c.Get(t.Context(), "k").Err(); err != redis.Nil {
		t.Errorf("after a restart: %v, want an empty server", err)
	}
}

func TestAClusterOutlivesAMaster(t *testing.T) {
	c := redistest.StartCluster(t)
	client := c.Client()
	if err := client.Set(t.Context(), "{acme}k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	master := c.MasterOf("acme")
	master.Kill()
	if now := c.MasterOf("acme"); now == master {
		t.Error("the dead master is still named")
	}
	// The client learns of it with its first failures.
	c.Await("a client reads what was written before", func(ctx context.Context) error {
		return client.Get(ctx, "{acme}k").Err()
	})
}

// TestAConfinedUserOfACluster has what the documentation adds to the line for a Cluster, and no more.
func TestAConfinedUserOfACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	for _, s := range c.Servers {
		s.Confine("eu", "+cluster|slots", "+cluster|shards", "+command", "+readonly")
	}
	client := c.Client(func(o *redis.ClusterOptions) { o.Username, o.Password = redistest.User, redistest.Password })
	if err := client.Set(t.Context(), "eu:{acme}k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := client.Eval(t.Context(), "return redis.call('GET', KEYS[1])", []string{"eu:{acme}k"}).Result(); got != "v" {
		t.Errorf("%v, %v", got, err)
	}
	if err := client.Set(t.Context(), "us:{acme}k", "v", 0).Err(); !redis.HasErrorPrefix(err, "NOPERM") {
		t.Errorf("another prefix: %v", err)
	}
}
