package cachetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
)

// Engine is a Remote under test.
type Engine struct {
	Remote cache.Remote
	// Forget empties it. Pass lets d go by at least, as the engine sees time.
	Forget func(t *testing.T)
	Pass   func(t *testing.T, d time.Duration)
}

// lease is long enough for a slow machine and short enough to be waited for.
const lease = time.Second

var began = time.Date(2026, 11, 21, 12, 0, 0, 123_456_000, time.UTC)

// Run checks that an engine does what cache.Remote promises. Each case gets an empty one.
func Run(t *testing.T, start func(t *testing.T) Engine) {
	for name, check := range cases {
		t.Run(name, func(t *testing.T) { check(t, &bench{T: t, Engine: start(t)}) })
	}
}

// bench is an engine with the words that the cases use.
type bench struct {
	*testing.T
	Engine
}

func (b *bench) join(since time.Time, beyond int64) cache.Joined {
	b.Helper()
	j := b.Remote.Join(b.Context(), []cache.Join{{Tag: "k", Since: since, Beyond: beyond, Lease: lease}})[0]
	if j.Err != nil {
		b.Fatal(j.Err)
	}
	return j
}

// take joins for a value that nobody has, and wants the lease.
func (b *bench) take() int64 {
	b.Helper()
	j := b.join(began.Add(time.Hour), 0)
	if j.Token == 0 || j.Enough || j.Failure != nil || j.Left != 0 {
		b.Fatalf("no lease: %+v", j)
	}
	return j.Token
}

func (b *bench) land(token int64, l cache.Landing) bool {
	b.Helper()
	kept, err := b.Remote.Land(b.Context(), "k", token, l)
	if err != nil {
		b.Fatal(err)
	}
	return kept
}

func value(s string) cache.Landing {
	return cache.Landing{Record: []byte(s), Observed: began, For: time.Hour}
}

