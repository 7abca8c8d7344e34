package collect

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Charge says on whose account a source's calls go.
type Charge struct {
	System person.System
	Limits budget.Limits
}

// Costs charges every source's calls to one ledger.
type Costs struct {
	ledger    *budget.Ledger
	sources   map[person.SourceID]Charge
	now       func() time.Time
	allowance func(client string, system person.System) int
	observer  Observer
	log       *slog.Logger
	breakers  map[person.SourceID]*breaker
	alarms    alarms
}

// Allowances are how many tokens a client, by its principal's name, may spend on each account of a system in one
// window of that account. A client or system without an entry has no bound of its own.
type Allowances map[string]map[person.System]int

// CostOptions are what Costs can do without.
type CostOptions struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Allowances bound single clients; nil bounds none.
	Allowances Allowances
	// AllowanceOf says instead what a client may spend at this moment, where that changes; 0: no bound.
	AllowanceOf func(client string, system person.System) int
	// Observer hears of every attempt; nil: nobody does.
	Observer Observer
	// Log is told when a breaker opens or closes and when a vendor's edge blocks a credential; silent when nil.
	Log *slog.Logger
	// Jitter spreads the pauses of breakers; in [0, 1). rand.Float64 when nil.
	Jitter func() float64
}

// Observer hears how attempts ended. It is called by many goroutines, at the end of each attempt, and MUST NOT block.
type Observer interface{ Called(Attempt) }

// Attempt is one attempt to call a vendor that ended.
type Attempt struct {
	Source person.SourceID
	// Operation is the vendor client's name for the endpoint ("users.list").
	Operation string
	Class     wire.Class
	// Retry is set where it repeats a request that failed before.
	Retry bool
	// By is for whom and for what.
	By budget.Attribution
	// Kind is how it ended; wire.Refused when the gate did not let it out. Status is 0 when there was no answer.
	Kind   wire.Kind
	Status int
	// Refusal is why the gate did not let it out, in one word: a budget.Reason's, breaker_open, gave_up (its caller
	// left the queue) or failed (the ledger, or a call without a price). "" when it was let out.
	Refusal string
	// Waited is the time before the gate, Took the time after it.
	Waited, Took time.Duration
	// Tokens is what it cost; 0 when nothing was sent.
	Tokens int
}

type unobserved struct{}

func (unobserved) Called(Attempt) {}

var _ people.Budgets = (*Costs)(nil)

// NewCosts makes Costs. A call of a source that is not in sources is refused.
func NewCosts(ledger *budget.Ledger, sources map[person.SourceID]Charge, o CostOptions) *Costs {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.AllowanceOf == nil {
		o.AllowanceOf = func(client string, system person.System) int { return o.Allowances[client][system] }
	}
	c := &Costs{ledger: ledger, sources: sources, now: o.Now, allowance: o.AllowanceOf, observer: o.Observer, log: o.Log,
		breakers: make(map[person.SourceID]*breaker, len(sources))}
	for id, charge := range sources {
		c.breakers[id] = &breaker{now: o.Now, jitter: o.Jitter, patience: patienceOf(charge.System)}
	}
	return c
}

// Gate is a fresh gate for one piece of work: it charges the shared ledger, says for whom, and meters what went
// through it alone.
func (c *Costs) Gate(by budget.Attribution) *Gate { return &Gate{costs: c, by: by} }

// Spent implements people.Budgets.
func (c *Costs) Spent(source person.SourceID) []people.Spending {
	charge, ok := c.sources[source]
	if !ok {
		return nil
	}
	rows, err := c.ledger.Spent(context.Background(), charge.Limits)
	if err != nil {
		return nil
	}
	out := make([]people.Spending, len(rows))
	for i, r := range rows {
		out[i] = people.Spending{
			Client: r.By.Client, Operation: r.By.Operation, Field: r.By.Field,
			Class: r.Class.String(), Calls: r.Calls, Tokens: r.Tokens,
		}
	}
	return out
}

// Readout tells what is left for a source; false if there is no such source, or the ledger cannot say.
func (c *Costs) Readout(source person.SourceID) (budget.Readout, bool) {
	charge, ok := c.sources[source]
	if !ok {
		return budget.Readout{}, false
	}
	r, err := c.ledger.Read(context.Background(), charge.Limits)
	return r, err == nil
}

// Budget is Readout in the words of the graph.
func (c *Costs) Budget(source person.SourceID) (people.Budget, bool) {
	r, ok := c.Readout(source)
	if !ok {
		return people.Budget{}, false
	}
	b := people.Budget{Spent: r.Spent + r.Reserved, ResetsAt: r.ResetsAt}
	if r.Limit > 0 {
		b.Limit, b.Remaining = &r.Limit, &r.Remaining
	}
	if burst := c.sources[source].Limits.Burst; burst > 0 {
		b.BurstLimit = &burst
	}
	switch r.State {
	case budget.Low:
		b.State = people.BudgetLow
	case budget.Critical:
		b.State = people.BudgetCritical
	case budget.Stopped:
		b.State = people.BudgetStopped
	}
	return b, true
}
