package cache_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/recall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errDown = errors.New("the source is down")

// source counts its loads and answers the number of each.
type source struct {
	loads atomic.Int32
	takes time.Duration
	down  bool
}

func (s *source) load(ctx context.Context) (int, error) {
	n := int(s.loads.Add(1))
	recall.Begin(ctx)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if s.down {
		return 0, errDown
	}
	return n, nil
}

// bubble runs a test in fake time over one cache.
func bubble(t *testing.T, o cache.Options, test func(t *testing.T, c *cache.Cache[string, int], s *source)) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[string, int](o)
		defer c.Close()
		test(t, c, &source{takes: time.Second})
	})
}

func TestOneLoadForAThousandReaders(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		began := time.Now()
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if r := c.Get(t.Context(), "k", s.load); r.Value != 1 || r.Err != nil || r.IsStale || !r.ObservedAt.Equal(began) {
					t.Errorf("%+v", r)
				}
			})
		}
		wg.Wait()
		c.Get(t.Context(), "k", s.load)
		if n := s.loads.Load(); n != 1 {
			t.Errorf("%d loads", n)
		}
	})
}

func TestStaleWhileRevalidate(t *testing.T) {
	bubble(t, cache.Options{Fresh: time.Minute, Stale: time.Hour}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		c.Get(t.Context(), "k", s.load)
		time.Sleep(time.Minute)
		asked := time.Now()
		for range 3 {
			if r := c.Get(t.Context(), "k", s.load); r.Value != 1 || !r.IsStale || r.Err != nil || !time.Now().Equal(asked) {
				t.Errorf("while a load is under way: %+v after %s", r, time.Since(asked))
			}
		}
		time.Sleep(2 * time.Second)
		if r := c.Get(t.Context(), "k", s.load); r.Value != 2 || r.IsStale || !r.ObservedAt.Equal(asked) {
			t.Errorf("after the load: %+v", r)
		}
		time.Sleep(time.Hour)
		if r := c.Get(t.Context(), "k", s.load); r.Value != 3 {
			t.Errorf("too old to stand in: %+v", r)
		}
		if n := s.loads.Load(); n != 3 {
			t.Errorf("%d loads", n)
		}
	})
}

func TestStaleIfError(t *testing.T) {
	bubble(t, cache.Options{Fresh: time.Minute, Stale: time.Hour}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		c.Get(t.Context(), "k", s.load)
		s.down = true
		time.Sleep(time.Minute)
		c.Get(t.Context(), "k", s.load)
		time.Sleep(1500 * time.Millisecond)
		for range 3 {
			if r := c.Get(t.Context(), "k", s.load); r.Value != 1 || !r.IsStale || !errors.Is(r.Err, errDown) {
				t.Errorf("the failure is remembered: %+v", r)
			}
		}
		if n := s.loads.Load(); n != 2 {
			t.Errorf("%d loads: a source that is down is not asked by everybody", n)
		}
		s.down = false
		time.Sleep(2 * time.Second)
		c.Get(t.Context(), "k", s.load)
		time.Sleep(2 * time.Second)
		if r := c.Get(t.Context(), "k", s.load); r.Value != 3 || r.IsStale || r.Err != nil {
			t.Errorf("recovered: %+v", r)
		}
	})
}

func TestFailureIsAnsweredBriefly(t *testing.T) {
	o := cache.Options{Failure: func(err error) time.Duration {
		if errors.Is(err, errDown) {
			return time.Minute
		}
		return 0
	}}
	bubble(t, o, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		s.down = true
		for range 3 {
			if r := c.Get(t.Context(), "k", s.load); r.Found() || !errors.Is(r.Err, errDown) {
				t.Errorf("%+v", r)
			}
		}
		if n := s.loads.Load(); n != 1 {
			t.Errorf("%d loads in the minute", n)
		}
		s.down = false
		time.Sleep(time.Minute)
		if r := c.Get(t.Context(), "k", s.load); r.Value != 2 || r.Err != nil {
			t.Errorf("after the minute: %+v", r)
		}
	})
}

func TestFlightOutlivesItsCaller(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		if r := c.Get(ctx, "k", s.load); !errors.Is(r.Err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
			t.Errorf("the caller left with %+v after %s", r, time.Since(began))
		}
		if r := c.Get(t.Context(), "k", s.load); r.Value != 1 || r.Err != nil || time.Since(began) != time.Second {
			t.Errorf("the next got %+v after %s", r, time.Since(began))
		}
	})
}

func TestFlightHasItsOwnDeadline(t *testing.T) {
	bubble(t, cache.Options{Flight: 5 * time.Second}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		s.takes = time.Hour
		began := time.Now()
		if r := c.Get(t.Context(), "k", s.load); !errors.Is(r.Err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

func TestFlightCarriesNothingOfItsCaller(t *testing.T) {
	type principal struct{}
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], _ *source) {
		c.Get(context.WithValue(t.Context(), principal{}, "ann"), "k", func(ctx context.Context) (int, error) {
			if v := ctx.Value(principal{}); v != nil {
				t.Errorf("the load sees %v, and others share what it reads", v)
			}
			return 0, nil
		})
	})
}

