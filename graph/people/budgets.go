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
	Source person.SourceID
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

// Spending is what was spent on a source in its current window, by whom and for what. Empty names are unknown: what
// keeps the picture fresh is spent for nobody. "(other)" stands for what was too much to list.
type Spending struct {
	// Client is the principal's name, Operation the GraphQL operation's, Field the schema coordinate that was read.
	Client, Operation, Field string
	// Class is "refresh", "interactive" or "mutation".
	Class string
	// Calls and Tokens were settled; what is under way is not in them.
	Calls, Tokens int
}

// Budgets reads the ledger. It never blocks on the network.
type Budgets interface {
	// Budget is false for a source that has no ledger.
	Budget(source person.SourceID) (Budget, bool)
	// Spent has the largest spending first, at most 1,000 rows; none for a source that has no ledger. Sources that share
	// an account share its rows.
	Spent(source person.SourceID) []Spending
}
