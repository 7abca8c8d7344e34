package budgettest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// seller is a vendor that says after each request what is left. It counts the requests that are under way in any
// order, and answers them in any other.
type seller struct {
	t      *rapid.T
	clock  *Clock
	store  budget.Store
	limits budget.Limits
	faulty bool
	// probing: the ledger knows nothing, or has not heard for so long that it tries.
	probing bool

	left   int // in truth
	lowest int // of all figures that were told
	flying []sale
}

type sale struct {
	r       budget.Reservation
	counted bool
	figure  int
}

// sellers says: nothing is admitted that the vendor may not have, whatever it still has to count. A faithful vendor
// gives every figure, and then nothing is withheld but for a moment, and nothing at all once all is settled. A faulty one loses
// answers and figures, and refills at any moment.
func sellers(t *testing.T, newStore func(budget.Clock) budget.Store) {
	for name, faulty := range map[string]bool{"faithful": false, "faulty": true} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			clock := &Clock{}
			w := &seller{t: t, clock: clock, store: newStore(clock), faulty: faulty,
				limits: budget.Limits{Account: "a", Tokens: 1000, RefreshTokens: 1000, Credential: "c"}}
			w.left = rapid.IntRange(1, 400).Draw(t, "left")
			w.hears()
			for range rapid.IntRange(1, 150).Draw(t, "steps") {
				w.step()
			}
			for len(w.flying) > 0 {
				w.end(rapid.IntRange(0, len(w.flying)-1).Draw(t, "last"))
			}
			if !faulty {
				w.drain()
			}
			w.left = max(w.left-rapid.IntRange(0, 50).Draw(t, "others"), 0)
			w.hears()
		}))
	}
}

// hears makes one request while no other is under way: what the vendor says of it is the whole truth.
func (w *seller) hears() {
	r, err := w.store.Read(w.t.Context(), w.limits)
	if err != nil {
		w.t.Fatalf("Read: %v", err)
	}
	if w.left == 0 || r.Spent == w.limits.Tokens {
		return
	}
	w.probing = true
	ask := budget.Ask{Class: budget.Mutation, Tokens: 1}
	if !w.try(ask) {
		w.clock.Advance(31 * time.Minute) // an old figure outlived a refill; it is tried now and then
		if !w.try(ask) {
			w.t.Fatalf("%d are left, and no request may find that out", w.left)
		}
	}
	w.count(0)
	w.answer(0, true)
	r, err = w.store.Read(w.t.Context(), w.limits)
	if err != nil || r.Remaining != min(w.left, w.limits.Tokens-r.Spent) || r.Reserved != 0 {
		w.t.Fatalf("%+v, %v, with %d left", r, err, w.left)
	}
	w.lowest, w.probing = w.left, false
}

func (w *seller) step() {
	n := len(w.flying)
	pick := func() int { return rapid.IntRange(0, n-1).Draw(w.t, "which") }
	switch do := rapid.SampledFrom([]string{"ask", "ask", "ask", "count", "count", "end", "end", "pass", "refill"}).Draw(w.t, "do"); {
	case do == "ask":
		w.try(budget.Ask{
			Class:     budget.Class(rapid.IntRange(0, 2).Draw(w.t, "class")),
			Tokens:    rapid.SampledFrom([]int{1, 2, 10, 20, 40}).Draw(w.t, "tokens"),
			Essential: rapid.Bool().Draw(w.t, "essential"),
		})
	case do == "count" && n > 0:
		w.count(pick())
	case do == "end" && n > 0:
		w.end(pick())
	case do == "pass":
		w.clock.Advance(time.Duration(rapid.IntRange(1, 5000).Draw(w.t, "ms")) * time.Millisecond)
	case do == "refill" && w.faulty && rapid.IntRange(0, 3).Draw(w.t, "seldom") == 0:
		w.left += rapid.IntRange(1, 400).Draw(w.t, "refill")
	}
}

// try asks, and judges the answer by what the vendor has in truth and by what it has told.
func (w *seller) try(ask budget.Ask) bool {
	d, r, err := w.store.Reserve(w.t.Context(), w.limits, ask)
	if err != nil {
		w.t.Fatalf("Reserve: %v", err)
	}
	least := 50
	switch {
	case ask.Class == budget.Mutation:
		least = 0
	case ask.Class == budget.Refresh && !ask.Essential:
		least = 200
	}
	if d.Allowed {
		due := ask.Tokens
		for _, f := range w.flying {
			if !f.counted {
				due += f.r.Tokens
			}
		}
		if w.left-due < least && !w.probing {
			w.t.Fatalf("%+v went through, with %d to count of %d left and %d to keep", ask, due, w.left, least)
		}
		w.flying = append(w.flying, sale{r: r})
		return true
	}
	if w.faulty {
		return false
	}
	if brief := w.lowest-least >= ask.Tokens; d.Because.Brief() != brief || (d.RetryIn <= time.Second) != brief || d.RetryIn <= 0 {
		w.t.Fatalf("%+v: %+v, with %d told, %d to keep and %d under way", ask, d, w.lowest, least, len(w.flying))
	}
	if d.Because.Brief() && len(w.flying) == 0 {
		w.t.Fatalf("%+v shall wait for an answer, and none will come", ask)
	}
	return false
}

func (w *seller) count(i int) {
	if f := &w.flying[i]; !f.counted {
		if w.left -= f.r.Tokens; w.left < 0 {
			w.t.Fatalf("the vendor must refuse %+v: %d are missing", f.r, -w.left)
		}
		f.counted, f.figure = true, w.left
	}
}

// end answers a request. The faulty vendor may have failed to count it, or to say what is left.
func (w *seller) end(i int) {
	if !w.faulty || rapid.IntRange(0, 4).Draw(w.t, "lost") > 0 {
		w.count(i)
	}
	w.answer(i, !w.faulty || rapid.IntRange(0, 2).Draw(w.t, "silent") > 0)
}

func (w *seller) answer(i int, told bool) {
	f := w.flying[i]
	w.flying = append(w.flying[:i], w.flying[i+1:]...)
	o := budget.Outcome{Sent: true, Answered: f.counted}
	if f.counted && told {
		o.Seen = budget.Observation{Remaining: &f.figure, Limit: new(1000)}
		w.lowest = min(w.lowest, f.figure)
	} else if !f.counted {
		o.Sent = rapid.Bool().Draw(w.t, "left us")
	}
	if err := w.store.Settle(w.t.Context(), w.limits, f.r, o); err != nil {
		w.t.Fatalf("Settle: %v", err)
	}
}

// drain spends what each class may. All is settled, so nothing may be locked away.
func (w *seller) drain() {
	for class, least := range []int{200, 50, 0} {
		for w.try(budget.Ask{Class: budget.Class(class), Tokens: 1}) {
			w.count(0)
			w.answer(0, true)
		}
		if w.left > least {
			w.t.Fatalf("class %d stopped with %d left, it may go down to %d", class, w.left, least)
		}
	}
}
