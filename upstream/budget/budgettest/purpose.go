package budgettest

import (
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// by is an ask of a client with an allowance of 100.
func by(client string, class budget.Class, tokens int) budget.Ask {
	return budget.Ask{Class: class, Tokens: tokens, By: budget.Attribution{Client: client}, Allowance: 100}
}

func (b *bench) asks(a budget.Ask, tokens int, because budget.Reason) (budget.Decision, budget.Reservation) {
	b.Helper()
	a.Tokens = tokens
	d, r := b.ask(a)
	if d.Because != because || d.Allowed != (because == budget.Admitted) {
		b.Fatalf("%+v: %+v, want %s", a, d, because)
	}
	return d, r
}

func allowance(b *bench) {
	read := by("frontend", budget.Interactive, 0)
	d, open := b.asks(read, 60, budget.Admitted)
	if d.Remaining != 40 {
		b.Errorf("%d remain, want the client's 40", d.Remaining)
	}
	// What is reserved counts, of every class.
	b.asks(by("frontend", budget.Mutation, 0), 41, budget.AllowanceSpent)
	b.settle(open, budget.Outcome{}) // never sent: given back
	_, open = b.asks(read, 100, budget.Admitted)
	b.settle(open, good(nil))
	d, _ = b.asks(read, 1, budget.AllowanceSpent)
	if d.Remaining != 0 || d.RetryIn < 24*time.Hour || d.RetryIn > 24*time.Hour+5*time.Minute || d.Because.Brief() {
		b.Errorf("%+v, want a day", d)
	}
	if d, err := b.store.Peek(b.Context(), b.limits, by("frontend", budget.Interactive, 1), 0); err != nil || d.Because != budget.AllowanceSpent {
		b.Errorf("Peek: %+v, %v", d, err)
	}
	// Others are not concerned, nor is the account.
	_, r := b.asks(by("batch", budget.Interactive, 0), 100, budget.Admitted)
	b.settle(r, good(nil))
	b.spend(budget.Interactive, 100)
	if got := b.read(); got.Spent != 300 || got.State != budget.Healthy {
		b.Errorf("%+v", got)
	}
	// What was spent without an allowance counts for one who is given one.
	a := budget.Ask{Class: budget.Interactive, By: budget.Attribution{Client: "late"}}
	_, r = b.asks(a, 70, budget.Admitted)
	b.settle(r, good(nil))
	a.Allowance = 80
	b.asks(a, 11, budget.AllowanceSpent)
	b.asks(a, 10, budget.Admitted)
}

// allowanceRolls: the refusal says when, and then it is so.
func allowanceRolls(b *bench) {
	a := by("frontend", budget.Interactive, 0)
	for range 4 {
		_, r := b.asks(a, 25, budget.Admitted)
		b.settle(r, good(nil))
		b.clock.Advance(3 * time.Hour)
	}
	d, _ := b.asks(a, 30, budget.AllowanceSpent)
	b.clock.Advance(d.RetryIn - time.Nanosecond)
	b.asks(a, 30, budget.AllowanceSpent)
	b.clock.Advance(time.Nanosecond)
	b.asks(a, 30, budget.Admitted)
}

func allowanceDay(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	a := by("frontend", budget.Interactive, 0)
	_, r := b.asks(a, 100, budget.Admitted)
	b.settle(r, good(nil))
	d, _ := b.asks(a, 1, budget.AllowanceSpent)
	if want := 11*time.Hour + time.Minute; d.RetryIn != want {
		b.Errorf("retry in %s, want %s", d.RetryIn, want)
	}
	b.clock.Advance(d.RetryIn)
	b.asks(a, 100, budget.Admitted)
}

func allowanceCounted(b *bench) {
	b.limits.Tokens, b.limits.Window = 0, 5*time.Minute
	a := by("frontend", budget.Interactive, 0)
	if d, _ := b.asks(a, 100, budget.Admitted); d.Remaining != 0 {
		b.Errorf("%+v", d)
	}
	b.asks(a, 1, budget.AllowanceSpent)
	if d, _ := b.ask(budget.Ask{Tokens: 1}); d.Remaining != budget.Unlimited || !d.Allowed {
		b.Errorf("one without an allowance: %+v", d)
	}
}

func attributed(b *bench) {
	b.limits.Burst = 0
	frontend := budget.Attribution{Client: "frontend", Operation: "Team", Field: "PipedriveUser.permissions"}
	for _, a := range []budget.Ask{
		{Class: budget.Interactive, Tokens: 10, By: frontend},
		{Class: budget.Interactive, Tokens: 10, By: frontend},
		{Class: budget.Mutation, Tokens: 30, By: budget.Attribution{Client: "admin"}},
		{Class: budget.Refresh, Tokens: 5},
		{Class: budget.Mutation, Tokens: 7, By: frontend},
	} {
		_, r := b.ask(a)
		b.settle(r, good(nil))
		_, r = b.ask(a)
		b.settle(r, budget.Outcome{}) // given back: no call
		b.ask(a)                      // open: not settled
	}
	want := []budget.Spending{
		{By: budget.Attribution{Client: "admin"}, Class: budget.Mutation, Calls: 1, Tokens: 30},
		{By: frontend, Class: budget.Interactive, Calls: 2, Tokens: 20},
		{By: frontend, Class: budget.Mutation, Calls: 1, Tokens: 7},
		{Class: budget.Refresh, Calls: 1, Tokens: 5},
	}
	if got := b.spent(); fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("spent %+v\nwant  %+v", got, want)
	}
	b.clock.Advance(26 * time.Hour)
	if got := b.spent(); len(got) != 0 {
		b.Errorf("after the window: %+v", got)
	}
}

