package collect_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// conductor is a Pacer that plays pauses in turn, the last for ever.
type conductor struct {
	mu     sync.Mutex
	pauses []time.Duration
	heard  []collect.Rhythm
}

func (c *conductor) Pace(r collect.Rhythm) (time.Duration, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, r)
	p := c.pauses[min(len(c.heard), len(c.pauses))-1]
	if p == r.Every {
		return p, ""
	}
	return p, "because"
}

// play collects one source under a conductor's pace; spends is what the reading of each number costs.
func play(t *testing.T, pacer collect.Pacer, log *slog.Logger, spends func(n int) int) (*collect.Collector, *scripted, func()) {
	var mu sync.Mutex
	spent := 0
	r := &scripted{read: func(n int) (collect.Reading, error) {
		mu.Lock()
		defer mu.Unlock()
		spent += spends(n)
		return reading("acme", "Ann"), nil
	}}
	c := collect.New([]collect.Source{{
		ID: "acme", System: person.Pipedrive, Reader: r, Every: 15 * time.Minute, Least: 10 * time.Minute,
		Spent: func() (int, int) {
			mu.Lock()
			defer mu.Unlock()
			return 0, spent
		},
	}}, picture(t), collect.Options{Jitter: func() float64 { return 0 }, Pacer: pacer, Log: log})
	return c, r, start(t, c)
}

// TestAStretchedPauseIsThoughtOver: others spend meanwhile, and budgets are refilled.
func TestAStretchedPauseIsThoughtOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		pacer := &conductor{pauses: []time.Duration{4 * time.Hour, 3 * time.Hour, 20 * time.Minute, 15 * time.Minute}}
		c, r, stop := play(t, pacer, slog.New(slog.NewTextHandler(&log, nil)), func(int) int { return 20 })
		synctest.Wait()
		began := time.Now()
		if at := source(c, "acme").RetryAt; !at.Equal(began.Add(4 * time.Hour)) {
			t.Errorf("the next reading is planned for %s", at.Sub(began))
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if at := source(c, "acme").RetryAt; !at.Equal(began.Add(3 * time.Hour)) {
			t.Errorf("after a rhythm it is planned for %s", at.Sub(began))
		}
		time.Sleep(15*time.Minute - time.Millisecond)
		synctest.Wait()
		if n := r.reads.Load(); n != 1 {
			t.Errorf("%d readings", n)
		}
		time.Sleep(time.Millisecond) // half an hour has passed, and twenty minutes are the pause now
		synctest.Wait()
		if n := r.reads.Load(); n != 2 {
			t.Errorf("%d readings, want the second at once", n)
		}
		stop()
		if n := strings.Count(log.String(), "the pace of a source has changed"); n != 1 {
			t.Errorf("the log tells of %d changes, want the stretch alone: %s", n, log.String())
		}
	})
}

// TestThePriceIsLearned: a dearer reading is believed at once, a cheaper one by halves; and an audience is heard of.
func TestThePriceIsLearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pacer := &conductor{pauses: []time.Duration{15 * time.Minute}}
		c, _, stop := play(t, pacer, nil, func(n int) int { return []int{0, 22, 20, 100, 20}[min(n, 4)] })
		defer stop()
		synctest.Wait()
		_ = c.Current()
		time.Sleep(15*time.Minute + time.Second)
		synctest.Wait()
		_ = collect.Audience{Collector: c}.Current()
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		pacer.mu.Lock()
		defer pacer.mu.Unlock()
		var prices []int
		var asked []bool
		last := -1
		for _, r := range pacer.heard {
			if r.Source != "acme" || r.Every != 15*time.Minute || r.Least != 10*time.Minute {
				t.Fatalf("%+v", r)
			}
			if r.Price != last {
				last = r.Price
				prices, asked = append(prices, r.Price), append(asked, r.Asked)
			}
		}
		if want := []int{22, 21, 100, 60}; len(prices) != 4 || prices[0] != want[0] || prices[1] != want[1] || prices[2] != want[2] || prices[3] != want[3] {
			t.Errorf("prices %v, want %v", prices, want)
		}
		if asked[0] || asked[1] || !asked[2] || asked[3] {
			t.Errorf("asked %v, want it after the third reading alone", asked)
		}
	})
}

// TestAPaceWithoutALedgerIsTheRhythm: a source that Costs does not know is read as configured.
func TestAPaceWithoutALedgerIsTheRhythm(t *testing.T) {
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), nil, collect.CostOptions{})
	if p, reason := costs.Pace(collect.Rhythm{Source: "nowhere", Every: time.Minute, Price: 9}); p != time.Minute || reason != "" {
		t.Errorf("%s, %q", p, reason)
	}
}

// TestAListBesideTheRhythmPutsItOff: what was read whole a moment ago need not be read again.
func TestAListBesideTheRhythmPutsItOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r, stop := play(t, nil, nil, func(int) int { return 20 })
		defer stop()
		began := time.Now()
		synctest.Wait()
		time.Sleep(10 * time.Minute)
		beside := reading("acme", "Ann", "Bob")
		beside.Batch.AsOf = time.Now()
		if err := c.Accept("acme", beside); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15*time.Minute - time.Second)
		if n := r.reads.Load(); n != 1 {
			t.Errorf("%d readings after %s", n, time.Since(began))
		}
		if due := source(c, "acme").RetryAt; !due.Equal(began.Add(25 * time.Minute)) {
			t.Errorf("the next is due at %s", due.Sub(began))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := r.reads.Load(); n != 2 {
			t.Errorf("%d readings after %s", n, time.Since(began))
		}
	})
}
