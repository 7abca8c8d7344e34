package redistest

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Cluster is three masters with a replica each.
type Cluster struct {
	t       testing.TB
	Servers []*Server
}

// StartCluster starts a Cluster and returns when all of its slots are served and every replica follows its master.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	create := []string{"--cluster", "create"}
	for range 6 {
		s := Start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0",
			"--repl-diskless-sync-delay", "0", "--cluster-config-file", "nodes.conf")
		c.Servers = append(c.Servers, s)
		create = append(create, s.Addr())
	}
	out, err := exec.Command("redis-cli", append(create, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli --cluster create: %v\n%s", err, out)
	}
	for _, s := range c.Servers {
		await(t, "the cluster is whole", func(ctx context.Context) error { return whole(ctx, s.Client()) })
	}
	return c
}

// whole tells whether a node sees every slot served and, if it is a replica, has its master's data.
func whole(ctx context.Context, node *redis.Client) error {
	defer node.Close()
	info, err := node.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_slots_ok:16384") {
		return errors.New(info)
	}
	repl, err := node.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if strings.Contains(repl, "role:slave") && !strings.Contains(repl, "master_link_status:up") {
		return errors.New(repl)
	}
	if strings.Contains(repl, "role:master") && !strings.Contains(repl, "connected_slaves:1") {
		return errors.New(repl)
	}
	return nil
}

// Client is a new client of the whole cluster, closed with the test.
func (c *Cluster) Client(edit ...func(*redis.ClusterOptions)) *redis.ClusterClient {
	o := &redis.ClusterOptions{}
	for _, s := range c.Servers {
		o.Addrs = append(o.Addrs, s.Addr())
	}
	for _, e := range edit {
		e(o)
	}
	client := redis.NewClusterClient(o)
	c.t.Cleanup(func() { _ = client.Close() })
	return client
}

// MasterOf is the server that takes writes of keys with a hash tag ("acme" for "{acme}:budget"). It waits while none does.
func (c *Cluster) MasterOf(tag string) *Server {
	c.t.Helper()
	var found *Server
	await(c.t, "a server takes writes of "+tag, func(ctx context.Context) error {
		for _, s := range c.Servers {
			node := s.Client(func(o *redis.Options) { o.MaxRetries, o.DialerRetries = -1, 1 })
			err := node.Set(ctx, "{"+tag+"}probe", "1", 0).Err()
			_ = node.Close()
			if err == nil {
				found = s
				return nil
			}
		}
		return errors.New("nobody does")
	})
	return found
}

// Await asks so until it has no error, for at most 30 s, then fails the test: a failover takes its time.
func (c *Cluster) Await(what string, so func(context.Context) error) {
	c.t.Helper()
	await(c.t, what, so)
}