func TestBrokenLoadsDoNotPoison(t *testing.T) {
	for name, load := range map[string]cache.Load[int]{
		"panic":  func(context.Context) (int, error) { panic("index out of range") },
		"goexit": func(context.Context) (int, error) { runtime.Goexit(); return 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() {
						r := c.Get(t.Context(), "k", load)
						if r.Err == nil || name == "panic" && !strings.Contains(r.Err.Error(), "panicked") {
							t.Errorf("%+v", r)
						}
					})
				}
				wg.Wait()
				time.Sleep(2 * time.Second)
				if r := c.Get(t.Context(), "k", s.load); r.Value != 1 || r.Err != nil {
					t.Errorf("afterwards: %+v", r)
				}
			})
		})
	}
}

func TestCloseEndsFlights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.New[string, int](cache.Options{})
		quick, slow := &source{}, &source{takes: time.Hour}
		c.Get(t.Context(), "held", quick.load)
		got := make(chan cache.Result[int])
		go func() { got <- c.Get(t.Context(), "k", slow.load) }()
		synctest.Wait()
		began := time.Now()
		c.Close()
		if r := <-got; !errors.Is(r.Err, context.Canceled) || time.Since(began) != 0 {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
		if r := c.Get(t.Context(), "other", slow.load); !errors.Is(r.Err, cache.ErrClosed) {
			t.Errorf("a new key: %+v", r)
		}
		if r := c.Get(t.Context(), "held", slow.load); r.Value != 1 || r.Err != nil {
			t.Errorf("a held key: %+v", r)
		}
	})
}

func TestSizeIsBounded(t *testing.T) {
	bubble(t, cache.Options{Size: 100}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		s.takes = 0
		const keys = 1000
		for i := range keys {
			c.Get(t.Context(), fmt.Sprint(i), s.load)
		}
		before := s.loads.Load()
		for i := range keys { // newest first: the older have gone
			c.Get(t.Context(), fmt.Sprint(keys-1-i), s.load)
		}
		if kept := keys - int(s.loads.Load()-before); kept > 120 || kept == 0 {
			t.Errorf("%d of %d keys were still held, of 100", kept, keys)
		}
	})
}

// TestRandomReaders: whatever comes and goes, a key is never loaded twice at once and nobody gets a value that is
// older than it claims, or younger.
func TestRandomReaders(t *testing.T) {
	bubble(t, cache.Options{Fresh: 3 * time.Second, Stale: 9 * time.Second}, func(t *testing.T, c *cache.Cache[string, int], _ *source) {
		random := rand.New(rand.NewPCG(1, 2))
		var flying [4]atomic.Int32
		start := time.Now()
		var wg sync.WaitGroup
		for range 3000 {
			at, patience, takes := random.IntN(60_000), random.IntN(2000), random.IntN(1500)
			k, fails := random.IntN(4), random.IntN(4) == 0
			wg.Go(func() {
				time.Sleep(time.Duration(at) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(patience)*time.Millisecond)
				defer cancel()
				r := c.Get(ctx, fmt.Sprint(k), func(context.Context) (int, error) {
					if flying[k].Add(1) > 1 {
						t.Error("two flights for one key")
					}
					defer flying[k].Add(-1)
					began := int(time.Since(start))
					time.Sleep(time.Duration(takes) * time.Millisecond)
					if fails {
						return 0, errDown
					}
					return began, nil
				})
				switch age := time.Since(r.ObservedAt); {
				case !r.Found() && r.Err == nil:
					t.Error("neither a value nor an error")
				case r.Found() && (start.Add(time.Duration(r.Value)) != r.ObservedAt || age >= 9*time.Second || r.IsStale != (age >= 3*time.Second)):
					t.Errorf("a value of %s ago: %+v", age, r)
				}
			})
		}
		wg.Wait()
	})
}

func BenchmarkHit(b *testing.B) {
	c := cache.New[int, int](cache.Options{})
	defer c.Close()
	load := func(context.Context) (int, error) { return 1, nil }
	c.Get(b.Context(), 1, load)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Get(context.Background(), 1, load)
		}
	})
}

func TestAskDoesNotWait(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		began := time.Now()
		a, b := c.Ask("a", s.load, cache.Want{}), c.Ask("b", s.load, cache.Want{})
		if time.Since(began) != 0 {
			t.Errorf("asking took %s", time.Since(began))
		}
		if r := a.Wait(t.Context()); r.Err != nil || time.Since(began) != time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
		synctest.Wait() // b lands in the same instant as a, not before it
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if r := b.Wait(over); r.Err != nil || !r.Found() {
			t.Errorf("what is known is answered even to one who has no time left: %+v", r)
		}
	})
}
