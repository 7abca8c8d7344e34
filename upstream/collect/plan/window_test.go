package plan_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/collect/plan"
)

var users = plan.Prices{One: 2, All: 20}

// sequence draws any sequence: few or many identities, crowds and lulls, one contract or several.
func sequence(t *rapid.T) []request {
	people := rapid.SampledFrom([]int{1, 2, 5, 12, 30, 200}).Draw(t, "people")
	ages := rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 10 * time.Minute, time.Hour}), 1, 3).Draw(t, "ages")
	var at time.Duration
	var all []request
	for range rapid.IntRange(0, 60).Draw(t, "requests") {
		at += rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 20 * time.Second, time.Minute, 5 * time.Minute, time.Hour}).Draw(t, "pause")
		all = append(all, request{at: at, age: rapid.SampledFrom(ages).Draw(t, "age"), keys: rapid.SliceOfN(rapid.IntRange(1, people), 1, 15).Draw(t, "keys")})
	}
	return all
}

// check plays requests and fails if any prefix cost more than twice the optimum, or left anybody too old.
func check(t interface {
	Fatalf(string, ...any)
	Helper()
}, p plan.Prices, requests []request, gifts ...time.Duration) *plan.Window[int] {
	t.Helper()
	return online(p, requests, func(i int, w *plan.Window[int], got plan.Plan[int]) {
		best := offline(p, requests[:i+1], gifts...)
		if w.Spent() > 2*best {
			t.Fatalf("%d spent where %d would have done, after %d of %v", w.Spent(), best, i+1, requests)
		}
		if w.Optimum() != best {
			t.Fatalf("the books call %d the optimum, and it is %d, after %d of %v", w.Optimum(), best, i+1, requests)
		}
	}, gifts...)
}

// TestI4AnySequence: at every prefix of any sequence the planner has spent at most twice what an all-knowing one would
// have, and knows it.
func TestI4AnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := sequence(t)
		p := plan.Prices{One: rapid.SampledFrom([]int{2, 1, 3}).Draw(t, "one"), All: rapid.SampledFrom([]int{20, 7, 2, 50}).Draw(t, "all")}
		var gifts []time.Duration
		if rapid.Bool().Draw(t, "refreshed") {
			for at := 15 * time.Minute; at < 24*time.Hour; at += 15 * time.Minute {
				gifts = append(gifts, at)
			}
		}
		check(t, p, requests, gifts...)
	})
}
