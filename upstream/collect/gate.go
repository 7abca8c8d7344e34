package collect

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Gate is a wire.Gate over the ledger. One Gate belongs to one piece of work, whose cost it knows.
type Gate struct {
	costs         *Costs
	by            budget.Attribution
	calls, tokens atomic.Int64

	mu     sync.Mutex
	traces []string
}

// mostTraces bounds what is kept of vendors' ids between two looks at them.
const mostTraces = 32

// Traces takes the vendors' ids of the calls that have ended since they were taken last: at most 32, in the order of their
// ends. Not every vendor tells them.
func (g *Gate) Traces() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.traces
	g.traces = nil
	return taken
}

func (g *Gate) traced(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if id != "" && len(g.traces) < mostTraces {
		g.traces = append(g.traces, id)
	}
}

// Spent is what has left through this gate so far; attempts under way count.
func (g *Gate) Spent() (calls, tokens int) { return int(g.calls.Load()), int(g.tokens.Load()) }

// Admit prices the call and waits for its turn. It refuses with a *fault.Error that says when to come back.
func (g *Gate) Admit(ctx context.Context, call wire.Call) (wire.Ticket, error) {
	asked := g.costs.now()
	t, err := g.admit(ctx, call)
	attempt := Attempt{
		Source: person.SourceID(call.Source), Operation: call.Operation, Class: call.Class, Retry: call.Retry, By: g.by,
		Kind: wire.Refused, Waited: g.costs.now().Sub(asked),
	}
	if err != nil {
		attempt.Refusal = word(err)
		g.costs.observer.Called(attempt)
		return nil, err
	}
	t.attempt, t.left = attempt, asked.Add(attempt.Waited)
	return t, nil
}

func (g *Gate) admit(ctx context.Context, call wire.Call) (*ticket, error) {
	charge, ok := g.costs.sources[person.SourceID(call.Source)]
	if !ok {
		return nil, fault.New(fault.Internal, "Manifold has no budget for %s.", call.Source)
	}
	cost, ok := budget.CostOf(charge.System, call.Operation)
	if !ok {
		return nil, fault.New(fault.Internal, "Manifold does not know what %s costs at %s.", call.Operation, call.Source)
	}
	fuse := g.costs.breakers[person.SourceID(call.Source)]
	if wait, ok := fuse.closed(); !ok {
		return nil, resting(call.Source, wait)
	}
	ask := askFor(cost, call.Class, charge.Limits)
	ask.By, ask.Allowance = g.by, g.costs.allowance(g.by.Client, charge.System)
	r, err := g.costs.ledger.Reserve(ctx, charge.Limits, ask)
	if err != nil {
		return nil, refusal(call.Source, err)
	}
	probe, wait, ok := fuse.enter()
	if !ok { // it has opened while this call stood in the queue
		_ = g.costs.ledger.Settle(context.WithoutCancel(ctx), charge.Limits, r, budget.Outcome{})
		return nil, resting(call.Source, wait)
	}
	g.calls.Add(1)
	g.tokens.Add(int64(r.Tokens))
	return &ticket{gate: g, charge: charge, reservation: r, search: cost.Search, probe: probe}, nil
}

func askFor(cost budget.Cost, class wire.Class, limits budget.Limits) budget.Ask {
	a := budget.Ask{Tokens: cost.Tokens, Slots: cost.Slots(limits.Burst), Essential: cost.Essential}
	switch class {
	case wire.Interactive:
		a.Class = budget.Interactive
	case wire.Mutation:
		a.Class = budget.Mutation
	default:
		a.Class = budget.Refresh
	}
	return a
}

// ticket is one admitted attempt.
type ticket struct {
	gate        *Gate
	charge      Charge
	reservation budget.Reservation
	search      bool
	// probe: this attempt decides whether the source's breaker closes.
	probe   bool
	attempt Attempt
	left    time.Time
}

// Done settles the attempt. If the store fails to, the reservation stays open and counts as spent, which is
// the safe side.
func (t *ticket) Done(o wire.Outcome) {
	if !o.Sent {
		t.gate.calls.Add(-1)
		t.gate.tokens.Add(-int64(t.reservation.Tokens))
	}
	_ = t.gate.costs.ledger.Settle(context.Background(), t.charge.Limits, t.reservation, t.outcome(o))
	t.gate.traced(o.Trace)
	t.judge(o)
	t.observe(o)
}

// judge tells the breaker how the attempt ended, and the log what a human should know.
func (t *ticket) judge(o wire.Outcome) {
	c, source := t.gate.costs, t.attempt.Source
	v := verdictOf(o.Kind)
	switch c.breakers[source].leave(t.probe, v) {
	case opened:
		c.log.Warn("a source fails and is left alone for a while", "source", source, "kind", o.Kind.String())
	case closed:
		c.log.Info("a source answers again", "source", source)
	}
	switch {
	case o.Kind == wire.Blocked:
		if c.alarms.raise(t.charge.Limits.Credential) {
			c.log.Error("the edge in front of a vendor blocks the credential: stop other traffic of it and look why",
				"source", source, "operation", t.attempt.Operation)
		}
	case v == alive:
		c.alarms.clear(t.charge.Limits.Credential)
	}
}

func (t *ticket) observe(o wire.Outcome) {
	a := t.attempt
	a.Kind, a.Status, a.Took = o.Kind, o.Status, t.gate.costs.now().Sub(t.left)
	if o.Sent {
		a.Tokens = t.reservation.Tokens
	}
	t.gate.costs.observer.Called(a)
}

func (t *ticket) outcome(o wire.Outcome) budget.Outcome {
	now := t.gate.costs.now()
	out := budget.Outcome{Sent: o.Sent, Answered: o.Status != 0, RetryAfter: wire.RetryAfter(o.Header, now)}
	switch o.Kind {
	case wire.BurstLimited:
		out.Limited = budget.ByBurst
		out.RetryAfter = cmp.Or(out.RetryAfter, resetIn(o.Header, now))
	case wire.DailyLimited:
		out.Limited = budget.ByBudget
	case wire.Blocked:
		out.Limited = budget.ByEdge
	}
	out.Answered = out.Answered && out.Limited == budget.NotLimited
	if t.charge.System == person.Pipedrive {
		out.Seen = observe(o.Header, now)
		if t.search { // its figures may be those of the search window
			out.Seen.BurstLimit, out.Seen.BurstRemaining = nil, nil
		}
	}
	return out
}
