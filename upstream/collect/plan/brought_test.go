package plan_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/collect/plan"
)

// replicated plays requests against one replica's books, while other replicas bring what brought says of each request: whole lists
// and single identities, read a while before it. It fails if any prefix cost this replica more than twice what an
// all-knowing planner would pay who is given the same.
func replicated(t interface {
	Fatalf(string, ...any)
	Helper()
}, p plan.Prices, requests []request, brought func(i int, k int) (ago time.Duration, ok bool)) *plan.Window[int] {
	t.Helper()
	w := plan.NewWindow[int](p)
	held, all := map[int]time.Time{}, time.Time{}
	var gifts []time.Duration
	for i := range requests {
		r := &requests[i]
		r.at += time.Duration(i) // no two at once
		at := midnight.Add(r.at)
		// Nobody has asked between the reading elsewhere and this request.
		oldest := max(r.at-r.age, 0)
		if i > 0 {
			oldest = max(oldest, requests[i-1].at+1)
		}
		got := w.Ask(at, r.demands(func(k int) time.Time {
			if held[k].After(all) {
				return held[k]
			}
			return all
		}))
		switch got.Way {
		case plan.List:
			all = at
			if ago, ok := brought(i, 0); ok {
				gift := max(r.at-ago, oldest)
				all = midnight.Add(gift)
				w.Brought(at, all)
				w.Given(all, time.Time{})
				gifts = append(gifts, gift)
			}
		case plan.Singles:
			r.given = map[int]time.Duration{}
			for _, k := range got.Keys {
				held[k] = at
				if ago, ok := brought(i, k); ok {
					r.given[k] = max(r.at-ago, oldest)
					held[k] = midnight.Add(r.given[k])
					w.Brought(at, held[k], k)
				}
			}
		}
		best := offline(p, requests[:i+1], gifts...)
		if w.Spent() > 2*best || w.Spent() < 0 {
			t.Fatalf("%d spent where %d would have done, after %d of %+v, given %v", w.Spent(), best, i+1, requests, gifts)
		}
		if w.Optimum() > best {
			t.Fatalf("the books call %d the optimum, and it is %d, after %d of %+v, given %v", w.Optimum(), best, i+1, requests, gifts)
		}
	}
	return w
}

// TestI4WhatOthersPaidIsGiven: at every prefix of any sequence, whatever of it others bring.
func TestI4WhatOthersPaidIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := sequence(t)
		p := plan.Prices{One: rapid.SampledFrom([]int{2, 1, 3}).Draw(t, "one"), All: rapid.SampledFrom([]int{20, 7, 2, 50}).Draw(t, "all")}
		replicated(t, p, requests, func(int, int) (time.Duration, bool) {
			ago := rapid.SampledFrom([]time.Duration{-1, 0, time.Millisecond, time.Second, time.Minute}).Draw(t, "ago")
			return ago, ago >= 0
		})
	})
}

// TestAReplicaThatIsBroughtAllPaysNothing, and its books know that nothing had to be paid.
func TestAReplicaThatIsBroughtAllPaysNothing(t *testing.T) {
	for name, sequence := range adversaries {
		w := replicated(t, users, slices.Clone(sequence()), func(int, int) (time.Duration, bool) { return time.Second, true })
		if w.Spent() != 0 || w.Optimum() != 0 {
			t.Errorf("%s: %d spent, and the optimum is called %d", name, w.Spent(), w.Optimum())
		}
	}
}

// TestWhatWasBroughtOfAnotherMomentChangesNothing: the word of a reading that was planned in a window before.
func TestWhatWasBroughtOfAnotherMomentChangesNothing(t *testing.T) {
	w := plan.NewWindow[int](users)
	w.Ask(midnight, []plan.Demand[int]{{Key: 1, Since: midnight}})
	w.Brought(midnight.Add(-time.Hour), midnight.Add(-time.Hour))
	w.Brought(midnight.Add(-time.Hour), midnight.Add(-time.Hour), 1, 2)
	if w.Spent() != 2 || w.Optimum() != 2 {
		t.Errorf("%d spent, and the optimum is called %d", w.Spent(), w.Optimum())
	}
}
