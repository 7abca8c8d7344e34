package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
)

// sharing is how replicas in these tests share numbers.
func sharing(r cache.Remote, schema uint32) cache.Sharing[string, int] {
	return cache.Sharing[string, int]{
		Remote: r, Schema: schema, Name: func(k string) string { return k },
		Encode:      func(v int) ([]byte, error) { return json.Marshal(v) },
		Decode:      func(b []byte) (v int, err error) { return v, json.Unmarshal(b, &v) },
		EncodeError: func(err error) []byte { return []byte(err.Error()) },
		DecodeError: func(b []byte) error { return fmt.Errorf("told: %s", b) },
	}
}

// mortal is a process's way to the second level, which ends with the process.
type mortal struct {
	cache.Remote
	dead atomic.Bool
}

func (m *mortal) Join(ctx context.Context, asks []cache.Join) []cache.Joined {
	if m.dead.Load() {
		all := make([]cache.Joined, len(asks))
		for i := range all {
			all[i].Err = cachetest.ErrAway
		}
		return all
	}
	return m.Remote.Join(ctx, asks)
}

func (m *mortal) Renew(ctx context.Context, tag string, token int64, lease time.Duration) (bool, error) {
	if m.dead.Load() {
		return false, cachetest.ErrAway
	}
	return m.Remote.Renew(ctx, tag, token, lease)
}

func (m *mortal) Land(ctx context.Context, tag string, token int64, l cache.Landing) (bool, error) {
	if m.dead.Load() {
		return false, cachetest.ErrAway
	}
	return m.Remote.Land(ctx, tag, token, l)
}

// fleet runs a test in fake time over three replicas.
func fleet(t *testing.T, o cache.Options, test func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source)) {
	synctest.Test(t, func(t *testing.T) {
		m := cachetest.NewMemory(nil)
		var replicas []*cache.Cache[string, int]
		for range 3 {
			c := cache.NewShared(o, sharing(m, 1))
			defer c.Close()
			replicas = append(replicas, c)
		}
		test(t, m, replicas, &source{takes: time.Second})
	})
}

// stampede lets n askers ask the replicas at once, and checks each answer.
func stampede(t *testing.T, n int, replicas []*cache.Cache[string, int], load cache.Load[int], check func(cache.Result[int]) bool) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if r := replicas[i%len(replicas)].Get(t.Context(), "k", load); !check(r) {
				t.Errorf("asker %d: %+v", i, r)
			}
		})
	}
	wg.Wait()
}

func TestOneLoadForAThousandReadersOfThreeReplicas(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		for _, mute := range []bool{false, true} { // told, or found out by looking
			m.Forget()
			m.Mute(mute)
			time.Sleep(time.Hour)
			before, began := s.loads.Load(), time.Now()
			stampede(t, 1000, replicas, s.load, func(r cache.Result[int]) bool { return r.Err == nil && r.Found() })
			time.Sleep(2 * time.Second)
			stampede(t, 3, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == int(before)+1 && !r.IsStale })
			if n := s.loads.Load() - before; n != 1 {
				t.Errorf("mute %v: %d loads in %s", mute, n, time.Since(began))
			}
		}
	})
}

func TestAFailureIsOneLoadForAllReplicas(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, _ *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		s.down = true
		stampede(t, 1000, replicas, s.load, func(r cache.Result[int]) bool {
			return !r.Found() && r.Err != nil && (errors.Is(r.Err, errDown) || r.Err.Error() == "told: the source is down")
		})
		if n := s.loads.Load(); n != 1 {
			t.Errorf("%d loads", n)
		}
		s.down = false
		time.Sleep(2 * time.Second)
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 2 && r.Err == nil })
	})
}

func TestADeadHolderCostsOneMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := cachetest.NewMemory(nil)
		process := &mortal{Remote: m}
		doomed := cache.NewShared(cache.Options{}, sharing(process, 1))
		defer doomed.Close()
		var living []*cache.Cache[string, int]
		for range 2 {
			c := cache.NewShared(cache.Options{}, sharing(m, 1))
			defer c.Close()
			living = append(living, c)
		}
		s := &source{takes: time.Hour}
		doomed.Ask("k", s.load, cache.Want{})
		synctest.Wait()
		s.takes = 10 * time.Second
		time.AfterFunc(2*time.Second, func() { process.dead.Store(true) })
		began := time.Now()
		stampede(t, 1000, living, s.load, func(r cache.Result[int]) bool { return r.Value == 2 && r.Err == nil })
		// It died at 2 s, having renewed its lease of 3 s at 1 s at the latest; the next took 10 s, longer than a lease.
		if took := time.Since(began); s.loads.Load() != 2 || took > 15*time.Second {
			t.Errorf("%d loads in %s", s.loads.Load(), took)
		}
	})
}

