package cache_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
)

// TestFreshnessModel: random askers, clocks, failures, invalidations and losses over two replicas. A model that knows
// when each value was read and when keys were invalidated says what an answer may be.
func TestFreshnessModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type step struct {
			wait, takes time.Duration
			replica     int
			fails       bool
			want        cache.Want
			act         int
		}
		durations := rapid.SampledFrom([]time.Duration{0, 1, time.Second, 9 * time.Second, 10 * time.Second, 11 * time.Second, 30 * time.Second, time.Minute})
		bound := rapid.Custom(func(t *rapid.T) *time.Duration {
			if rapid.Bool().Draw(t, "said") {
				return within(durations.Draw(t, "by"))
			}
			return nil
		})
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
			return step{wait: durations.Draw(t, "wait"), takes: durations.Draw(t, "takes") / 10, replica: rapid.IntRange(0, 1).Draw(t, "replica"),
				fails: rapid.IntRange(0, 3).Draw(t, "fails") == 0, act: rapid.IntRange(0, 9).Draw(t, "act"),
				want: cache.Want{MaxAge: bound.Draw(t, "max age"), MaxStale: bound.Draw(t, "max stale"), OnlyIfCached: rapid.IntRange(0, 5).Draw(t, "only") == 0}}
		}), 1, 40).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			const fresh, stale = 10 * time.Second, time.Minute
			m := cachetest.NewMemory(nil)
			o := cache.Options{Fresh: fresh, Stale: stale, Failure: func(error) time.Duration { return time.Second }}
			replicas := []*cache.Cache[string, int]{cache.NewShared(o, sharing(m, 1)), cache.NewShared(o, sharing(m, 1))}
			defer replicas[0].Close()
			defer replicas[1].Close()
			start := time.Now()
			var loads atomic.Int32
			// told is when the last invalidation was that a replica knows of.
			var told [2]time.Time
			cut := false
			for i, s := range steps {
				time.Sleep(s.wait)
				if s.want.OnlyIfCached {
					synctest.Wait() // the readings that the steps before have set off in this instant are not this step's
				}
				asked, before := time.Now(), loads.Load()
				switch s.act {
				case 0:
					time.Sleep(time.Microsecond) // what was read in this very instant may be of either side
					replicas[s.replica].Invalidate(t.Context(), "k")
					told[s.replica] = time.Now()
					if !cut {
						told[1-s.replica] = told[s.replica]
					}
					continue
				case 1:
					cut = s.fails
					m.Cut(cut)
					continue
				case 2:
					m.Forget()
					continue
				}
				load := func(context.Context) (int, error) {
					loads.Add(1)
					began := int(time.Since(start))
					time.Sleep(s.takes)
					if s.fails {
						return 0, errDown
					}
					return began, nil
				}
				r := replicas[s.replica].Ask("k", load, s.want).Wait(t.Context())
				observed, limit := start.Add(time.Duration(r.Value)), fresh
				if s.want.MaxAge != nil {
					limit = *s.want.MaxAge
				}
				age := asked.Sub(observed)
				switch {
				case !r.Found() && r.Err == nil:
					rt.Errorf("step %d: neither a value nor an error", i)
				case r.Found() && time.Since(r.ObservedAt) >= stale:
					rt.Errorf("step %d: %s old: %+v", i, age, r)
				case r.Found() && !r.IsStale && r.Err != nil:
					rt.Errorf("step %d: good, but %+v", i, r)
				case r.Found() && r.ObservedAt.Sub(observed).Abs() > time.Microsecond:
					rt.Errorf("step %d: said to be of %s, is of %s", i, r.ObservedAt, observed)
				case r.Found() && !r.IsStale && (age > limit || age >= fresh+time.Microsecond):
					rt.Errorf("step %d: called good at %s, %s were wanted", i, age, limit)
				case r.Found() && !r.IsStale && observed.Before(told[s.replica]):
					rt.Errorf("step %d: invalidated, and answered as good: %+v", i, r)
				case r.Found() && s.want.MaxStale != nil && age > limit+*s.want.MaxStale+time.Microsecond:
					rt.Errorf("step %d: %s old, at most %s + %s were wanted", i, age, limit, *s.want.MaxStale)
				case s.want.MaxAge != nil && !s.want.OnlyIfCached && r.Err == nil && age > limit+time.Microsecond:
					rt.Errorf("step %d: %s old, not waited for: %+v", i, age, r)
				case s.want.OnlyIfCached && (loads.Load() != before || time.Since(asked) != 0):
					rt.Errorf("step %d: only-if-cached read the source, or waited", i)
				}
			}
		})
	})
}
