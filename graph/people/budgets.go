package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// BudgetState is how careful a source's budget has to be.
type BudgetState uint8

// The states, by rising care.
const (
	BudgetHealthy BudgetState = iota
	BudgetLow
	BudgetCritical
	BudgetStopped
)

// Budget is what may be spent on a source in its current window. Units are
// tokens for Pipedrive and requests elsewhere.
type Budget struct {
	// Limit and Remaining are nil where use is only counted.
	Limit     *int
	Remaining *int
	Spent     int
	// ResetsAt is zero when unknown.
	ResetsAt time.Time
	// BurstLimit is nil where there is none.
	BurstLimit *int
	State      BudgetState
}

// Budgets reads the ledger. It never blocks on the network.
type Budgets interface {
	// Budget is false for a source that has no ledger.
	Budget(source person.SourceID) (Budget, bool)
}
