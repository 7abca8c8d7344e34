package plan_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/collect/plan"
)

const contract = 10 * time.Minute

// crowd is n different people, from the given number on, a second apart.
func crowd(at time.Duration, from, n int) (all []request) {
	for i := range n {
		all = append(all, request{at: at + time.Duration(i)*time.Second, age: contract, keys: []int{from + i}})
	}
	return all
}

// adversaries are sequences that a planner could be fooled by.
var adversaries = map[string]func() []request{
	// A list for each is ten times too dear.
	"one in each window": func() (all []request) {
		for i := range 100 {
			all = append(all, crowd(time.Duration(i)*(contract+time.Second), 1, 1)...)
		}
		return all
	},
	// Whoever buys the list after the ninth single has bought it in vain.
	"just below the break-even": func() (all []request) {
		for i := range 100 {
			all = append(all, crowd(time.Duration(i)*(contract+time.Minute), 100*i, 9)...)
		}
		return all
	},
	"just at the break-even": func() (all []request) {
		for i := range 100 {
			all = append(all, crowd(time.Duration(i)*(contract+time.Minute), 100*i, 10)...)
		}
		return all
	},
	"bursts after silence": func() (all []request) {
		for i := range 20 {
			all = append(all, crowd(time.Duration(i)*3*time.Hour, 0, 200)...)
		}
		return all
	},
	"batches": func() (all []request) {
		for i := range 60 {
			r := request{at: time.Duration(i) * 7 * time.Minute, age: contract}
			for k := range i%14 + 1 {
				r.keys = append(r.keys, i*k)
			}
			all = append(all, r)
		}
		return all
	},
	// Busy until the forecast is sure, then one in each window: every list bought on its word is wasted.
	"a poisoned forecast": func() (all []request) {
		at := time.Duration(0)
		for range 10 {
			for range 4 {
				all = append(all, crowd(at, 0, 40)...)
				at += contract + time.Second
			}
			for range 8 {
				at += contract
				all = append(all, crowd(at, 500, 1)...)
			}
		}
		return all
	},
	// Quiet until the forecast is sure, then a crowd that does not end.
	"a lulled forecast": func() (all []request) {
		at := time.Duration(0)
		for range 10 {
			for range 12 {
				all = append(all, crowd(at, 0, 1)...)
				at += contract + time.Second
			}
			all = append(all, crowd(at, 0, 120)...)
			at += contract
		}
		return all
	},
	"any age": func() (all []request) {
		r := rand.New(rand.NewPCG(5, 5))
		at := time.Duration(0)
		for range 400 {
			at += time.Duration(r.ExpFloat64() * float64(time.Minute))
			all = append(all, request{at: at, age: time.Duration(r.IntN(1200)) * time.Second, keys: []int{r.IntN(60)}})
		}
		return all
	},
}

// TestI4Adversaries: no prefix of any of them costs more than twice its optimum.
func TestI4Adversaries(t *testing.T) {
	for name, sequence := range adversaries {
		requests := sequence()
		worst := 0.0
		w := online(users, requests, func(i int, w *plan.Window[int], _ plan.Plan[int]) {
			worst = max(worst, float64(w.Spent())/float64(w.Optimum()))
		})
		best := offline(users, requests)
		t.Logf("%s: %d tokens, and %d would have done: %.2f, at worst %.2f on the way", name, w.Spent(), best, float64(w.Spent())/float64(best), worst)
		if worst > 2 || w.Spent() > 2*best {
			t.Errorf("%s: %d tokens where %d would have done, and at worst %.2f times too many on the way", name, w.Spent(), best, worst)
		}
		if w.Optimum() > best {
			t.Errorf("%s: the books call %d the optimum, and it is %d", name, w.Optimum(), best)
		}
	}
}

// TestI4CruelAdversary decides each demand by what the planner did: it asks for somebody new as long as singles are bought, and
// falls silent until all is old whenever the list was.
func TestI4CruelAdversary(t *testing.T) {
	w := plan.NewWindow[int](users)
	at, next := midnight, 0
	var requests []request
	for range 500 {
		next++
		requests = append(requests, request{at: at.Sub(midnight), age: contract, keys: []int{next}})
		got := w.Ask(at, []plan.Demand[int]{{Key: next, Since: at.Add(-contract)}})
		if best := w.Optimum(); w.Spent() > 2*best {
			t.Fatalf("%d spent where %d would have done", w.Spent(), best)
		}
		at = at.Add(time.Second)
		if got.Way == plan.List {
			at = at.Add(contract)
		}
	}
	best := offline(users, requests)
	t.Logf("%d tokens, and %d would have done: %.2f", w.Spent(), best, float64(w.Spent())/float64(best))
	if w.Spent() > 2*best || w.Spent() < best {
		t.Errorf("%d tokens where %d would have done", w.Spent(), best)
	}
}
