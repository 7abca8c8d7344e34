package budgettest

import (
	"errors"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Run shows that an engine is a budget.Store. newStore makes an empty one that lives by the clock it is given.
func Run(t *testing.T, newStore func(budget.Clock) budget.Store) {
	t.Run("laws", func(t *testing.T) { laws(t, newStore) })
	t.Run("seller", func(t *testing.T) { sellers(t, newStore) })
	for name, check := range map[string]func(*bench){
		"settle once":                settleOnce,
		"refund is exact":            refund,
		"floors":                     floors,
		"refresh has its own cap":    refreshCap,
		"burst slot outlives flight": burstHeld,
		"burst 429 pauses":           burstPause,
		"pauses double":              pausesDouble,
		"edge block alarms":          edgeBlock,
		"budget 429 stops":           budgetStop,
		"vendor's word lowers":       vendorLowers,
		"late answers only lower":    lateAnswers,
		"overlapping answers":        overlaps,
		"in flight is a brief wait":  unsettled,
		"reset is learned":           resetLearned,
		"reset by a wrong wall":      resetByAWrongWall,
		"reset almost struck":        resetAlmostStruck,
		"late answer is no reset":    resetNotLearned,
		"reset in flight is unclear": resetInFlight,
		"answers under way no proof": stopHolds,
		"reset is unclear":           resetUnclear,
		"reset is configured":        resetConfigured,
		"a step frees nothing":       stepFreesNothing,
		"slack around the reset":     slackAroundReset,
		"others fill the burst":      othersBurst,
		"accounts are apart":         apart,
		"peek foresees the queue":    peek,
		"retry in is true":           retryIn,
		"allowance":                  allowance,
		"allowance rolls":            allowanceRolls,
		"allowance in a vendor day":  allowanceDay,
		"allowance without a share":  allowanceCounted,
		"spending is attributed":     attributed,
		"many purposes":              manyPurposes,
		"probe until reset is known": probeUntilKnown,
		"a probe keeps our floors":   probeKeepsFloors,
		"what is free is free":       free,
	} {
		t.Run(name, func(t *testing.T) {
			clock := &Clock{}
			check(&bench{TB: t, clock: clock, store: newStore(clock), limits: budget.Limits{
				Account: "acme", Tokens: 1000, RefreshTokens: 300, Credential: "token", Burst: 4,
			}})
		})
	}
}

// bench is a store under test and the shorthand to drive it.
type bench struct {
	testing.TB
	clock  *Clock
	store  budget.Store
	limits budget.Limits
}

func (b *bench) try(class budget.Class, tokens int) (budget.Decision, budget.Reservation) {
	b.Helper()
	return b.ask(budget.Ask{Class: class, Tokens: tokens})
}

func (b *bench) ask(a budget.Ask) (budget.Decision, budget.Reservation) {
	b.Helper()
	d, r, err := b.store.Reserve(b.Context(), b.limits, a)
	if err != nil {
		b.Fatalf("Reserve: %v", err)
	}
	return d, r
}

func (b *bench) reserve(class budget.Class, tokens int) budget.Reservation {
	b.Helper()
	d, r := b.try(class, tokens)
	if !d.Allowed {
		b.Fatalf("%d tokens of class %d were refused: %+v", tokens, class, d)
	}
	return r
}

func (b *bench) refused(class budget.Class, tokens int, because budget.Reason) budget.Decision {
	b.Helper()
	d, _ := b.try(class, tokens)
	if d.Allowed || d.Because != because {
		b.Fatalf("%d tokens of class %d: %+v, want a refusal because %s", tokens, class, d, because)
	}
	return d
}

func (b *bench) settle(r budget.Reservation, o budget.Outcome) {
	b.Helper()
	if err := b.store.Settle(b.Context(), b.limits, r, o); err != nil {
		b.Fatalf("Settle: %v", err)
	}
}

// spend makes a good request and waits until its slot is free again.
func (b *bench) spend(class budget.Class, tokens int) {
	b.Helper()
	b.settle(b.reserve(class, tokens), good(nil))
	b.clock.Advance(2 * time.Second)
}

func (b *bench) read() budget.Readout {
	b.Helper()
	r, err := b.store.Read(b.Context(), b.limits)
	if err != nil {
		b.Fatalf("Read: %v", err)
	}
	return r
}

// good is an outcome that says how many tokens remain; nil: it does not say.
func good(remaining *int) budget.Outcome {
	o := budget.Outcome{Sent: true, Answered: true}
	if remaining != nil {
		o.Seen = budget.Observation{Remaining: remaining, Limit: new(100_000)}
	}
	return o
}

func settleOnce(b *bench) {
	r := b.reserve(budget.Interactive, 10)
	b.settle(r, good(nil))
	if err := b.store.Settle(b.Context(), b.limits, r, budget.Outcome{}); !errors.Is(err, budget.ErrNotOpen) {
		b.Errorf("settling twice: %v", err)
	}
	if got := b.read(); got.Spent != 10 || got.Reserved != 0 {
		b.Errorf("after settling twice: %+v", got)
	}
}

func refund(b *bench) {
	kept, back := b.reserve(budget.Interactive, 10), b.reserve(budget.Interactive, 7)
	if got := b.read(); got.Reserved != 17 || got.Remaining != 983 {
		b.Errorf("unsettled: %+v", got)
	}
	b.settle(back, budget.Outcome{})
	b.settle(kept, budget.Outcome{Sent: true}) // a timeout: the vendor may have counted it
	if got := b.read(); got.Reserved != 0 || got.Spent != 10 || got.Remaining != 990 {
		b.Errorf("settled: %+v", got)
	}
}