// TestASleeperOverwritesNothing: a replica that was cut off while it read comes back when another has read anew.
func TestASleeperOverwritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := cachetest.NewMemory(nil)
		process := &mortal{Remote: m}
		sleeper, other := cache.NewShared(cache.Options{}, sharing(process, 1)), cache.NewShared(cache.Options{}, sharing(m, 1))
		defer sleeper.Close()
		defer other.Close()
		slow, quick := &source{takes: 20 * time.Second}, &source{takes: time.Second}
		quick.loads.Store(100)
		p := sleeper.Ask("k", slow.load, cache.Want{})
		time.Sleep(time.Millisecond)
		process.dead.Store(true)
		if r := other.Get(t.Context(), "k", quick.load); r.Value != 101 {
			t.Fatalf("%+v", r)
		}
		process.dead.Store(false)
		if r := p.Wait(t.Context()); r.Value != 1 || r.Err != nil {
			t.Errorf("its own asker: %+v", r)
		}
		if r := sleeper.Get(t.Context(), "k", slow.load); r.Value != 101 || r.Err != nil {
			t.Errorf("the next: %+v", r)
		}
		if s := sleeper.Stats(); s.Fenced != 1 || s.RemoteHits != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestThingsGoOnWithoutTheSecondLevel(t *testing.T) {
	fleet(t, cache.Options{Fresh: time.Minute}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 })
		m.Cut(true)
		time.Sleep(time.Second)
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 && r.Err == nil && !r.IsStale })
		time.Sleep(time.Minute)
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 && r.Err == nil && r.IsStale })
		time.Sleep(2 * time.Second)
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Err == nil && !r.IsStale })
		if n := s.loads.Load(); n != 4 {
			t.Errorf("%d loads: one together and one for each replica", n)
		}
		m.Cut(false)
		m.Forget()
		time.Sleep(time.Hour)
		replicas[0].Get(t.Context(), "k", s.load)
		time.Sleep(2 * time.Second)
		stampede(t, 30, replicas[1:], s.load, func(r cache.Result[int]) bool { return r.Err == nil })
		time.Sleep(2 * time.Second)
		if n := s.loads.Load(); n != 5 {
			t.Errorf("%d loads once it was back", n)
		}
	})
}

// TestCutOffInTheAir: the level goes and forgets while one reads and others wait.
func TestCutOffInTheAir(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		s.takes = 10 * time.Second
		time.AfterFunc(2*time.Second, m.Forget)
		stampede(t, 300, replicas, s.load, func(r cache.Result[int]) bool { return r.Err == nil && r.Found() })
		if n := s.loads.Load(); n > 2 {
			t.Errorf("%d loads although the holder came back", n)
		}
		s.loads.Store(0)
		time.Sleep(time.Hour * 48)
		time.AfterFunc(2*time.Second, func() { m.Cut(true) })
		stampede(t, 300, replicas, s.load, func(r cache.Result[int]) bool { return r.Err == nil && r.Found() })
		if n := s.loads.Load(); n > 3 {
			t.Errorf("%d loads, one per replica at most", n)
		}
	})
}

func TestInvalidateReachesAllReplicas(t *testing.T) {
	fleet(t, cache.Options{Fresh: time.Minute}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 })
		replicas[0].Invalidate(t.Context(), "k")
		stampede(t, 30, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 2 && !r.IsStale })

		m.Mute(true) // the message is lost
		replicas[0].Invalidate(t.Context(), "k")
		if r := replicas[1].Get(t.Context(), "k", s.load); r.Value != 2 {
			t.Errorf("not told: %+v", r)
		}
		if r := replicas[0].Get(t.Context(), "k", s.load); r.Value != 3 {
			t.Errorf("told: %+v", r)
		}
		time.Sleep(time.Minute)
		replicas[1].Get(t.Context(), "k", s.load)
		time.Sleep(2 * time.Second)
		if r := replicas[1].Get(t.Context(), "k", s.load); r.Value < 3 || r.IsStale {
			t.Errorf("it costs age alone: %+v", r)
		}
	})
}

// TestAnInvalidationThatCouldNotBeTold is told before the key is asked for again.
func TestAnInvalidationThatCouldNotBeTold(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		stampede(t, 3, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 1 })
		m.Cut(true)
		replicas[0].Invalidate(t.Context(), "k")
		m.Cut(false)
		stampede(t, 3, replicas[:1], s.load, func(r cache.Result[int]) bool { return r.Value == 2 && !r.IsStale })
		stampede(t, 3, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 2 && !r.IsStale })
	})
}

func TestInvalidatedInTheAir(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, _ *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		p := replicas[0].Ask("k", s.load, cache.Want{})
		time.Sleep(500 * time.Millisecond)
		replicas[1].Invalidate(t.Context(), "k")
		if r := replicas[0].Get(t.Context(), "k", s.load); r.Value != 2 || r.IsStale {
			t.Errorf("asked after it: %+v", r)
		}
		if r := p.Wait(t.Context()); r.Value != 1 {
			t.Errorf("asked before it: %+v", r)
		}
		stampede(t, 3, replicas, s.load, func(r cache.Result[int]) bool { return r.Value == 2 })
	})
}

