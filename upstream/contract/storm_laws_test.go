package contract_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestI1_I2_I3_StormOfRealClients: calls of every class and operation from two processes, through real clients and retries; requests and
// answers get lost, processes die between reserving and settling, somebody sets the wall clock. The simulator has nobody to
// refuse, and no window of what arrived there holds a token too many, whoever's.
func TestI1_I2_I3_StormOfRealClients(t *testing.T) {
	small() // outside of any bubble
	for name, enforced := range map[string]bool{"rolling day, nothing told": false, "vendor's day, enforced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, arrived := 0, 0
			rapid.Check(t, func(r *rapid.T) {
				var deeds []deed
				for range deedsPerStorm {
					deeds = append(deeds, draw(r))
				}
				var verdict error
				synctest.Test(t, func(*testing.T) {
					s := newStorm(enforced)
					var wrong time.Time // since when the wall is
					for _, d := range deeds {
						switch {
						case d.do == "call":
							calls++
						case d.do == "step" && d.after == 0:
							wrong = time.Time{}
						case d.do == "step" && wrong.IsZero():
							wrong = time.Now()
						case d.do == "pass" && !wrong.IsZero() && time.Since(wrong)+d.after > 20*time.Hour:
							s.clock.offset.Store(0) // as any machine's is put right within the day
							wrong = time.Time{}
						}
						s.do(d)
					}
					s.calls.Wait()
					verdict = s.judge()
					arrived += len(s.arrivals)
				})
				if verdict != nil {
					r.Fatal(verdict)
				}
			})
			if arrived < calls/20 {
				t.Errorf("only %d requests of %d calls arrived: nothing was shown", arrived, calls)
			}
			t.Logf("%d calls, %d requests arrived", calls, arrived)
		})
	}
}

func draw(r *rapid.T) deed {
	d := deed{do: rapid.SampledFrom([]string{"call", "call", "call", "call", "call", "call", "pass", "pass", "rare"}).Draw(r, "do")}
	switch d.do {
	case "call":
		d.class = wire.Class(rapid.IntRange(0, 2).Draw(r, "class"))
		d.what = rapid.IntRange(0, 48).Draw(r, "what")
		d.fault = rapid.SampledFrom([]string{"", "", "", "", "", "unreachable", "lost request", "lost answer", "failure", "panic"}).Draw(r, "fault")
		d.flight = time.Duration(rapid.IntRange(1, 3000).Draw(r, "ms")) * time.Millisecond
		d.at = rapid.IntRange(0, 1).Draw(r, "process")
	case "pass":
		unit := rapid.SampledFrom([]time.Duration{10 * time.Millisecond, time.Second, time.Minute, time.Hour}).Draw(r, "unit")
		d.after = unit * time.Duration(rapid.IntRange(1, 9).Draw(r, "units"))
	case "rare":
		switch n := rapid.IntRange(0, 19).Draw(r, "rare"); {
		case n == 0:
			d.do, d.at = "crash", rapid.IntRange(0, 1).Draw(r, "process")
		case n <= 6:
			d.do = "step"
			if rapid.Bool().Draw(r, "wrong") {
				d.after = time.Duration(rapid.IntRange(-30*3600, 30*3600).Draw(r, "seconds")) * time.Second
			}
		}
	}
	return d
}
