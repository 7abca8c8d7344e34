package shared

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// escrow is what was withdrawn in advance, to be spent while Redis is lost.
type escrow struct {
	// held is how many tokens are left, spent how many were ever spent; slots are by credential.
	held, spent int
	slots       map[string]int
	// lease is the elapsed time at which it ends.
	lease time.Duration
	// bursts counts the slots of escrow that are taken, and nothing else. Its windows outlive the loss of Redis, for
	// these slots are nobody else's.
	bursts *budget.Memory
	open   map[uint64]budget.Reservation
}

func newEscrow(clock budget.Clock) escrow {
	return escrow{slots: map[string]int{}, bursts: budget.NewMemory(clock), open: map[uint64]budget.Reservation{}}
}

func (e *escrow) fill(credential string, held, slots int, lease time.Duration) {
	e.held, e.slots[credential], e.lease = max(held, 0), slots, lease
}

// lapse empties the escrow when its lease is over.
func (e *escrow) lapse(now time.Duration) {
	if now >= e.lease {
		e.held = 0
		clear(e.slots)
	}
}

// burst is the part of l that the escrow's slots limit.
func (e *escrow) burst(l budget.Limits) budget.Limits {
	return budget.Limits{
		Account: l.Account, Window: l.Window, Credential: l.Credential, Burst: min(e.slots[l.Credential], l.Burst), BurstWindow: l.BurstWindow,
	}
}

// left is how many tokens the escrow can still pay of l.
func (a *account) left(l budget.Limits) int {
	left := a.escrow.held
	if l.Tokens == 0 {
		left = most
	}
	if a.last.room >= 0 {
		left = min(left, a.last.room)
	}
	return left
}

// decideAlone decides on an ask while Redis is lost. Refreshing can wait until it is back. Call it with a.mu held.
func (s *Store) decideAlone(a *account, l budget.Limits, ask budget.Ask, ahead int) budget.Decision {
	now := s.clock.Elapsed()
	a.escrow.lapse(now)
	left := a.left(l)
	d := budget.Decision{Remaining: left, ResetsAt: a.last.resetsAt, Because: budget.Recovering}
	stops := a.stops[l.Credential]
	switch {
	case stops.blocked > now:
		d.Because, d.RetryIn = budget.Blocked, stops.blocked-now
	case stops.paused > now:
		d.Because, d.RetryIn = budget.BurstPaused, stops.paused-now
	case now >= a.escrow.lease, ask.Tokens > 0 && (ask.Class == budget.Refresh || ask.Tokens > left), l.Burst > 0 && a.escrow.slots[l.Credential] == 0:
		if now-a.since < s.options.Patience {
			d.RetryIn = s.options.Beat
		}
	default:
		slots, err := a.escrow.bursts.Peek(context.Background(), a.escrow.burst(l), ask, ahead)
		if err == nil {
			d.Allowed, d.Because, d.RetryIn = slots.Allowed, slots.Because, slots.RetryIn
		}
	}
	return d
}

// reserveAlone reserves from the escrow.
func (s *Store) reserveAlone(a *account, l budget.Limits, ask budget.Ask) (budget.Decision, budget.Reservation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := s.decideAlone(a, l, ask, 0)
	if !d.Allowed {
		return d, budget.Reservation{}
	}
	again, held, err := a.escrow.bursts.Reserve(context.Background(), a.escrow.burst(l), ask)
	if err != nil || !again.Allowed { // time has passed since: never backwards, so it cannot be
		d.Allowed, d.Because, d.RetryIn = false, again.Because, again.RetryIn
		return d, budget.Reservation{}
	}
	a.granting(l, ask.Class, ask.Tokens, s.clock.Elapsed())
	a.escrow.spent += ask.Tokens
	a.escrow.held -= min(ask.Tokens, a.escrow.held)
	if a.last.room >= 0 {
		a.last.room -= ask.Tokens
	}
	d.Remaining = a.left(l)
	granted := budget.Reservation{ID: s.latest.Add(1), Ask: held.Ask}
	a.escrow.open[granted.ID] = held
	return d, granted
}

// settleAlone ends a reservation that was made from the escrow; false if it was not. What was never sent is not given
// back: it may have been reported as spent.
func (s *Store) settleAlone(a *account, l budget.Limits, r budget.Reservation, o budget.Outcome) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	held, ok := a.escrow.open[r.ID]
	if !ok {
		return false, nil
	}
	delete(a.escrow.open, r.ID)
	a.stop(l, o, s.clock.Elapsed())
	return true, a.escrow.bursts.Settle(context.Background(), a.escrow.burst(l), held, o)
}

// The least that a refusal of the vendor stops a credential, as the scripts have it.
const (
	burstPause = 2 * time.Second
	blockStop  = 15 * time.Minute
)

// stop heeds the vendor's refusal, whoever counts it.
func (a *account) stop(l budget.Limits, o budget.Outcome, now time.Duration) {
	s := a.stops[l.Credential]
	switch o.Limited {
	case budget.ByBurst:
		s.paused = max(s.paused, now+max(o.RetryAfter, burstPause))
	case budget.ByEdge:
		s.blocked = max(s.blocked, now+blockStop)
	case budget.ByBudget:
		a.last.room = 0
	}
	a.stops[l.Credential] = s
}