func TestAStaleValueElsewhereIsAnsweredAtOnce(t *testing.T) {
	fleet(t, cache.Options{Fresh: time.Minute}, func(t *testing.T, _ *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		replicas[0].Get(t.Context(), "k", s.load)
		time.Sleep(time.Hour)
		asked := time.Now()
		if r := replicas[1].Get(t.Context(), "k", s.load); r.Value != 1 || !r.IsStale || r.Err != nil || time.Since(asked) != 0 {
			t.Errorf("%+v after %s", r, time.Since(asked))
		}
		time.Sleep(2 * time.Second)
		if r := replicas[2].Get(t.Context(), "k", s.load); r.Value != 2 || r.IsStale || s.loads.Load() != 2 {
			t.Errorf("%+v", r)
		}
	})
}

func TestUnreadableValuesAreMisses(t *testing.T) {
	change := map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return []byte{} },
		"truncated":     func(b []byte) []byte { return b[:len(b)-1] },
		"flipped":       func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"other format":  func(b []byte) []byte { b[0]++; return b },
		"other version": func(b []byte) []byte { b[4]++; return b },
	}
	for name, change := range change {
		t.Run(name, func(t *testing.T) {
			fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
				replicas[0].Get(t.Context(), "k", s.load)
				m.Spoil(change)
				stampede(t, 30, replicas[1:], s.load, func(r cache.Result[int]) bool { return r.Value == 2 && r.Err == nil })
				if st := replicas[1].Stats(); s.loads.Load() != 2 || st.Unreadable == 0 {
					t.Errorf("%d loads, %+v", s.loads.Load(), st)
				}
			})
		})
	}
}

// TestSchemasLiveSideBySide: during a rollout neither version sees the other's values, nor throws them out.
func TestSchemasLiveSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := cachetest.NewMemory(nil)
		s := &source{takes: time.Second}
		for range 3 {
			for schema := range uint32(2) {
				c := cache.NewShared(cache.Options{}, sharing(m, schema))
				if r := c.Get(t.Context(), "k", s.load); r.Value != int(schema)+1 {
					t.Errorf("version %d: %+v", schema, r)
				}
				c.Close()
			}
		}
	})
}

func TestAPageIsOneRoundTrip(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		page := func(c *cache.Cache[string, int], want cache.Want) {
			var questions []cache.Question[string, int]
			for i := range 100 {
				questions = append(questions, cache.Question[string, int]{Key: fmt.Sprint(i), Load: s.load})
			}
			for i, p := range c.AskAll(questions, want) {
				if r := p.Wait(t.Context()); r.Err != nil || !r.Found() {
					t.Errorf("%d: %+v", i, r)
				}
			}
		}
		for i, c := range replicas {
			page(c, cache.Want{OnlyIfCached: i == 2})
			if trips := m.Trips(); trips != i+1 {
				t.Errorf("replica %d: %d trips", i, trips)
			}
		}
		page(replicas[1], cache.Want{})
		if st := replicas[1].Stats(); s.loads.Load() != 100 || m.Trips() != 3 || st.RemoteHits != 100 || st.Hits != 100 {
			t.Errorf("%d loads, %d trips, %+v", s.loads.Load(), m.Trips(), st)
		}
	})
}

func TestAClosingReplicaLetsTheNextTry(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, _ *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		replicas[0].Ask("k", (&source{takes: time.Hour}).load, cache.Want{})
		synctest.Wait()
		began := time.Now()
		replicas[0].Close()
		if r := replicas[1].Get(t.Context(), "k", s.load); r.Value != 1 || r.Err != nil || time.Since(began) != time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

// TestWhatWasInvalidatedIsNotFoundAgain by one who looks without asking.
func TestWhatWasInvalidatedIsNotFoundAgain(t *testing.T) {
	fleet(t, cache.Options{}, func(t *testing.T, m *cachetest.Memory, replicas []*cache.Cache[string, int], s *source) {
		look := func(c *cache.Cache[string, int]) cache.Result[int] {
			return c.Ask("k", s.load, cache.Want{OnlyIfCached: true}).Wait(t.Context())
		}
		replicas[0].Get(t.Context(), "k", s.load)
		m.Cut(true)
		replicas[0].Invalidate(t.Context(), "k")
		m.Cut(false)
		if r := look(replicas[0]); r.Value != 1 || !r.IsStale {
			t.Errorf("the level has not been told yet: %+v", r)
		}
		replicas[0].Invalidate(t.Context(), "k")
		if r := look(replicas[1]); r.Found() || !errors.Is(r.Err, cache.ErrNotHeld) {
			t.Errorf("one who never held it: %+v", r)
		}
	})
}
