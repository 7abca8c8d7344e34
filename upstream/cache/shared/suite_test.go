package shared_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// honest makes a client honour contexts.
func honest(o *redis.Options) { o.ContextTimeoutEnabled = true }

// run makes a Cache whose notices are carried until the test ends. Its time limit suits a busy machine.
func run(t testing.TB, client redis.UniversalClient, o shared.Options) *shared.Cache {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	c, err := shared.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return c
}

// pass waits: real Redis knows no other time than the real one.
func pass(t *testing.T, d time.Duration) {
	select {
	case <-time.After(d + 5*time.Millisecond):
	case <-t.Context().Done():
	}
}

func TestOneServer(t *testing.T) {
	server := redistest.Start(t)
	cachetest.Run(t, func(t *testing.T) cachetest.Engine {
		client := server.Client(honest)
		t.Cleanup(func() { _ = client.Close() })
		forget := func(t *testing.T) {
			if err := errors.Join(client.FlushAll(t.Context()).Err(), client.ScriptFlush(t.Context()).Err()); err != nil {
				t.Fatal(err)
			}
		}
		forget(t)
		return cachetest.Engine{Remote: run(t, client, shared.Options{}).Kind("Test.kind"), Forget: forget, Pass: pass}
	})
}

func TestCluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	cachetest.Run(t, func(t *testing.T) cachetest.Engine {
		client := cluster.Client(func(o *redis.ClusterOptions) { o.ContextTimeoutEnabled = true })
		t.Cleanup(func() { _ = client.Close() })
		forget := func(t *testing.T) {
			err := client.ForEachMaster(t.Context(), func(ctx context.Context, c *redis.Client) error { return c.FlushAll(ctx).Err() })
			if err != nil {
				t.Fatal(err)
			}
		}
		forget(t)
		return cachetest.Engine{Remote: run(t, client, shared.Options{}).Kind("Test.kind"), Forget: forget, Pass: pass}
	})
}