// manyPurposes: callers name their operations as they like, and the store must not drown in them.
func manyPurposes(b *bench) {
	b.limits.Tokens, b.limits.Burst = 0, 0
	const n = 1500
	for i := range n {
		_, r := b.ask(budget.Ask{Class: budget.Interactive, Tokens: 1 + i%3,
			By: budget.Attribution{Client: "c", Operation: fmt.Sprint("op", i)}})
		b.settle(r, good(nil))
		if i%400 == 0 {
			b.clock.Advance(2 * time.Hour)
		}
	}
	rows, calls, tokens, other := b.spent(), 0, 0, 0
	for i, s := range rows {
		calls, tokens = calls+s.Calls, tokens+s.Tokens
		if s.By == (budget.Attribution{Client: budget.Other, Operation: budget.Other, Field: budget.Other}) {
			other++
		}
		if i > 0 && s.Tokens > rows[i-1].Tokens {
			b.Fatalf("row %d has more tokens than the one before", i)
		}
	}
	if len(rows) > 1000 || len(rows) < 900 || calls != n || tokens != 2*n || other != 1 {
		b.Errorf("%d rows with %d calls and %d tokens, %d of them of the rest", len(rows), calls, tokens, other)
	}
}

func (b *bench) spent() []budget.Spending {
	b.Helper()
	rows, err := b.store.Spent(b.Context(), b.limits)
	if err != nil {
		b.Fatalf("Spent: %v", err)
	}
	return rows
}

// probeUntilKnown: who knows when the budget is refilled has nothing to find out before.
func probeUntilKnown(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	b.settle(b.reserve(budget.Interactive, 1), budget.Outcome{Sent: true, Limited: budget.ByBudget})
	for range 10 { // from 12:00
		b.clock.Advance(time.Hour)
		for _, class := range []budget.Class{budget.Refresh, budget.Interactive, budget.Mutation} {
			b.refused(class, 1, budget.VendorSpent)
		}
	}
	d := b.refused(budget.Interactive, 1, budget.VendorSpent)
	if d.RetryIn != time.Hour+time.Minute {
		b.Errorf("retry in %s, want the reset and its slack", d.RetryIn)
	}
	b.clock.Advance(d.RetryIn + time.Minute)
	b.reserve(budget.Interactive, 1)
}

// probeKeepsFloors: a probe tries the vendor's budget, and never what our own share keeps for a higher class.
func probeKeepsFloors(b *bench) {
	b.spend(budget.Interactive, 940)
	b.settle(b.reserve(budget.Mutation, 1), budget.Outcome{Sent: true, Limited: budget.ByBudget})
	b.clock.Advance(31 * time.Minute)
	b.refused(budget.Refresh, 1, budget.FloorReached)
	b.refused(budget.Interactive, 10, budget.FloorReached)
	b.refused(budget.Mutation, 60, budget.ShareSpent)
	b.reserve(budget.Interactive, 9)
	b.refused(budget.Mutation, 1, budget.VendorSpent)
}

// free: a token request costs nothing, and an act needs its answer when all is spent.
func free(b *bench) {
	b.spend(budget.Mutation, 1000)
	b.settle(b.reserve(budget.Refresh, 0), budget.Outcome{Sent: true, Limited: budget.ByBudget})
	b.reserve(budget.Refresh, 0)
}
