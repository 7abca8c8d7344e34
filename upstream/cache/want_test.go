package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
)

func within(d time.Duration) *time.Duration { return &d }

// TestTheCallersWord: a value of some age, a source that works or not, and what a caller wants of them. Fresh is 10 min,
// Stale 1 h; a load takes 1 s.
func TestTheCallersWord(t *testing.T) {
	const none = -1
	for name, c := range map[string]struct {
		age     time.Duration // of value 1
		down    bool
		want    cache.Want
		value   int // none: no value
		stale   bool
		err     error
		took    time.Duration
		reloads int32 // in the end
	}{
		"nothing said, fresh":          {age: 5 * time.Minute, value: 1},
		"nothing said, stale":          {age: 20 * time.Minute, value: 1, stale: true, reloads: 1},
		"young enough":                 {age: 20 * time.Second, want: cache.Want{MaxAge: within(30 * time.Second)}, value: 1},
		"exactly young enough":         {age: 30 * time.Second, want: cache.Want{MaxAge: within(30 * time.Second)}, value: 1},
		"fresh, but too old":           {age: time.Minute, want: cache.Want{MaxAge: within(30 * time.Second)}, value: 2, took: time.Second, reloads: 1},
		"nothing is young enough":      {age: 0, want: cache.Want{MaxAge: within(0)}, value: 1},
		"anything else is too old":     {age: 1, want: cache.Want{MaxAge: within(0)}, value: 2, took: time.Second, reloads: 1},
		"stale, but young enough":      {age: 20 * time.Minute, want: cache.Want{MaxAge: within(30 * time.Minute)}, value: 1, stale: true, reloads: 1},
		"too old, and it is all":       {age: time.Minute, down: true, want: cache.Want{MaxAge: within(30 * time.Second)}, value: 1, stale: true, err: errDown, took: time.Second, reloads: 1},
		"not by that much":             {age: time.Minute, down: true, want: cache.Want{MaxAge: within(30 * time.Second), MaxStale: within(29 * time.Second)}, value: none, err: errDown, took: time.Second, reloads: 1},
		"by that much":                 {age: time.Minute, down: true, want: cache.Want{MaxAge: within(30 * time.Second), MaxStale: within(30 * time.Second)}, value: 1, stale: true, err: errDown, took: time.Second, reloads: 1},
		"stale beyond what is allowed": {age: 20 * time.Minute, want: cache.Want{MaxStale: within(5 * time.Minute)}, value: 2, took: time.Second, reloads: 1},
		"stale within what is allowed": {age: 12 * time.Minute, want: cache.Want{MaxStale: within(5 * time.Minute)}, value: 1, stale: true, reloads: 1},
		"never older than Stale":       {age: time.Hour, down: true, want: cache.Want{MaxStale: within(5 * time.Hour)}, value: none, err: errDown, took: time.Second, reloads: 1},
		"only if cached, fresh":        {age: time.Minute, want: cache.Want{OnlyIfCached: true}, value: 1},
		"only if cached, stale":        {age: 20 * time.Minute, want: cache.Want{OnlyIfCached: true}, value: 1, stale: true},
		"only if cached, too old":      {age: time.Minute, want: cache.Want{OnlyIfCached: true, MaxAge: within(time.Second)}, value: 1, stale: true},
		"only if cached, much too old": {age: time.Minute, want: cache.Want{OnlyIfCached: true, MaxAge: within(time.Second), MaxStale: within(time.Second)}, value: none, err: cache.ErrNotHeld},
		"only if cached, gone":         {age: time.Hour, want: cache.Want{OnlyIfCached: true}, value: none, err: cache.ErrNotHeld},
	} {
		for _, shared := range []bool{false, true} {
			t.Run(map[bool]string{false: "memory/", true: "shared/"}[shared]+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o := cache.Options{Stale: time.Hour}
					first := cache.New[string, int](o)
					second := first
					if shared { // the value is known to another replica alone
						m := cachetest.NewMemory(nil)
						first, second = cache.NewShared(o, sharing(m, 1)), cache.NewShared(o, sharing(m, 1))
						defer second.Close()
					}
					defer first.Close()
					s := &source{}
					first.Get(t.Context(), "k", s.load)
					s.takes, s.down = time.Second, c.down
					time.Sleep(c.age)
					asked := time.Now()
					r := second.Ask("k", s.load, c.want).Wait(t.Context())
					if got := time.Since(asked); got != c.took || r.Found() != (c.value != none) || r.Found() && r.Value != c.value ||
						r.IsStale != c.stale || !errors.Is(r.Err, c.err) {
						t.Errorf("%+v after %s", r, got)
					}
					time.Sleep(time.Minute)
					if n := s.loads.Load() - 1; n != c.reloads {
						t.Errorf("%d loads", n)
					}
				})
			})
		}
	}
}

