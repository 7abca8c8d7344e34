package wire_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestRetriesOfASourceThatIsDown: the attempts are bounded by the calls, not three times as many.
func TestRetriesOfASourceThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, gate := play(answer(503, ``)), &ledger{}
		c := newClient(t, wire.Config{BaseURL: "http://x", Transport: transport, Rand: func() float64 { return 0 }}).As(wire.Refresh, gate)
		for range 205 {
			if _, err := c.Do(t.Context(), get("x"), nil); wire.KindOf(err) != wire.ServerError {
				t.Fatal(err)
			}
		}
		if n := len(transport.at) - 205; n < 10 || n > 31 {
			t.Errorf("%d retries of 205 calls, want ten and a tenth", n)
		}
		if n := len(gate.settled(t)); n != len(transport.at) {
			t.Errorf("%d of %d attempts were charged", n, len(transport.at))
		}
		// Copies for other classes share the allowance, and a minute brings ten more.
		before := len(transport.at)
		_, _ = c.As(wire.Mutation, nil).Do(t.Context(), get("x"), nil)
		if n := len(transport.at) - before; n != 1 {
			t.Errorf("another class had %d attempts", n)
		}
		time.Sleep(time.Minute)
		before = len(transport.at)
		for range 8 {
			_, _ = c.Do(t.Context(), get("x"), nil)
		}
		if n := len(transport.at) - before; n != 8+10 {
			t.Errorf("%d attempts of eight calls a minute later", n)
		}
	})
}

// TestRetriesNeverExceedTheirAllowance, whatever comes when.
func TestRetriesNeverExceedTheirAllowance(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := time.Unix(1_800_000_000, 0)
		began := now
		transport := play(answer(503, ``, "Retry-After", "0"))
		c := newClient(t, wire.Config{BaseURL: "http://x", Transport: transport, Clock: func() time.Time { return now },
			Limits: wire.Limits{Backoff: time.Nanosecond}})
		calls := 0
		for range rapid.IntRange(1, 100).Draw(r, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(r, "ms")) * time.Millisecond)
			_, _ = c.Do(t.Context(), get("x"), nil)
			calls++
			if most := 10 + float64(calls)/10 + now.Sub(began).Minutes()*10; float64(len(transport.at)-calls) > most {
				r.Fatalf("%d retries of %d calls in %s", len(transport.at)-calls, calls, now.Sub(began))
			}
		}
	})
}
