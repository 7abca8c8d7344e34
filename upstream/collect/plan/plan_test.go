package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/collect/plan"
)

func asks(at, age time.Duration, keys ...int) request { return request{at: at, age: age, keys: keys} }

func upTo(n int) (keys []int) {
	for i := range n {
		keys = append(keys, i)
	}
	return keys
}

// TestPlans is the decision in a table: what the last of a few requests is answered, and why.
func TestPlans(t *testing.T) {
	const min = time.Minute
	list := func(because plan.Reason) plan.Plan[int] {
		return plan.Plan[int]{Way: plan.List, Tokens: 20, Because: because}
	}
	singles := func(because plan.Reason, keys ...int) plan.Plan[int] {
		return plan.Plan[int]{Way: plan.Singles, Keys: keys, Tokens: 2 * len(keys), Because: because}
	}
	for name, c := range map[string]struct {
		prices   plan.Prices
		requests []request
		gifts    []time.Duration
		want     plan.Plan[int]
	}{
		"one":                       {requests: []request{asks(0, min, 1)}, want: singles(plan.Few, 1)},
		"named twice":               {requests: []request{asks(0, min, 1, 2, 1)}, want: singles(plan.Few, 1, 2)},
		"held":                      {requests: []request{asks(0, min, 1), asks(min, min, 1)}},
		"held for some":             {requests: []request{asks(0, min, 1), asks(min, min, 1, 2)}, want: singles(plan.Few, 2)},
		"too old by a moment":       {requests: []request{asks(0, min, 1), asks(min+1, min, 1)}, want: singles(plan.Few, 1)},
		"a stricter caller":         {requests: []request{asks(0, min, 1), asks(min, min/2, 1)}, want: singles(plan.Few, 1)},
		"nine":                      {requests: []request{asks(0, min, upTo(9)...)}, want: singles(plan.Few, upTo(9)...)},
		"ten":                       {requests: []request{asks(0, min, upTo(10)...)}, want: list(plan.Batch)},
		"nine and three":            {requests: []request{asks(0, min, upTo(9)...), asks(1, min, 20, 21, 22)}, want: list(plan.BreakEven)},
		"after the list":            {requests: []request{asks(0, min, upTo(10)...), asks(1, min, 77)}},
		"nine, and long after nine": {requests: []request{asks(0, min, upTo(9)...), asks(time.Hour, min, 20, 21, 22, 23, 24, 25, 26, 27, 28)}, want: singles(plan.Quiet, 20, 21, 22, 23, 24, 25, 26, 27, 28)},
		"a given list":              {requests: []request{asks(0, min, upTo(9)...), asks(2, min, 20, 21, 22)}, gifts: []time.Duration{1}},
		"and long after it":         {requests: []request{asks(0, min, upTo(9)...), asks(2*min, min, 20, 21)}, gifts: []time.Duration{1}, want: singles(plan.Few, 20, 21)},
		"no singles":                {prices: plan.Prices{All: 7}, requests: []request{asks(0, min, 1)}, want: plan.Plan[int]{Way: plan.List, Tokens: 7, Because: plan.Only}},
		"no singles, held":          {prices: plan.Prices{All: 7}, requests: []request{asks(0, min, 1), asks(min, min, 2)}},
		"a small source":            {prices: plan.Prices{One: 1, All: 2}, requests: []request{asks(0, min, 1, 2)}, want: plan.Plan[int]{Way: plan.List, Tokens: 2, Because: plan.Batch}},
	} {
		if c.prices == (plan.Prices{}) {
			c.prices = users
		}
		if c.want.Way == plan.List {
			c.want.Keys = c.requests[len(c.requests)-1].keys
		}
		var got plan.Plan[int]
		online(c.prices, c.requests, func(_ int, _ *plan.Window[int], p plan.Plan[int]) { got = p }, c.gifts...)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s (%s)", name, d, got.Because)
		}
	}
}

// TestBusyWindowsBuyTheListAtOnce, once the books allow to trust the forecast; quiet ones never buy it.
func TestBusyWindowsBuyTheListAtOnce(t *testing.T) {
	play := func(n int) (last []plan.Plan[int]) {
		var requests []request
		for i := range 12 {
			requests = append(requests, crowd(time.Duration(i)*(contract+time.Minute), 0, n)...)
		}
		online(users, requests, func(i int, _ *plan.Window[int], p plan.Plan[int]) {
			if i >= len(requests)-n && p.Way != plan.Nothing {
				last = append(last, p)
			}
		})
		return last
	}
	if busy := play(60); len(busy) != 1 || busy[0].Way != plan.List || busy[0].Because != plan.Forecast {
		t.Errorf("busy: %+v", busy)
	}
	quiet := play(4)
	if len(quiet) != 4 || slices.ContainsFunc(quiet, func(p plan.Plan[int]) bool { return p.Way != plan.Singles || p.Because != plan.Quiet }) {
		t.Errorf("quiet: %+v", quiet)
	}
}

// TestACloneForetells what the books will answer, and leaves them as they are.
func TestACloneForetells(t *testing.T) {
	w := plan.NewWindow[int](users)
	for i, r := range day(3, contract, true)[:800] {
		at, demands := midnight.Add(r.at), r.demands(func(int) time.Time { return time.Time{} })
		spent, best := w.Spent(), w.Optimum()
		foreseen := w.Clone().Ask(at, demands)
		if w.Spent() != spent || w.Optimum() != best {
			t.Fatal("what was tried on a copy was entered in the books")
		}
		if d := cmp.Diff(foreseen, w.Ask(at, demands)); d != "" {
			t.Fatalf("request %d: %s", i, d)
		}
	}
}

func TestAFailedReadingIsAskedForAgain(t *testing.T) {
	w := plan.NewWindow[int](users)
	demand := func(keys ...int) plan.Plan[int] {
		return w.Ask(midnight, asks(0, time.Minute, keys...).demands(func(int) time.Time { return time.Time{} }))
	}
	demand(1, 2)
	w.Failed(midnight, 1)
	w.Failed(midnight.Add(-time.Second), 2) // an earlier reading of it
	if got := demand(1, 2); !slices.Equal(got.Keys, []int{1}) {
		t.Errorf("%+v", got)
	}
	demand(upTo(30)...)
	w.Failed(midnight)
	if got := demand(77); got.Way == plan.Nothing {
		t.Errorf("%+v after a list that failed", got)
	}
}

// TestEveryReasonAndWayHasWords that a log and an explanation can show.
func TestEveryReasonAndWayHasWords(t *testing.T) {
	seen := map[string]bool{}
	for r := plan.Held; r <= plan.Quiet; r++ {
		seen[r.String()] = true
	}
	for w := plan.Nothing; w <= plan.List; w++ {
		seen[w.String()] = true
	}
	if len(seen) != 10 || seen[""] {
		t.Errorf("%v", seen)
	}
}