// TestOneMoreFlightForAllWhoCameTooLate: a flight that began before a caller's limit is followed by one, however many wait.
func TestOneMoreFlightForAllWhoCameTooLate(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		first := c.Ask("k", s.load, cache.Want{})
		time.Sleep(500 * time.Millisecond)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if r := c.Ask("k", s.load, cache.Want{MaxAge: within(100 * time.Millisecond)}).Wait(t.Context()); r.Value != 2 || r.IsStale {
					t.Errorf("%+v", r)
				}
			})
			wg.Go(func() {
				if r := c.Ask("k", s.load, cache.Want{MaxAge: within(time.Second)}).Wait(t.Context()); r.Value != 1 {
					t.Errorf("the flight under way is young enough: %+v", r)
				}
			})
		}
		wg.Wait()
		if r := first.Wait(t.Context()); r.Value != 1 || s.loads.Load() != 2 {
			t.Errorf("%+v, %d loads", r, s.loads.Load())
		}
	})
}

// TestAFailureAnswersThoseBehindItToo, for it is news; the source is not asked once more for them.
func TestAFailureAnswersThoseBehindItToo(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		s.down = true
		c.Ask("k", s.load, cache.Want{})
		time.Sleep(500 * time.Millisecond)
		if r := c.Ask("k", s.load, cache.Want{MaxAge: within(0)}).Wait(t.Context()); !errors.Is(r.Err, errDown) || s.loads.Load() != 1 {
			t.Errorf("%+v, %d loads", r, s.loads.Load())
		}
	})
}

func TestWhoHasNoTimeGetsWhatIsHeld(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		c.Get(t.Context(), "k", s.load)
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		r := c.Ask("k", s.load, cache.Want{MaxAge: within(0)}).Wait(ctx)
		if r.Value != 1 || !r.IsStale || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("%+v", r)
		}
		r = c.Ask("k", s.load, cache.Want{MaxAge: within(0), MaxStale: within(0)}).Wait(ctx)
		if r.Found() || !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Errorf("what may not stand in: %+v", r)
		}
	})
}

// TestWhatConcernsOneConcernsNobodyElse: a refusal for the asker's own sake leaves the key to those who waited with it.
func TestWhatConcernsOneConcernsNobodyElse(t *testing.T) {
	mine := errors.New("your allowance is spent")
	o := cache.Options{Private: func(err error) bool { return errors.Is(err, mine) }}
	refused := func(ctx context.Context) (int, error) {
		time.Sleep(100 * time.Millisecond)
		return 0, mine
	}
	for name, open := range map[string]func() (a, b *cache.Cache[string, int]){
		"one process": func() (a, b *cache.Cache[string, int]) {
			c := cache.New[string, int](o)
			return c, c
		},
		"two": func() (a, b *cache.Cache[string, int]) {
			m := cachetest.NewMemory(nil)
			return cache.NewShared(o, sharing(m, 1)), cache.NewShared(o, sharing(m, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := open()
				defer a.Close()
				defer b.Close()
				s := &source{takes: time.Second}
				poor := a.Ask("k", refused, cache.Want{})
				synctest.Wait()
				if r := b.Ask("k", s.load, cache.Want{}).Wait(t.Context()); r.Value != 1 || r.Err != nil {
					t.Errorf("who waited with it: %+v", r)
				}
				if r := poor.Wait(t.Context()); !errors.Is(r.Err, mine) {
					t.Errorf("whom it concerns: %+v", r)
				}
			})
		})
	}
}

func TestPeekAsksNobody(t *testing.T) {
	bubble(t, cache.Options{}, func(t *testing.T, c *cache.Cache[string, int], s *source) {
		if r, flying := c.Peek("k"); r.Found() || flying {
			t.Errorf("%+v", r)
		}
		p := c.Ask("k", s.load, cache.Want{})
		if r, flying := c.Peek("k"); r.Found() || !flying {
			t.Errorf("%+v", r)
		}
		p.Wait(t.Context())
		time.Sleep(11 * time.Minute)
		if r, flying := c.Peek("k"); r.Value != 1 || !r.IsStale || flying || s.loads.Load() != 1 {
			t.Errorf("%+v %v", r, flying)
		}
	})
}
