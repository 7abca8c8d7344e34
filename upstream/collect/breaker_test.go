package collect

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// fuse is a breaker with a clock that a test moves.
type fuse struct {
	*breaker
	at time.Time
}

func newFuse(jitter float64) *fuse {
	f := &fuse{at: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}
	f.breaker = &breaker{now: func() time.Time { return f.at }, jitter: func() float64 { return jitter }, patience: 5}
	return f
}

// call makes one call that ends in k; false when the breaker refuses it.
func (f *fuse) call(k wire.Kind) bool {
	probe, _, ok := f.enter()
	if ok {
		f.leave(probe, verdictOf(k))
	}
	return ok
}

func TestBreakerOpensAfterFailuresInARow(t *testing.T) {
	for _, k := range []wire.Kind{wire.ServerError, wire.Timeout, wire.Unreachable, wire.Malformed} {
		f := newFuse(1)
		for i := range 5 {
			if !f.call(k) {
				t.Fatalf("%s: refused after %d failures", k, i)
			}
		}
		if wait, ok := f.closed(); ok || wait != 5*time.Second {
			t.Errorf("%s: %t, wait %s", k, ok, wait)
		}
		f.at = f.at.Add(5 * time.Second)
		if !f.call(wire.OK) || !f.call(k) || !f.call(k) {
			t.Errorf("%s: a good probe has not closed it", k)
		}
	}
}

func TestBreakerLeavesOtherOutcomesAlone(t *testing.T) {
	for _, k := range []wire.Kind{wire.OK, wire.NotFound, wire.BadRequest, wire.Denied, wire.Unauthorized, wire.PaymentRequired,
		wire.TooLarge, wire.BurstLimited, wire.DailyLimited, wire.Blocked, wire.Canceled} {
		f := newFuse(1)
		for range 100 {
			if !f.call(k) {
				t.Fatalf("%s has opened it", k)
			}
		}
	}
}

func TestBreakerOpensWhenHalfOfTheCallsFail(t *testing.T) {
	f := newFuse(1)
	for i := range 20 {
		if !f.call([]wire.Kind{wire.OK, wire.Timeout}[i%2]) {
			t.Fatalf("refused after %d calls", i)
		}
	}
	if _, ok := f.closed(); ok {
		t.Error("ten of twenty have failed, and it is closed")
	}
	f = newFuse(1)
	for range 100 {
		for _, k := range []wire.Kind{wire.OK, wire.OK, wire.Timeout} {
			if !f.call(k) {
				t.Fatal("one of three has opened it")
			}
		}
	}
}

// Whoever reads the log is told of each opening, also by a probe, and of the end.
func TestBreakerTellsItsTurns(t *testing.T) {
	f := newFuse(1)
	var turns []turn
	for _, v := range []verdict{alive, failing, failing, failing, failing, failing, failing, silent, alive, alive} {
		f.at = f.at.Add(time.Minute)
		probe, _, _ := f.enter()
		turns = append(turns, f.leave(probe, v))
	}
	want := []turn{unturned, unturned, unturned, unturned, unturned, opened, opened, unturned, closed, unturned}
	if !slices.Equal(turns, want) {
		t.Errorf("%v, want %v", turns, want)
	}
}

func TestBreakerPausesGrowWithJitter(t *testing.T) {
	for jitter, part := range map[float64]float64{0: 0.5, 0.5: 0.75, 1: 1} {
		f := newFuse(jitter)
		for range 5 {
			f.call(wire.ServerError)
		}
		for _, step := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
			want := time.Duration(float64(step*time.Second) * part)
			wait, ok := f.closed()
			if ok || wait != want {
				t.Fatalf("jitter %v: wait %s, want %s", jitter, wait, want)
			}
			f.at = f.at.Add(wait)
			if !f.call(wire.ServerError) {
				t.Fatal("no probe after the pause")
			}
		}
	}
}

func TestBreakerLetsOneProbeOut(t *testing.T) {
	f := newFuse(1)
	slow, _, _ := f.enter() // left before it opened
	for range 5 {
		f.call(wire.Timeout)
	}
	f.leave(slow, alive)
	if _, ok := f.closed(); ok {
		t.Error("a call that left before has closed it")
	}
	f.at = f.at.Add(time.Minute)
	probe, _, ok := f.enter()
	if !ok || !probe {
		t.Fatal("no probe")
	}
	if _, wait, ok := f.enter(); ok || wait != time.Second {
		t.Errorf("a second probe: %t, wait %s", ok, wait)
	}
	if f.leave(probe, silent) != unturned { // its caller left: another may try
		t.Error("a caller who left has turned it")
	}
	if !f.call(wire.NotFound) || !f.call(wire.OK) {
		t.Error("an answer has not closed it")
	}
}

// TestBreakerAlwaysComesBack: whatever happened, once the source answers again it is closed within the longest pause.
func TestBreakerAlwaysComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFuse(rapid.Float64Range(0, 1).Draw(t, "jitter"))
		var open []bool
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				if probe, wait, ok := f.enter(); ok {
					open = append(open, probe)
				} else if wait <= 0 || wait > longestTry {
					t.Fatalf("refused for %s", wait)
				}
			case 2:
				if n := len(open); n > 0 {
					f.leave(open[n-1], verdict(rapid.IntRange(0, 2).Draw(t, "verdict")))
					open = open[:n-1]
				}
			case 3:
				f.at = f.at.Add(time.Duration(rapid.IntRange(0, 60_000).Draw(t, "ms")) * time.Millisecond)
			}
		}
		for _, probe := range open {
			f.leave(probe, silent)
		}
		f.at = f.at.Add(longestTry)
		for range 3 {
			if !f.call(wire.OK) {
				t.Fatal("it stays open")
			}
		}
	})
}
