package plan_test

import (
	"time"

	"github.com/manifold-graph/manifold/upstream/collect/plan"
)

// request is a batch of demands at one moment, none of them older than age.
type request struct {
	at   time.Duration
	age  time.Duration
	keys []int
	// given is what others brought of some keys, and when they had read it.
	given map[int]time.Duration
}

var midnight = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func (r request) demands(held func(int) time.Time) []plan.Demand[int] {
	all := make([]plan.Demand[int], len(r.keys))
	at := midnight.Add(r.at)
	for i, k := range r.keys {
		all[i] = plan.Demand[int]{Key: k, Since: at.Add(-r.age), Held: held(k)}
	}
	return all
}

// offline is the true optimum of a whole sequence, for which everything was too old at first. gifts are whole readings that cost nothing, in order.
//
// After a list nothing older counts. So best[j] is the least for all requests up to and with the list bought at
// request j: over all i before j, best[i] and the singles between.
func offline(p plan.Prices, requests []request, gifts ...time.Duration) int {
	const never = time.Duration(-1 << 62)
	n := len(requests)
	best := make([]int, n+1) // best[0]: no list yet
	for j := 1; j <= n; j++ {
		best[j] = -1
	}
	least := -1
	for i := 0; i <= n; i++ {
		// Whoever bought the list at request i-1 pays singles from then on.
		list := never
		if i > 0 {
			list = requests[i-1].at
		}
		singles, cost, g := map[int]time.Duration{}, best[i], 0
		whole := true
		for j := i; j < n && whole; j++ {
			r := requests[j]
			if with := cost + p.All; best[j+1] < 0 || with < best[j+1] {
				best[j+1] = with
			}
			for g < len(gifts) && gifts[g] <= r.at {
				list = max(list, gifts[g])
				g++
			}
			for k, at := range r.given {
				if had, ok := singles[k]; !ok || had < at {
					singles[k] = at
				}
			}
			for _, k := range r.keys {
				at, ok := singles[k]
				if since := r.at - r.age; list < since && (!ok || at < since) {
					singles[k] = r.at
					cost += p.One
				}
			}
			whole = cost < best[j+1] || j == n-1 // else whoever bought the list here is better off from now on
		}
		if whole && (least < 0 || cost < least) {
			least = cost
		}
	}
	return least
}

// online plays a sequence against the planner as a perfect source would and gives what was spent. each sees every
// prefix.
func online(p plan.Prices, requests []request, each func(i int, w *plan.Window[int], got plan.Plan[int]), gifts ...time.Duration) *plan.Window[int] {
	w := plan.NewWindow[int](p)
	held, all, g := map[int]time.Time{}, time.Time{}, 0
	for i, r := range requests {
		at := midnight.Add(r.at)
		for ; g < len(gifts) && gifts[g] <= r.at; g++ {
			all = midnight.Add(gifts[g])
			next := time.Time{}
			if g+1 < len(gifts) {
				next = midnight.Add(gifts[g+1])
			}
			w.Given(all, next)
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
		case plan.Singles:
			for _, k := range got.Keys {
				held[k] = at
			}
		}
		if each != nil {
			each(i, w, got)
		}
	}
	return w
}
