package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// Charge says on whose account a source's calls go.
type Charge struct {
	System person.System
	Limits budget.Limits
}

// Costs charges every source's calls to one ledger.
type Costs struct {
	ledger  *budget.Ledger
	sources map[person.SourceID]Charge
	now     func() time.Time
}

var _ people.Budgets = (*Costs)(nil)

// NewCosts makes Costs. A call of a source that is not in sources is refused. A nil now is time.Now.
func NewCosts(ledger *budget.Ledger, sources map[person.SourceID]Charge, now func() time.Time) *Costs {
	if now == nil {
		now = time.Now
	}
	return &Costs{ledger: ledger, sources: sources, now: now}
}

// Gate is a fresh gate for one piece of work: it charges the shared ledger, says for whom, and meters what went
// through it alone.
func (c *Costs) Gate(by budget.Attribution) *Gate { return &Gate{costs: c, by: by} }

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
