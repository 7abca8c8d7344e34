package collect

import (
	"context"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// Recent tells budgets as they were a moment ago. Every answer says what is left, and a ledger that replicas share is a
// network away: asking it each time would make the fastest answers wait for it.
type Recent struct {
	costs *Costs
	every time.Duration

	mu   sync.Mutex
	held map[person.SourceID]people.Budget
}

var _ people.Budgets = (*Recent)(nil)

// NewRecent makes a Recent that is at most a little older than every once it runs; 1 s when 0.
func NewRecent(costs *Costs, every time.Duration) *Recent {
	if every <= 0 {
		every = time.Second
	}
	return &Recent{costs: costs, every: every, held: map[person.SourceID]people.Budget{}}
}

// Budget implements people.Budgets: what was last heard, even when the ledger no longer answers.
func (r *Recent) Budget(source person.SourceID) (people.Budget, bool) {
	r.mu.Lock()
	b, ok := r.held[source]
	r.mu.Unlock()
	if ok {
		return b, true
	}
	return r.ask(source)
}

// Spent implements people.Budgets. It is asked for by name and rarely, so it asks the ledger.
func (r *Recent) Spent(source person.SourceID) []people.Spending { return r.costs.Spent(source) }

// Run asks for every budget in turn until ctx ends.
func (r *Recent) Run(ctx context.Context) error {
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for {
		for source := range r.costs.sources {
			r.ask(source)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *Recent) ask(source person.SourceID) (people.Budget, bool) {
	b, ok := r.costs.Budget(source)
	if ok {
		r.mu.Lock()
		r.held[source] = b
		r.mu.Unlock()
	}
	return b, ok
}
