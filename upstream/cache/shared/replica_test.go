package shared_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

var errDown = errors.New("the source is down")

// source counts its loads and answers the number of each.
type source struct {
	loads atomic.Int32
	takes time.Duration
	fails bool
}

func (s *source) load(ctx context.Context) (int, error) {
	n := int(s.loads.Add(1))
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if s.fails {
		return 0, errDown
	}
	return n, nil
}

type replica = cache.Cache[string, int]

// numbers is how these replicas share their values.
func numbers(r cache.Remote) cache.Sharing[string, int] {
	return cache.Sharing[string, int]{
		Remote: r, Schema: 1, Name: func(k string) string { return k },
		Encode:      func(v int) ([]byte, error) { return json.Marshal(v) },
		Decode:      func(b []byte) (v int, err error) { return v, json.Unmarshal(b, &v) },
		EncodeError: func(err error) []byte { return []byte(err.Error()) },
		DecodeError: func(b []byte) error { return fmt.Errorf("told: %s", b) },
		Lease:       time.Second,
	}
}

// open makes a replica with a client and a subscription of its own.
func open(t testing.TB, client redis.UniversalClient, o cache.Options, so shared.Options) *replica {
	c := cache.NewShared(o, numbers(run(t, client, so).Kind("Test.number")))
	t.Cleanup(c.Close)
	return c
}

func three(t testing.TB, client func() redis.UniversalClient, o cache.Options, so shared.Options) []*replica {
	var all []*replica
	for range 3 {
		all = append(all, open(t, client(), o, so))
	}
	return all
}

func stampede(t *testing.T, n int, key string, replicas []*replica, load cache.Load[int], check func(cache.Result[int]) bool) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if r := replicas[i%len(replicas)].Get(t.Context(), key, load); !check(r) {
				t.Errorf("asker %d: %+v", i, r)
			}
		})
	}
	wg.Wait()
}

func TestAThousandAskersOverThreeReplicas(t *testing.T) {
	server := redistest.Start(t)
	replicas := three(t, func() redis.UniversalClient { return server.Client(honest) }, cache.Options{}, shared.Options{})
	thousand(t, replicas)
}

func TestAThousandAskersOverACluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	replicas := three(t, func() redis.UniversalClient {
		return cluster.Client(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = true })
	}, cache.Options{}, shared.Options{})
	thousand(t, replicas)
}

func thousand(t *testing.T, replicas []*replica) {
	s := &source{takes: 300 * time.Millisecond}
	stampede(t, 1000, "well", replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 && r.Err == nil })
	s.fails = true
	stampede(t, 1000, "badly", replicas, s.load, func(r cache.Result[int]) bool {
		return r.Err != nil && (errors.Is(r.Err, errDown) || r.Err.Error() == "told: the source is down")
	})
	if n := s.loads.Load(); n != 2 {
		t.Errorf("%d loads of two keys", n)
	}
}

// TestTheHolderDies in the middle of its load, and nobody is told.
func TestTheHolderDies(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(honest)
	doomed := open(t, client, cache.Options{}, shared.Options{})
	living := []*replica{open(t, server.Client(honest), cache.Options{}, shared.Options{}), open(t, server.Client(honest), cache.Options{}, shared.Options{})}
	reading := make(chan struct{})
	doomed.Ask("k", func(ctx context.Context) (int, error) {
		close(reading)
		<-ctx.Done()
		return 0, ctx.Err()
	}, cache.Want{})
	<-reading
	s := &source{takes: 1500 * time.Millisecond} // longer than a lease: the next holder has to renew
	died := time.AfterFunc(100*time.Millisecond, func() { _ = client.Close() })
	defer died.Stop()
	stampede(t, 1000, "k", living, s.load, func(r cache.Result[int]) bool { return r.Value == 1 && r.Err == nil })
	if n := s.loads.Load(); n != 1 {
		t.Errorf("%d loads after the one that died", n)
	}
}

