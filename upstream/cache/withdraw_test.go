package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/recall"
)

// queued is a source before which calls wait for their turn, and which counts what is sent.
type queued struct {
	waits, takes time.Duration
	sent, open   atomic.Int32
}

func (q *queued) load(ctx context.Context) (int, error) {
	q.open.Add(1)
	defer q.open.Add(-1)
	select {
	case <-time.After(q.waits):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	if !recall.Begin(ctx) {
		return 0, context.Cause(ctx)
	}
	n := int(q.sent.Add(1))
	select {
	case <-time.After(q.takes):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	return n, nil
}

// leaving asks for k, and leaves after a while.
func leaving(t *testing.T, c *cache.Cache[string, int], q *queued, after time.Duration) cache.Result[int] {
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	return c.Get(ctx, "k", q.load)
}

func withdrawn(t *testing.T, test func(t *testing.T, c *cache.Cache[string, int], q *queued)) {
	for name, open := range map[string]func() *cache.Cache[string, int]{
		"alone": func() *cache.Cache[string, int] { return cache.New[string, int](cache.Options{}) },
		"shared": func() *cache.Cache[string, int] {
			return cache.NewShared(cache.Options{}, sharing(cachetest.NewMemory(nil), 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open()
				defer c.Close()
				test(t, c, &queued{waits: 5 * time.Second, takes: 5 * time.Second})
			})
		})
	}
}

func TestTheLastToLeaveTheQueueWithdrawsTheFlight(t *testing.T) {
	withdrawn(t, func(t *testing.T, c *cache.Cache[string, int], q *queued) {
		if r := leaving(t, c, q, time.Second); !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("%+v", r)
		}
		synctest.Wait()
		if q.open.Load() != 0 || c.Stats().Withdrawn != 1 {
			t.Errorf("%d still queue; %+v", q.open.Load(), c.Stats())
		}
		began := time.Now()
		// The next starts a flight at once: neither a remembered failure nor a lease stands in its way.
		if r := c.Get(t.Context(), "k", q.load); r.Err != nil || r.Value != 1 || time.Since(began) != 10*time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

func TestWhatWasSentIsBroughtHome(t *testing.T) {
	withdrawn(t, func(t *testing.T, c *cache.Cache[string, int], q *queued) {
		leaving(t, c, q, 6*time.Second)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if r, _ := c.Peek("k"); r.Value != 1 || r.IsStale || q.sent.Load() != 1 {
			t.Errorf("what was paid for is not kept: %+v", r)
		}
	})
}

func TestWhoStaysIsNotTroubledByWhoLeaves(t *testing.T) {
	withdrawn(t, func(t *testing.T, c *cache.Cache[string, int], q *queued) {
		var wg sync.WaitGroup
		wg.Go(func() { leaving(t, c, q, time.Second) })
		wg.Go(func() { leaving(t, c, q, 2*time.Second) })
		if r := c.Get(t.Context(), "k", q.load); r.Err != nil || r.Value != 1 {
			t.Errorf("%+v", r)
		}
		wg.Wait()
	})
}

// TestReadingBehindIsNotWithdrawn: somebody was answered with an older value because a newer one was on its way.
func TestReadingBehindIsNotWithdrawn(t *testing.T) {
	withdrawn(t, func(t *testing.T, c *cache.Cache[string, int], q *queued) {
		c.Get(t.Context(), "k", q.load)
		time.Sleep(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { c.Ask("k", q.load, cache.Want{MaxAge: within(0)}).Wait(ctx) })
		synctest.Wait()
		if r := c.Get(t.Context(), "k", q.load); r.Value != 1 || !r.IsStale || r.Err != nil {
			t.Errorf("%+v", r)
		}
		wg.Wait()
		time.Sleep(time.Minute)
		if r, _ := c.Peek("k"); r.Value != 2 || r.IsStale {
			t.Errorf("the newer value never came: %+v", r)
		}
	})
}

// TestAsksLeavesAndFinishes: whatever the order in which askers come and go, who stays is answered, nobody is failed by
// somebody else's leaving, nothing queues for nobody, and what is sent is at most one call at a time, kept.
func TestAsksLeavesAndFinishes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type asker struct {
			at, stays time.Duration
			fresh     bool
		}
		seconds := func(t *rapid.T, most int, name string) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * time.Second
		}
		askers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) asker {
			return asker{at: seconds(t, 30, "at"), stays: seconds(t, 12, "stays"), fresh: rapid.Bool().Draw(t, "fresh")}
		}), 1, 20).Draw(rt, "askers")
		q := &queued{waits: seconds(rt, 5, "waits"), takes: time.Second + seconds(rt, 3, "takes")}
		shared := rapid.Bool().Draw(rt, "shared")
		synctest.Test(t, func(t *testing.T) {
			var c *cache.Cache[string, int]
			if shared {
				c = cache.NewShared(cache.Options{}, sharing(cachetest.NewMemory(nil), 1))
			} else {
				c = cache.New[string, int](cache.Options{})
			}
			defer c.Close()
			var wg sync.WaitGroup
			for i, a := range askers {
				wg.Go(func() {
					time.Sleep(a.at)
					ctx, cancel := context.WithTimeout(t.Context(), a.stays)
					defer cancel()
					want := cache.Want{}
					if a.fresh {
						want.MaxAge = within(0)
					}
					began := time.Now()
					r := c.Ask("k", q.load, want).Wait(ctx)
					left := ctx.Err() != nil
					switch {
					case r.Err != nil && !left:
						rt.Errorf("asker %d is failed by others: %v", i, r.Err)
					case r.Err == nil && r.Value == 0:
						rt.Errorf("asker %d has neither a value nor an error", i)
					case left && time.Since(began) != a.stays:
						rt.Errorf("asker %d was held for %s", i, time.Since(began))
					}
				})
			}
			wg.Wait()
			synctest.Wait()
			sent := q.sent.Load()
			time.Sleep(time.Minute) // what is under way lands
			r, flying := c.Peek("k")
			if flying || q.open.Load() != 0 || q.sent.Load() != sent {
				rt.Errorf("when all had left, %d were sent and then %d; flying %v", sent, q.sent.Load(), flying)
			}
			if int32(r.Value) != sent {
				rt.Errorf("%d were sent, and %+v is kept", sent, r)
			}
			if s := c.Stats(); s.Failures > s.Withdrawn || int64(sent) > s.Loads {
				rt.Errorf("%+v", s)
			}
		})
	})
}
