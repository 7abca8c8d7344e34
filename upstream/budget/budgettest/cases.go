package budgettest

import (
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

func floors(b *bench) {
	b.limits.RefreshTokens = 1000
	b.spend(budget.Interactive, 800)
	b.refused(budget.Refresh, 1, budget.FloorReached)
	d, _, err := b.store.Reserve(b.Context(), b.limits, budget.Ask{Class: budget.Refresh, Tokens: 20, Essential: true})
	if err != nil || !d.Allowed {
		b.Errorf("the plain list above the interactive floor: %+v, %v", d, err)
	}
	if got := b.read(); got.State != budget.Low {
		b.Errorf("below the refresh floor the state is %s", got.State)
	}
	b.spend(budget.Interactive, 130)
	b.refused(budget.Interactive, 1, budget.FloorReached)
	if got := b.read(); got.State != budget.Critical {
		b.Errorf("below the interactive floor the state is %s", got.State)
	}
	b.spend(budget.Mutation, 50)
	b.refused(budget.Mutation, 1, budget.ShareSpent)
	if got := b.read(); got.State != budget.Stopped || got.Because != budget.ShareSpent || got.Remaining != 0 {
		b.Errorf("with nothing left: %+v", got)
	}
}

func refreshCap(b *bench) {
	b.spend(budget.Refresh, 270)
	open := b.reserve(budget.Refresh, 30)
	if got := b.read(); got.Refresh != 300 {
		b.Errorf("%+v, want what is open in it", got)
	}
	b.settle(open, good(nil))
	b.refused(budget.Refresh, 1, budget.RefreshSpent)
	b.spend(budget.Interactive, 1)
	if got := b.read(); got.Refresh != 300 || got.Spent != 301 {
		b.Errorf("%+v, want 300 of it by refresh", got)
	}
	b.clock.Advance(25 * time.Hour)
	b.spend(budget.Refresh, 300)
}

func burstHeld(b *bench) {
	var flying []budget.Reservation
	for range 4 {
		flying = append(flying, b.reserve(budget.Interactive, 1))
	}
	b.clock.Advance(time.Hour)
	b.refused(budget.Interactive, 1, budget.BurstFull)
	b.settle(flying[0], budget.Outcome{}) // never sent: its slot is free at once
	r := b.reserve(budget.Interactive, 1)
	b.settle(flying[1], good(nil))
	b.clock.Advance(1999 * time.Millisecond)
	if d := b.refused(budget.Interactive, 1, budget.BurstFull); d.RetryIn != time.Millisecond {
		b.Errorf("retry in %s, want 1ms", d.RetryIn)
	}
	b.clock.Advance(time.Millisecond)
	b.reserve(budget.Interactive, 1)
	b.settle(r, good(nil))
}

func burstPause(b *bench) {
	b.settle(b.reserve(budget.Interactive, 1), budget.Outcome{Sent: true, Limited: budget.ByBurst})
	if d := b.refused(budget.Mutation, 1, budget.BurstPaused); d.RetryIn != 2*time.Second {
		b.Errorf("retry in %s, want the 2s that nobody asked for", d.RetryIn)
	}
	b.clock.Advance(2 * time.Second)
	b.settle(b.reserve(budget.Interactive, 1), budget.Outcome{Sent: true, Limited: budget.ByBurst, RetryAfter: 9 * time.Second})
	if d := b.refused(budget.Interactive, 1, budget.BurstPaused); d.RetryIn != 9*time.Second {
		b.Errorf("retry in %s, want the 9s that the vendor asked for", d.RetryIn)
	}
}

func pausesDouble(b *bench) {
	first, second := b.reserve(budget.Interactive, 1), b.reserve(budget.Interactive, 1)
	limited := budget.Outcome{Sent: true, Limited: budget.ByBurst}
	b.settle(first, limited)
	b.settle(second, limited) // in flight together: no new strike
	for want := 2 * time.Second; want < time.Minute; want *= 2 {
		if d := b.refused(budget.Interactive, 1, budget.BurstPaused); d.RetryIn != want {
			b.Fatalf("retry in %s, want %s", d.RetryIn, want)
		}
		b.clock.Advance(want)
		b.settle(b.reserve(budget.Interactive, 1), limited)
	}
	b.clock.Advance(time.Hour)
	b.spend(budget.Interactive, 1)
	b.settle(b.reserve(budget.Interactive, 1), limited)
	if d := b.refused(budget.Interactive, 1, budget.BurstPaused); d.RetryIn != 2*time.Second {
		b.Errorf("after a good answer: retry in %s, want 2s", d.RetryIn)
	}
}

func edgeBlock(b *bench) {
	b.settle(b.reserve(budget.Interactive, 1), budget.Outcome{Sent: true, Limited: budget.ByEdge})
	b.clock.Advance(14 * time.Minute)
	b.refused(budget.Mutation, 1, budget.Blocked)
	if got := b.read(); !got.Alarm || got.State != budget.Stopped || got.RetryIn != time.Minute {
		b.Errorf("blocked: %+v", got)
	}
	b.clock.Advance(time.Minute)
	b.reserve(budget.Mutation, 1)
	if got := b.read(); got.Alarm {
		b.Errorf("the alarm outlives the block: %+v", got)
	}
}

func budgetStop(b *bench) {
	b.settle(b.reserve(budget.Interactive, 1), budget.Outcome{Sent: true, Limited: budget.ByBudget})
	b.clock.Advance(29 * time.Minute)
	b.refused(budget.Mutation, 1, budget.VendorSpent)
	if got := b.read(); got.State != budget.Stopped || got.Because != budget.VendorSpent {
		b.Errorf("stopped: %+v", got)
	}
	b.clock.Advance(time.Minute)
	probe := b.reserve(budget.Interactive, 1)
	b.refused(budget.Interactive, 1, budget.VendorSpent) // one probe at a time
	b.settle(probe, good(nil))
	b.reserve(budget.Interactive, 1)
}

func vendorLowers(b *bench) {
	b.settle(b.reserve(budget.Interactive, 2), good(new(100)))
	b.clock.Advance(2 * time.Second)
	if got := b.read(); got.Remaining != 100 {
		b.Errorf("remaining %d, want the vendor's 100", got.Remaining)
	}
	b.refused(budget.Interactive, 51, budget.FloorReached)
	b.spend(budget.Interactive, 40)
	if got := b.read(); got.Remaining != 60 {
		b.Errorf("remaining %d, want 60", got.Remaining)
	}
	b.settle(b.reserve(budget.Interactive, 2), good(new(90_000)))
	if got := b.read(); got.Remaining != 1000-44 {
		b.Errorf("remaining %d: the vendor's plenty does not raise our share", got.Remaining)
	}
}

func lateAnswers(b *bench) {
	early, late := b.reserve(budget.Interactive, 10), b.reserve(budget.Interactive, 10)
	b.settle(late, good(new(300)))
	if got := b.read(); got.Remaining != 290 {
		b.Errorf("remaining %d: an open request may not be in the vendor's figure", got.Remaining)
	}
	b.settle(early, good(new(500)))
	if got := b.read(); got.Remaining > 300 {
		b.Errorf("remaining %d: an older answer has raised it", got.Remaining)
	}
}

func resetLearned(b *bench) {
	b.clock.Advance(9*time.Hour + 40*time.Minute) // 21:40
	b.settle(b.reserve(budget.Interactive, 900), good(new(5_000)))
	if got := b.read(); !got.ResetsAt.IsZero() {
		b.Errorf("the reset is not known yet: %+v", got)
	}
	b.clock.Advance(50 * time.Minute) // 22:30
	b.settle(b.reserve(budget.Mutation, 1), good(new(99_990)))
	b.clock.Advance(2 * time.Second)
	want := epoch.Add(34*time.Hour + time.Minute) // 22:00 tomorrow, and the slack
	if got := b.read(); !got.ResetsAt.Equal(want) || got.Spent != 1 {
		b.Errorf("%+v, want a new day that ends at %s", got, want)
	}
}

// resetUnclear: more than one hour has struck since the vendor was last heard, so nobody knows which it was.
func resetUnclear(b *bench) {
	b.settle(b.reserve(budget.Interactive, 900), good(new(5_000)))
	b.clock.Advance(3 * time.Hour)
	b.settle(b.reserve(budget.Mutation, 1), good(new(99_990)))
	if got := b.read(); !got.ResetsAt.IsZero() || got.Spent != 901 {
		b.Errorf("%+v, want a window that rolls", got)
	}
}

// resetByAWrongWall: the vendor refills its budget while the machine's clock is wrong, which says nothing of when that is.
func resetByAWrongWall(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	b.spend(budget.Mutation, 1)
	b.clock.Step(-85 * time.Minute)
	b.clock.Advance(10*time.Hour + 50*time.Minute) // 22:50, and 21:25 on the wall
	b.settle(b.reserve(budget.Mutation, 1), good(new(5_000)))
	b.clock.Advance(40 * time.Minute) // 23:30, and 22:05
	b.settle(b.reserve(budget.Mutation, 1), good(new(99_990)))
	b.clock.Step(0)
	b.spend(budget.Mutation, 1)
	b.clock.Advance(25 * time.Hour)
	b.spend(budget.Mutation, 1)
	if got, want := b.read(), epoch.Add(59*time.Hour+time.Minute); !got.ResetsAt.Equal(want) {
		b.Errorf("%+v, want a day that ends at %s", got, want)
	}
}

// resetAlmostStruck: the vendor's clock may be ahead of ours by the slack, so its hour may have been the one that is about to strike.
func resetAlmostStruck(b *bench) {
	b.clock.Advance(9*time.Hour + 58*time.Minute) // 21:58
	b.settle(b.reserve(budget.Interactive, 900), good(new(5_000)))
	b.clock.Advance(time.Hour + 110*time.Second) // 22:59:50
	b.settle(b.reserve(budget.Mutation, 1), good(new(99_990)))
	if got := b.read(); !got.ResetsAt.IsZero() || got.Spent != 901 {
		b.Errorf("%+v, want a window that rolls", got)
	}
}

func resetConfigured(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	b.spend(budget.Mutation, 1000)
	d := b.refused(budget.Mutation, 1, budget.ShareSpent)
	if want := 11*time.Hour + time.Minute - 2*time.Second; d.RetryIn != want {
		b.Errorf("retry in %s, want %s", d.RetryIn, want)
	}
	b.clock.Advance(d.RetryIn)
	b.spend(budget.Mutation, 1000)
}

// stepFreesNothing: the reset is at 23:00, and somebody sets the machine's clock.
func stepFreesNothing(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	b.spend(budget.Mutation, 1000)
	for _, wrong := range []time.Duration{12 * time.Hour, 0, -12 * time.Hour, 40 * time.Hour, 0} {
		b.clock.Step(wrong)
		b.clock.Advance(time.Minute)
		b.refused(budget.Mutation, 1, budget.ShareSpent)
	}
	b.clock.Advance(12 * time.Hour) // past the reset, but the wall has lost its credit: the window rolls
	b.refused(budget.Mutation, 1, budget.ShareSpent)
	b.clock.Advance(12 * time.Hour)
	b.spend(budget.Mutation, 1000)
	b.clock.Advance(12 * time.Hour) // a day has gone by: the vendor's day counts again
	b.spend(budget.Mutation, 1000)
}

// slackAroundReset: what is spent within a minute of the reset counts in both days, for the vendor's
// clock is not ours.
func slackAroundReset(b *bench) {
	b.limits.Reset = new(23 * time.Hour)
	b.spend(budget.Mutation, 600)
	b.clock.Advance(11*time.Hour - 40*time.Second)
	b.spend(budget.Mutation, 400)
	b.clock.Advance(time.Minute) // 23:00:22
	b.refused(budget.Mutation, 1, budget.ShareSpent)
	b.clock.Advance(time.Minute)
	b.refused(budget.Mutation, 601, budget.ShareSpent)
	b.spend(budget.Mutation, 600)
}

// peek: four slots, one free; each later one in line waits for one more.
func peek(b *bench) {
	b.settle(b.reserve(budget.Interactive, 1), good(nil))
	b.clock.Advance(500 * time.Millisecond)
	b.settle(b.reserve(budget.Interactive, 1), good(nil))
	b.reserve(budget.Interactive, 1)
	for ahead, want := range []time.Duration{0, 1500, 2000, 2000, 2000, 3500, 4000, 4000, 4000, 5500} {
		d, err := b.store.Peek(b.Context(), b.limits, budget.Ask{Class: budget.Interactive, Tokens: 1}, ahead)
		if err != nil || d.RetryIn != want*time.Millisecond || d.Allowed != (want == 0) {
			b.Errorf("behind %d: %+v, %v, want %dms", ahead, d, err, want)
		}
	}
}

func othersBurst(b *bench) {
	o := good(nil)
	o.Seen = budget.Observation{BurstRemaining: new(1), BurstLimit: new(80), BurstReset: time.Second}
	b.settle(b.reserve(budget.Interactive, 1), o)
	b.reserve(budget.Interactive, 1)
	if d := b.refused(budget.Interactive, 1, budget.BurstFull); d.RetryIn != time.Second {
		b.Errorf("retry in %s, want the vendor's second", d.RetryIn)
	}
	b.clock.Advance(3 * time.Second)
	o.Seen = budget.Observation{BurstLimit: new(2)}
	b.settle(b.reserve(budget.Interactive, 1), o) // one is in flight still
	b.refused(budget.Interactive, 1, budget.BurstFull)
}

func apart(b *bench) {
	b.spend(budget.Mutation, 1000)
	other := b.limits
	other.Account = "umbrella"
	b.limits, other = other, b.limits
	b.spend(budget.Mutation, 1000)
	b.limits = other
	b.refused(budget.Mutation, 1, budget.ShareSpent)
}

// retryIn: a refusal says when, and then it is so.
func retryIn(b *bench) {
	for i := range 10 {
		b.spend(budget.Mutation, 100)
		b.clock.Advance(time.Duration(i) * time.Hour / 3)
	}
	d := b.refused(budget.Mutation, 250, budget.ShareSpent)
	b.clock.Advance(d.RetryIn - time.Nanosecond)
	b.refused(budget.Mutation, 250, budget.ShareSpent)
	b.clock.Advance(time.Nanosecond)
	b.reserve(budget.Mutation, 250)
}
