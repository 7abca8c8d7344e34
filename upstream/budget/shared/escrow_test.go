package shared_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
)

// sparing withdraws 40 tokens and one slot of the scene's.
var sparing = shared.Options{Grace: grace, Patience: grace, Timeout: time.Second, RequestTimeout: time.Minute, Lease: 10 * time.Minute}

// lose cuts the replica off.
func (s *scene) lose(r *shared.Store) {
	s.Helper()
	s.server.Freeze()
	s.beat(r)
	if !r.Lost() {
		s.Fatal("a frozen server is not noticed")
	}
}

func (s *scene) find(r *shared.Store) {
	s.Helper()
	s.server.Thaw()
	await(s.T, "the server answers", func() bool { s.beat(r); return !r.Lost() })
}

func TestAnEscrowIsDebitedAtOnceAndGivenBack(t *testing.T) {
	s := newScene(t, 2, sparing)
	a, b := s.replicas[0], s.replicas[1]
	s.beat(a, b)
	s.holds(a, 0, 80)
	for range 3 { // and not with every beat
		s.beat(a, b)
	}
	s.holds(b, 0, 80)
	if d, _ := s.try(a, 921); d.Because != budget.ShareSpent {
		t.Errorf("%+v: others' escrow was granted", d)
	}
	for range 18 {
		s.reserve(a, 1)
	}
	if d, _ := s.try(a, 1); d.Because != budget.BurstFull {
		t.Errorf("%+v: two of twenty slots lie in escrow", d)
	}
	a.Leave(t.Context())
	b.Leave(t.Context())
	s.holds(a, 0, 18)
	s.reserve(a, 1)
	s.reserve(a, 1)
}

// TestNobodyWithdrawsWhatOthersNeed: a tenth of the tokens, half of the slots, and nothing below the interactive floor.
func TestNobodyWithdrawsWhatOthersNeed(t *testing.T) {
	s := newScene(t, 12, sparing)
	s.limits.Burst = 8
	for _, r := range s.replicas {
		s.read(r)
	}
	s.beat(s.replicas...)
	s.holds(s.replicas[0], 0, 80) // 2 of 40
	for range 4 {
		s.reserve(s.replicas[0], 0)
	}
	if d, _ := s.try(s.replicas[0], 0); d.Because != budget.BurstFull {
		t.Errorf("%+v: four of eight slots lie in escrow", d)
	}

	low := newScene(t, 1, sparing)
	r := low.replicas[0]
	r.Leave(t.Context())
	low.spend(r, 920)
	low.beat(r)
	low.holds(r, 920, 0)
}

func TestWhoIsCutOffSpendsItsEscrow(t *testing.T) {
	s := newScene(t, 2, sparing)
	a, b := s.replicas[0], s.replicas[1]
	s.beat(a, b)
	s.lose(a)
	d, _, err := a.Reserve(t.Context(), s.limits, budget.Ask{Class: budget.Refresh, Tokens: 1})
	if err != nil || d.Because != budget.Recovering {
		t.Errorf("a refresh: %+v, %v", d, err)
	}
	first := s.reserve(a, 30)
	if d, _ := s.try(a, 1); d.Because != budget.BurstFull {
		t.Errorf("%+v: it holds one slot", d)
	}
	if d, err := a.Peek(t.Context(), s.limits, budget.Ask{Class: budget.Interactive, Tokens: 1}, 0); err != nil || d.Because != budget.BurstFull {
		t.Errorf("Peek: %+v, %v", d, err)
	}
	s.settle(a, first, true)
	s.clock.Advance(2 * time.Second)
	if d, _ := s.try(a, 11); d.Because != budget.Recovering || d.RetryIn <= 0 || d.Remaining != 10 {
		t.Errorf("%+v: it holds ten tokens more, and the server may be back soon", d)
	}
	s.clock.Advance(2 * time.Second)
	if d, _ := s.try(a, 11); d.Because != budget.Recovering || d.RetryIn != 0 {
		t.Errorf("%+v: nobody waits for a server that is gone", d)
	}
	s.spend(a, 10)
	if got := s.read(a); got.Limit != 1000 {
		t.Errorf("%+v, want the last that was read", got)
	}
	s.find(a)
	s.beat(a)
	s.holds(b, 40, 80) // and the escrow is full again
}

func TestAReservationIsSettledAfterTheLoss(t *testing.T) {
	s := newScene(t, 1, sparing)
	r := s.replicas[0]
	sent, kept := s.reserve(r, 100), s.reserve(r, 50)
	s.lose(r)
	s.settle(r, sent, true)
	s.settle(r, kept, false)
	s.find(r)
	s.holds(r, 100, 40)
	if err := r.Settle(t.Context(), s.limits, sent, budget.Outcome{}); err == nil {
		t.Error("it was settled twice")
	}
}

// TestALostAnswerIsNobodys: the server may have granted what the replica never heard of.
func TestALostAnswerIsNobodys(t *testing.T) {
	s := newScene(t, 1, sparing)
	r := s.replicas[0]
	s.beat(r)
	s.server.Freeze()
	d, alone := s.try(r, 25) // its call waits before the frozen server
	if !d.Allowed || !r.Lost() {
		t.Fatalf("%+v, want the escrow to pay", d)
	}
	s.settle(r, alone, true)
	s.find(r)
	await(t, "the grant that nobody heard of is no longer open", func() bool {
		s.beat(r)
		s.clock.Advance(time.Second)
		return s.read(r).Reserved == 40
	})
	if got := s.read(r).Spent; got != 25 && got != 50 {
		t.Errorf("%d are spent, want the escrow's 25, and 25 more if the call came after its end", got)
	}
}

// TestALeaseEnds: the replica stops first; then its tokens are gone, its slots are free, and nothing counts twice when it returns.
func TestALeaseEnds(t *testing.T) {
	s := newScene(t, 2, sparing)
	away, living := s.replicas[0], s.replicas[1]
	s.beat(away)
	living.Leave(t.Context())
	s.lose(away)
	s.spend(away, 15)
	s.server.Thaw()
	s.clock.Advance(10*time.Minute - 3*time.Second)
	s.holds(living, 0, 40)
	s.reserve(away, 1) // its last moment
	s.clock.Advance(2 * time.Second)
	if d, _ := s.try(away, 1); d.Allowed {
		t.Error("a replica outlives its lease")
	}
	s.holds(living, 0, 40)
	s.clock.Advance(time.Minute + 3*time.Second)
	s.holds(living, 40, 0)
	for range 20 {
		s.reserve(living, 0)
	}
	s.find(away)
	s.holds(living, 40, 40) // 16 of the 40 were told now; and it has withdrawn anew
}

// TestAServerThatForgotIsToldOfEscrow: what is held is debited again.
func TestAServerThatForgotIsToldOfEscrow(t *testing.T) {
	s := newScene(t, 2, sparing)
	a, b := s.replicas[0], s.replicas[1]
	s.beat(a, b)
	s.lose(a)
	s.spend(a, 10)
	s.server.Thaw()
	s.restart()
	s.beat(b)
	s.find(a)
	s.holds(b, 10, 70)
	s.clock.Advance(grace)
	s.beat(a, b)
	s.holds(b, 10, 80)
}