var cases = map[string]func(t *testing.T, b *bench){
	"an empty level gives one lease": func(t *testing.T, b *bench) {
		b.take()
		if j := b.join(began, 0); j.Token != 0 || j.Version != 0 || j.Left <= 0 || j.Left > lease {
			t.Errorf("the second: %+v", j)
		}
	},
	"a value that suffices is the answer": func(t *testing.T, b *bench) {
		token := b.take()
		if !b.land(token, value("v\x00\xff")) {
			t.Fatal("not kept")
		}
		if j := b.join(began, 0); !j.Enough || string(j.Record) != "v\x00\xff" || !j.Observed.Equal(began) || j.Version != token || j.Token != 0 {
			t.Errorf("%+v", j)
		}
		if j := b.join(began.Add(time.Nanosecond), 0); j.Enough || j.Token == 0 || string(j.Record) != "v\x00\xff" {
			t.Errorf("too old by a nanosecond: %+v", j)
		}
	},
	"a version that is of no use is passed over": func(t *testing.T, b *bench) {
		first := b.take()
		b.land(first, value("v"))
		j := b.join(began, first)
		if j.Enough || j.Token <= first {
			t.Fatalf("%+v", j)
		}
		b.land(j.Token, value("w"))
		if j := b.join(began, first); !j.Enough || string(j.Record) != "w" {
			t.Errorf("%+v", j)
		}
	},
	"a lease ends by itself, and one gets the next": func(t *testing.T, b *bench) {
		first := b.take()
		b.Pass(t, lease)
		if second := b.take(); second <= first {
			t.Errorf("token %d after %d", second, first)
		}
		if j := b.join(began, 0); j.Token != 0 {
			t.Errorf("and a third got it: %+v", j)
		}
	},
	"a renewed lease goes on": func(t *testing.T, b *bench) {
		token := b.take()
		for range 3 {
			b.Pass(t, lease/2)
			if held, err := b.Remote.Renew(t.Context(), "k", token, lease); err != nil || !held {
				t.Fatal(held, err)
			}
			if j := b.join(began, 0); j.Token != 0 {
				t.Fatalf("taken away: %+v", j)
			}
		}
	},
	"who lost the lease lands nothing": func(t *testing.T, b *bench) {
		old := b.take()
		b.Pass(t, lease)
		token := b.take()
		if held, err := b.Remote.Renew(t.Context(), "k", old, lease); err != nil || held {
			t.Errorf("renewed: %v %v", held, err)
		}
		if b.land(old, value("old")) {
			t.Error("overtaken, and landed")
		}
		b.land(token, value("new"))
		if b.land(old, value("old")) || b.land(old, cache.Landing{Failure: []byte("f"), For: time.Minute}) {
			t.Error("landed over a newer one")
		}
		if j := b.join(began, 0); string(j.Record) != "new" || !j.Enough {
			t.Errorf("%+v", j)
		}
	},
	"a late landing that nobody overtook is kept": func(t *testing.T, b *bench) {
		token := b.take()
		b.Pass(t, lease)
		if !b.land(token, value("v")) {
			t.Error("lost")
		}
	},
	"a failure is remembered beside the value, for its time": func(t *testing.T, b *bench) {
		b.land(b.take(), value("v"))
		b.land(b.take(), cache.Landing{Failure: []byte("down"), For: lease})
		later := began.Add(time.Hour)
		if j := b.join(later, 0); string(j.Failure) != "down" || j.FailureFor <= 0 || j.FailureFor > lease || j.Token != 0 || string(j.Record) != "v" {
			t.Errorf("%+v", j)
		}
		if j := b.join(began, 0); !j.Enough || j.Failure != nil {
			t.Errorf("a value that suffices, and %+v", j)
		}
		b.Pass(t, lease)
		token := b.take()
		b.land(token, cache.Landing{Failure: []byte("down"), For: time.Minute})
		b.Forget(t)
		b.land(b.take(), value("v"))
		if j := b.join(later, 0); j.Failure != nil {
			t.Errorf("after a success: %+v", j)
		}
	},
	"a release lets the next try at once": func(t *testing.T, b *bench) {
		if !b.land(b.take(), cache.Landing{}) {
			t.Error("refused")
		}
		b.take()
	},
	"an invalidation outdates values, leases and failures": func(t *testing.T, b *bench) {
		b.land(b.take(), value("v"))
		flying := b.take()
		version, err := b.Remote.Invalidate(t.Context(), "k")
		if err != nil || version <= flying {
			t.Fatal(version, err)
		}
		if b.land(flying, value("w")) {
			t.Error("what was in the air landed")
		}
		j := b.join(began, 0)
		if j.Enough || !j.Outdated || string(j.Record) != "v" || j.Token <= version {
			t.Errorf("%+v", j)
		}
		b.land(j.Token, value("x"))
		if j := b.join(began, version); !j.Enough || j.Outdated || string(j.Record) != "x" {
			t.Errorf("afterwards: %+v", j)
		}
	},
	"a level that forgot is taken up again by the holder": func(t *testing.T, b *bench) {
		token := b.take()
		b.Forget(t)
		if held, err := b.Remote.Renew(t.Context(), "k", token, lease); err != nil || !held {
			t.Error(held, err)
		}
		if j := b.join(began, 0); j.Token != 0 || j.Left <= 0 {
			t.Errorf("%+v", j)
		}
		if !b.land(token, value("v")) {
			t.Error("refused")
		}
	},
	"a level that forgot knows who came later": func(t *testing.T, b *bench) {
		old := b.take()
		b.Forget(t)
		token := b.take()
		if token == old || b.land(old, value("old")) || !b.land(token, value("new")) {
			t.Errorf("token %d, then %d", old, token)
		}
	},
	"peek sees and takes nothing": func(t *testing.T, b *bench) {
		token := b.take()
		b.land(token, value("v"))
		held, err := b.Remote.Peek(t.Context(), []string{"other", "k"})
		if err != nil || len(held) != 2 || held[0].Version != 0 || string(held[1].Record) != "v" || held[1].Version != token ||
			held[1].Outdated || !held[1].Observed.Equal(began) {
			t.Errorf("%+v %v", held, err)
		}
		b.Remote.Invalidate(t.Context(), "k")
		if held, _ := b.Remote.Peek(t.Context(), []string{"k"}); !held[0].Outdated {
			t.Errorf("%+v", held)
		}
		b.take()
	},
	"many at once, each for itself": func(t *testing.T, b *bench) {
		b.land(b.take(), value("v"))
		all := b.Remote.Join(t.Context(), []cache.Join{
			{Tag: "a", Since: began, Lease: lease}, {Tag: "k", Since: began, Lease: lease}, {Tag: "b", Since: began, Lease: lease}})
		if all[0].Token == 0 || !all[1].Enough || all[2].Token == 0 {
			t.Errorf("%+v", all)
		}
	},
	"landings and invalidations are told": func(t *testing.T, b *bench) {
		notices := make(chan cache.Notice, 100)
		stop := b.Remote.Listen(func(n cache.Notice) { notices <- n })
		defer stop()
		token := b.take()
		b.hear(notices, func() cache.Notice {
			b.land(token, value("v"))
			return cache.Notice{Tag: "k", Version: token}
		})
		b.hear(notices, func() cache.Notice {
			version, _ := b.Remote.Invalidate(t.Context(), "k")
			return cache.Notice{Tag: "k", Version: version, Invalidated: true}
		})
		stop()
		b.Remote.Invalidate(t.Context(), "k")
		b.Pass(t, 50*time.Millisecond)
		select {
		case n := <-notices:
			t.Errorf("heard after stop: %+v", n)
		default:
		}
	},
}

// hear repeats what is told until it is heard, since a subscription may take its time.
func (b *bench) hear(notices chan cache.Notice, tell func() cache.Notice) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	var told []cache.Notice
	for {
		told = append(told, tell())
		select {
		case n := <-notices:
			if !slices.Contains(told, n) {
				b.Errorf("heard %+v, told %+v", n, told)
			}
			return
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			b.Fatalf("not heard: %+v", told)
		}
	}
}