// TestRedisComesAndGoes while replicas are asked all the time for what they hold.
func TestRedisComesAndGoes(t *testing.T) {
	for name, trouble := range map[string]func(*redistest.Server){
		"killed":            func(s *redistest.Server) { s.Kill() },
		"frozen":            func(s *redistest.Server) { s.Freeze() },
		"restarted empty":   func(s *redistest.Server) { s.Kill(); s.Start() },
		"frozen and thawed": func(s *redistest.Server) { s.Freeze(); time.AfterFunc(300*time.Millisecond, s.Thaw) },
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			replicas := three(t, func() redis.UniversalClient { return server.Client(honest) },
				cache.Options{Fresh: 100 * time.Millisecond}, shared.Options{Timeout: 100 * time.Millisecond, Away: 300 * time.Millisecond})
			s := &source{takes: 5 * time.Millisecond}
			answered := func(r cache.Result[int]) bool { return r.Found() && r.Err == nil }
			began := time.Now()
			stampede(t, 300, "k", replicas, s.load, answered)
			until := time.Now().Add(1500 * time.Millisecond)
			struck := time.AfterFunc(200*time.Millisecond, func() { trouble(server) })
			defer struck.Stop()
			var slowest time.Duration
			for time.Now().Before(until) {
				asked := time.Now()
				stampede(t, 30, "k", replicas, s.load, answered)
				slowest = max(slowest, time.Since(asked))
			}
			stampede(t, 30, "new", replicas, s.load, answered) // and for what nobody holds
			// Without Redis each replica reads once in 100 ms; with it one for all.
			if n, took := s.loads.Load(), time.Since(began); int(n) > 3*int(took/(100*time.Millisecond)+2)+3 {
				t.Errorf("%d loads in %s", n, took)
			}
			if slowest > time.Second {
				t.Errorf("an answer from memory took %s", slowest)
			}
			server.Thaw()
		})
	}
}

func TestAClientThatIgnoresContextsIsRefused(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	defer client.Close()
	if _, err := shared.New(client, shared.Options{}); err == nil {
		t.Error("a frozen Redis would hold requests up for seconds")
	}
}

// TestADeadRedisIsLeftAlone: after three failures nobody waits for it.
func TestADeadRedisIsLeftAlone(t *testing.T) {
	server := redistest.Start(t)
	server.Freeze()
	defer server.Thaw()
	c, err := shared.New(server.Client(honest), shared.Options{Timeout: 20 * time.Millisecond, Away: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	k := c.Kind("Test.number")
	for range 3 {
		if _, err := k.Peek(t.Context(), []string{"k"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	}
	if j := k.Join(t.Context(), []cache.Join{{Tag: "k"}})[0]; !errors.Is(j.Err, shared.ErrAway) {
		t.Errorf("%+v", j)
	}
}

// TestKeysSayNothing: neither the key's own words nor the value's stand in what Redis shows, and all has an end.
func TestKeysSayNothing(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(honest)
	c := open(t, client, cache.Options{}, shared.Options{Prefix: "eu"})
	s := &source{}
	c.Get(t.Context(), "ann@example.com", s.load)
	s.fails = true
	c.Get(t.Context(), "bob@example.com", s.load)
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 3 {
		t.Fatalf("%q %v", keys, err)
	}
	for _, k := range keys {
		if len(k) < 40 || k[:len("eu:cache:Test.number:{")] != "eu:cache:Test.number:{" {
			t.Errorf("%q", k)
		}
		if ttl := client.PTTL(t.Context(), k).Val(); ttl <= 0 || ttl > 24*time.Hour {
			t.Errorf("%q lives for %s", k, ttl)
		}
	}
}

func TestDeafenedReplicasFindOut(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(honest)
	o := cache.Options{Fresh: 200 * time.Millisecond}
	hearing := open(t, client, o, shared.Options{})
	// Nobody runs it, so that it hears nothing.
	deaf, err := shared.New(server.Client(honest), shared.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := cache.NewShared(o, numbers(deaf.Kind("Test.number")))
	defer other.Close()
	s := &source{}
	hearing.Get(t.Context(), "k", s.load)
	if r := other.Get(t.Context(), "k", s.load); r.Value != 1 {
		t.Fatalf("%+v", r)
	}
	hearing.Invalidate(t.Context(), "k")
	if r := hearing.Get(t.Context(), "k", s.load); r.Value != 2 {
		t.Errorf("%+v", r)
	}
	pass(t, 200*time.Millisecond)
	soon := 100 * time.Millisecond
	if r := other.Ask("k", s.load, cache.Want{MaxStale: &soon}).Wait(t.Context()); r.Value < 2 && !r.IsStale {
		t.Errorf("older than fresh: %+v", r)
	}
}
