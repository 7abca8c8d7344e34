package redistest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

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
	for range 2 * masters {
		c.Servers = append(c.Servers, launch(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0",
			"--repl-diskless-sync-delay", "0", "--cluster-config-file", "nodes.conf"))
	}
	for _, s := range c.Servers {
		s.ready()
	}
	c.join()
	for _, s := range c.Servers {
		await(t, "the cluster is whole", func(ctx context.Context) error { return whole(ctx, s) })
	}
	return c
}

const (
	masters = 3
	slots   = 16384
)

// join gives the first three servers the slots and the others a master each. redis-cli can do that too, and waits longer.
func (c *Cluster) join() {
	c.t.Helper()
	ctx := c.t.Context()
	for i, s := range c.Servers {
		node := s.Client()
		must(c.t, node.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		if i < masters {
			must(c.t, node.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err())
		}
		for _, other := range c.Servers[:i] {
			must(c.t, node.ClusterMeet(ctx, "127.0.0.1", strconv.Itoa(other.port)).Err())
		}
	}
	for i, s := range c.Servers[masters:] {
		node, master := s.Client(), c.Servers[i].Client()
		id, err := master.Do(ctx, "CLUSTER", "MYID").Text()
		must(c.t, err)
		await(c.t, "a replica knows its master", func(ctx context.Context) error { return node.ClusterReplicate(ctx, id).Err() })
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// whole tells whether a node sees every slot served and every other node and, if it is a replica, has its master's data.
func whole(ctx context.Context, s *Server) error {
	node := s.once()
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
	return linked(ctx, node)
}

// linked tells whether a node can reach every other one: a message to subscribers crosses these links, and one that meets
// a link which is not up yet is lost without a word.
func linked(ctx context.Context, node *redis.Client) error {
	nodes, err := node.ClusterNodes(ctx).Result()
	if err != nil {
		return err
	}
	up := 0
	for line := range strings.Lines(nodes) {
		if strings.Contains(line, " connected") && !strings.Contains(line, "fail") && !strings.Contains(line, "handshake") {
			up++
		}
	}
	if up != 2*masters {
		return errors.New(nodes)
	}
	return nil
}

// Client is a new client of the whole cluster, closed with the test. It asks often who serves which slots: go-redis asks on
// its own only once a minute, and not when a master no longer answers, so it would dial a dead one for so long.
func (c *Cluster) Client(edit ...func(*redis.ClusterOptions)) *redis.ClusterClient {
	o := &redis.ClusterOptions{ClusterStateReloadInterval: 100 * time.Millisecond}
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

// MasterOf is the server that takes writes of keys with a hash tag ("acme" for "budget:{acme}"). It waits while none does.
func (c *Cluster) MasterOf(tag string) *Server {
	c.t.Helper()
	var found *Server
	await(c.t, "a server takes writes of "+tag, func(ctx context.Context) error {
		for _, s := range c.Servers {
			node := s.once()
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
