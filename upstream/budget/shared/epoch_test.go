package shared_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
)

// TestNothingIsGrantedUntilAllHaveReported: the refusal says when, and then it is so.
func TestNothingIsGrantedUntilAllHaveReported(t *testing.T) {
	s := newScene(t, 2, plain)
	a, b := s.replicas[0], s.replicas[1]
	s.spend(a, 10)
	s.restart()
	for _, r := range []*shared.Store{a, b} {
		d, _ := s.try(r, 1)
		if d.Allowed || d.Because != budget.Recovering || d.RetryIn != grace || !d.Because.Brief() {
			t.Errorf("%+v, want a wait of %s", d, grace)
		}
		if d, err := r.Peek(t.Context(), s.limits, budget.Ask{Tokens: 1}, 0); err != nil || d.Because != budget.Recovering {
			t.Errorf("Peek: %+v, %v", d, err)
		}
	}
	s.clock.Advance(grace - 1)
	if d, _ := s.try(a, 1); d.Because != budget.Recovering || d.RetryIn != 1 {
		t.Errorf("%+v, want a wait of 1ns", d)
	}
	s.clock.Advance(1)
	s.reserve(a, 1)
}

// TestTheLivingTellWhatTheDeadSpent, in whatever order they report, and nothing counts twice.
func TestTheLivingTellWhatTheDeadSpent(t *testing.T) {
	for name, order := range map[string][]int{"who saw all first": {0, 1}, "who saw all last": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, 3, plain)
			all, early, dead := s.replicas[0], s.replicas[1], s.replicas[2]
			s.spend(early, 50)
			open := s.reserve(early, 20)
			s.spend(dead, 70)
			s.spend(all, 100) // the last answer: it told of 240
			s.restart()
			for _, i := range order {
				s.beat(s.replicas[i])
			}
			s.holds(all, 220, 20)
			s.beat(all, early, all)
			s.clock.Advance(grace)
			s.holds(early, 220, 20)
			s.settle(early, open, false) // never sent: given back, though this server never granted it
			s.holds(all, 220, 0)
			if d, _ := s.try(all, 781); d.Because != budget.ShareSpent || d.RetryIn < 23*time.Hour {
				t.Errorf("%+v, want the day to pass", d)
			}
			s.reserve(all, 780)
		})
	}
}

// TestALateReporterIsHeard: it was cut off while the others recovered, and cannot spend before it has told.
func TestALateReporterIsHeard(t *testing.T) {
	s := newScene(t, 2, plain)
	seen, late := s.replicas[0], s.replicas[1]
	s.spend(late, 300)
	s.spend(seen, 1)
	open := s.reserve(late, 200) // after the other's last look
	s.restart()
	s.beat(seen)
	s.clock.Advance(time.Minute)
	s.holds(seen, 301, 0)
	if d, _ := s.try(late, 500); d.Because != budget.ShareSpent {
		t.Errorf("%+v: it was granted before it was heard", d)
	}
	s.holds(seen, 301, 200)
	s.settle(late, open, true)
	s.holds(seen, 501, 0)
}

// TestALateReporterIsNotTakenForTheDead: what it spent is not a part of what another saw the dead spend.
func TestALateReporterIsNotTakenForTheDead(t *testing.T) {
	s := newScene(t, 3, plain)
	seen, late, dead := s.replicas[0], s.replicas[1], s.replicas[2]
	s.spend(dead, 100)
	s.spend(seen, 1)
	s.spend(late, 30) // after the other's last look
	s.restart()
	s.beat(seen)
	s.clock.Advance(time.Minute)
	s.spend(seen, 200)
	s.holds(seen, 301, 0)
	s.beat(late)
	s.holds(seen, 331, 0)
}

// TestAnOlderMemoryIsHealed: the server comes back with what it had saved a while ago, as a replica does that has missed the
// last writes.
func TestAnOlderMemoryIsHealed(t *testing.T) {
	s := newScene(t, 2, plain)
	a, b := s.replicas[0], s.replicas[1]
	s.spend(a, 100)
	settled := s.reserve(b, 7)
	if err := s.server.Client().Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.spend(a, 50)
	s.settle(b, settled, true)
	open := s.reserve(b, 30)
	s.restart()
	s.beat(a, b)
	// What was settled since is open again, until it is as old as no request gets.
	s.holds(a, 150, 37)
	s.clock.Advance(grace)
	s.settle(b, open, true)
	s.clock.Advance(3 * time.Minute)
	s.holds(a, 187, 0)
}

// TestSlotsInFlightAreRemembered: a server that forgot does not fill the window anew.
func TestSlotsInFlightAreRemembered(t *testing.T) {
	s := newScene(t, 1, plain)
	r := s.replicas[0]
	var open []budget.Reservation
	for range 20 {
		open = append(open, s.reserve(r, 1))
	}
	s.restart()
	s.beat(r)
	s.clock.Advance(time.Minute)
	if d, _ := s.try(r, 1); d.Because != budget.BurstFull {
		t.Fatalf("%+v, with twenty in flight", d)
	}
	s.settle(r, open[0], true)
	s.clock.Advance(2 * time.Second)
	s.reserve(r, 1)
}

// TestAStopIsRemembered: a server that forgot is told of the vendor's refusals.
func TestAStopIsRemembered(t *testing.T) {
	s := newScene(t, 1, plain)
	r := s.replicas[0]
	if err := r.Settle(t.Context(), s.limits, s.reserve(r, 1), budget.Outcome{Sent: true, Limited: budget.ByEdge}); err != nil {
		t.Fatal(err)
	}
	s.restart()
	s.beat(r)
	s.clock.Advance(time.Minute)
	if d, _ := s.try(r, 1); d.Because != budget.Blocked || d.RetryIn != 14*time.Minute {
		t.Errorf("%+v, want the rest of the quarter of an hour", d)
	}
}

// TestWhatTheWindowHasForgottenIsNotTold: a replica counts for ever, and reports the window alone.
func TestWhatTheWindowHasForgottenIsNotTold(t *testing.T) {
	s := newScene(t, 1, plain)
	s.limits.Window = 5 * time.Minute
	r := s.replicas[0]
	for range 30 {
		s.spend(r, 100)
		s.clock.Advance(time.Minute)
	}
	s.restart()
	s.beat(r)
	if got := s.read(r).Spent; got < 400 || got > 600 {
		t.Errorf("%d are told, want the five minutes' 500", got)
	}
}

// TestTheDeadPayForWhatTheyLeftOpen: it counts as spent, and its slots come free once no answer can be under way.
func TestTheDeadPayForWhatTheyLeftOpen(t *testing.T) {
	s := newScene(t, 2, plain)
	dead, living := s.replicas[0], s.replicas[1]
	for range 20 {
		s.reserve(dead, 5)
	}
	s.clock.Advance(2*time.Minute + time.Second)
	if d, _ := s.try(living, 1); d.Because != budget.BurstFull {
		t.Errorf("%+v: an answer may be under way", d)
	}
	s.clock.Advance(time.Minute)
	s.reserve(living, 1)
	s.holds(living, 100, 1)
}
