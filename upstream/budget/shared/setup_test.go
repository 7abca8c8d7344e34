package shared_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// scene is some replicas of one account and their Redis, in a time that the test moves.
type scene struct {
	*testing.T
	server   *redistest.Server
	clock    *budgettest.Clock
	limits   budget.Limits
	replicas []*shared.Store
}

const grace = 3 * time.Second

// plain keeps nothing back.
var plain = shared.Options{TokenEscrow: -1, SlotEscrow: -1, Grace: grace, Timeout: 2 * time.Second}

func newScene(t *testing.T, replicas int, o shared.Options) *scene {
	s := &scene{T: t, server: redistest.Start(t), clock: &budgettest.Clock{},
		limits: budget.Limits{Account: "acme", Tokens: 1000, Credential: "token", Burst: 20}}
	o.Clock = s.clock
	for range replicas {
		s.replicas = append(s.replicas, shared.New(s.server.Client(heeding), o))
	}
	for _, r := range s.replicas {
		s.read(r)
	}
	s.clock.Advance(grace) // nobody knows a new ledger
	return s
}

// try asks a replica for tokens of an act.
func (s *scene) try(r *shared.Store, tokens int) (budget.Decision, budget.Reservation) {
	s.Helper()
	d, reserved, err := r.Reserve(s.Context(), s.limits, budget.Ask{Class: budget.Mutation, Tokens: tokens})
	if err != nil {
		s.Fatalf("Reserve: %v", err)
	}
	return d, reserved
}

func (s *scene) reserve(r *shared.Store, tokens int) budget.Reservation {
	s.Helper()
	d, reserved := s.try(r, tokens)
	if !d.Allowed {
		s.Fatalf("%d tokens were refused: %+v", tokens, d)
	}
	return reserved
}

func (s *scene) settle(r *shared.Store, reserved budget.Reservation, sent bool) {
	s.Helper()
	if err := r.Settle(s.Context(), s.limits, reserved, budget.Outcome{Sent: sent, Answered: sent}); err != nil {
		s.Fatalf("Settle: %v", err)
	}
}

func (s *scene) spend(r *shared.Store, tokens int) {
	s.Helper()
	s.settle(r, s.reserve(r, tokens), true)
	s.clock.Advance(2 * time.Second)
}

func (s *scene) read(r *shared.Store) budget.Readout {
	s.Helper()
	got, err := r.Read(s.Context(), s.limits)
	if err != nil {
		s.Fatalf("Read: %v", err)
	}
	return got
}

// holds checks what the ledger counts.
func (s *scene) holds(r *shared.Store, spent, reserved int) {
	s.Helper()
	if got := s.read(r); got.Spent != spent || got.Reserved != reserved {
		s.Errorf("%d are spent and %d reserved, want %d and %d", got.Spent, got.Reserved, spent, reserved)
	}
}

// beat lets all report.
func (s *scene) beat(replicas ...*shared.Store) {
	for _, r := range replicas {
		r.Beat(s.Context())
	}
}

// restart kills the server and starts it with what it had saved.
func (s *scene) restart() {
	s.Helper()
	s.server.Kill()
	s.server.Start()
}
