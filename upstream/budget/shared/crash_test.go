package shared_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

var errCut = errors.New("the network is cut")

// wire is a replica's way to Redis, which can be cut: the call is then lost, or its answer is.
type wire struct{ cut, deaf bool }

func (w *wire) DialHook(next redis.DialHook) redis.DialHook { return next }
func (w *wire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if w.cut && !w.deaf {
			cmd.SetErr(errCut)
			return errCut
		}
		err := next(ctx, cmd)
		if w.cut {
			cmd.SetErr(errCut)
			return errCut
		}
		return err
	}
}
func (w *wire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

type node struct {
	store  *shared.Store
	wire   *wire
	client *redis.Client
	flying []budget.Reservation
}

// fleet is three replicas through a bad time.
type fleet struct {
	t      *rapid.T
	server *redistest.Server
	clock  *budgettest.Clock
	limits budget.Limits
	nodes  []*node
	sent   []time.Duration
	tokens []int
	alone  int
}

// TestNothingIsOverspentWhateverDies: calls and answers are lost, replicas die with their reservations, Redis forgets everything, and in
// no window of 24 hours more than the share is admitted.
func TestNothingIsOverspentWhateverDies(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	alone := 0
	rapid.Check(t, func(t *rapid.T) {
		f := &fleet{t: t, server: server, clock: &budgettest.Clock{}, limits: budget.Limits{Account: "a", Tokens: 1500, Credential: "c"}}
		server.Client().FlushAll(context.Background())
		for range 3 {
			f.nodes = append(f.nodes, f.join())
		}
		f.clock.Advance(grace)
		f.beat()
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			f.act(f.nodes[rapid.IntRange(0, 2).Draw(t, "node")])
		}
		f.drain()
		f.judge()
		for _, n := range f.nodes {
			_ = n.client.Close()
		}
		alone += f.alone
	})
	if alone == 0 {
		t.Error("nothing was ever spent from an escrow")
	}
}

func (f *fleet) join() *node {
	n := &node{wire: &wire{}, client: redis.NewClient(&redis.Options{Addr: f.server.Addr(), ContextTimeoutEnabled: true})}
	n.client.AddHook(n.wire)
	n.store = shared.New(n.client, shared.Options{Clock: f.clock, Grace: grace, Timeout: 10 * time.Second})
	if _, err := n.store.Read(context.Background(), f.limits); err != nil {
		f.t.Fatalf("Read: %v", err)
	}
	return n
}

// beat is a second in which all who can report.
func (f *fleet) beat() {
	for _, n := range f.nodes {
		n.store.Beat(context.Background())
	}
}

func (f *fleet) act(n *node) {
	switch rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "reserve", "settle", "settle", "pass", "cut", "die", "forget"}).Draw(f.t, "do") {
	case "reserve":
		f.reserve(n, budget.Ask{Class: budget.Class(rapid.IntRange(0, 2).Draw(f.t, "class")), Tokens: rapid.IntRange(1, 60).Draw(f.t, "tokens")})
	case "settle":
		if last := len(n.flying) - 1; last >= 0 {
			o := budget.Outcome{Sent: true, Answered: rapid.Bool().Draw(f.t, "answered")}
			if err := n.store.Settle(context.Background(), f.limits, n.flying[last], o); err != nil && !errors.Is(err, budget.ErrNotOpen) {
				f.t.Fatalf("Settle: %v", err)
			}
			n.flying = n.flying[:last]
		}
	case "pass":
		unit := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(f.t, "unit")
		f.clock.Advance(unit * time.Duration(rapid.IntRange(1, 9).Draw(f.t, "units")))
		f.beat()
	case "cut":
		n.wire.cut, n.wire.deaf = !n.wire.cut, rapid.Bool().Draw(f.t, "deaf")
	case "die":
		f.beat()
		n.wire.cut = true
		_ = n.client.Close()
		*n = *f.join()
		f.beat()
	case "forget": // all who live find it within the grace
		f.server.Client().FlushAll(context.Background())
		for _, n := range f.nodes {
			n.wire.cut = false
		}
		f.beat()
		f.clock.Advance(grace)
	}
}

// drain spends all that is left: whatever the ledger has forgotten is found.
func (f *fleet) drain() {
	for _, n := range f.nodes {
		n.wire.cut = false
	}
	f.beat()
	f.clock.Advance(grace)
	for _, n := range f.nodes {
		for f.reserve(n, budget.Ask{Class: budget.Mutation, Tokens: 5}) {
		}
	}
	for _, n := range f.nodes { // and the escrow
		n.wire.cut, n.wire.deaf = true, false
		n.store.Beat(context.Background())
		for f.reserve(n, budget.Ask{Class: budget.Mutation, Tokens: 5}) {
		}
	}
}

func (f *fleet) reserve(n *node, ask budget.Ask) bool {
	lost := n.store.Lost()
	d, r, err := n.store.Reserve(context.Background(), f.limits, ask)
	if err != nil {
		f.t.Fatalf("Reserve: %v", err)
	}
	if !d.Allowed {
		return false
	}
	if lost {
		f.alone++
	}
	f.sent, f.tokens = append(f.sent, f.clock.Elapsed()), append(f.tokens, r.Tokens)
	n.flying = append(n.flying, r)
	return true
}

func (f *fleet) judge() {
	for i, from := range f.sent {
		sum := 0
		for j := i; j < len(f.sent) && f.sent[j] < from+24*time.Hour; j++ {
			sum += f.tokens[j]
		}
		if sum > f.limits.Tokens {
			f.t.Fatalf("%d tokens in the day from %s", sum, from)
		}
	}
}
