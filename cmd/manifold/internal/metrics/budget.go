package metrics

import (
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// Budgets tells how the account of a source is; *collect.Costs is one.
type Budgets interface {
	Readouts
	// Broken tells whether a source fails so much that only single probes are let out.
	Broken(source person.SourceID) bool
}

var (
	budgetLimit = family(gauge, "budget_limit_tokens",
		"Tokens that Manifold may spend on a source in one window; requests where the vendor counts those. Absent where use is only counted.", "source")
	budgetRemaining = family(gauge, "budget_remaining_tokens",
		"Tokens left in the current window, by Manifold's ledger and the vendor's own word, whichever is less. Absent where use is only counted.", "source")
	budgetSpent = family(gauge, "budget_spent_tokens",
		"Tokens settled in the current window, by all replicas.", "source")
	budgetReserved = family(gauge, "budget_reserved_tokens",
		"Tokens of calls under way, which count as spent until they are settled.", "source")
	budgetReset = family(gauge, "budget_reset_timestamp_seconds",
		"When the whole budget is refilled. Absent while the window rolls.", "source")
	budgetState = family(gauge, "budget_state",
		"1 for the state that a source's budget is in, 0 for the others.", "source", "state")
	budgetAlarm = family(gauge, "budget_alarm",
		"1 while the edge in front of a vendor blocks the credential (an HTML 403). A human has to look.", "source")

	breakerOpen = family(gauge, "upstream_breaker_open",
		"1 while a source fails so much that only single probes are let out.", "source")

	budgetFamilies = []Family{budgetLimit, budgetRemaining, budgetSpent, budgetReserved, budgetReset, budgetState, budgetAlarm, breakerOpen}
)

// budgetStates are the states by rising care.
var budgetStates = []string{budget.Healthy.String(), budget.Low.String(), budget.Critical.String(), budget.Stopped.String()}

func scrapeBudgets(sources []person.SourceID, budgets Budgets) collected {
	return collected{budgetFamilies, func(s scrape) {
		for _, id := range sources {
			source := string(id)
			s.put(breakerOpen, truth(budgets.Broken(id)), source) // known here, also while the ledger is out of reach
			r, ok := budgets.Readout(id)
			if !ok {
				continue
			}
			if r.Limit > 0 {
				s.put(budgetLimit, float64(r.Limit), source)
				s.put(budgetRemaining, float64(r.Remaining), source)
			}
			s.put(budgetSpent, float64(r.Spent), source)
			s.put(budgetReserved, float64(r.Reserved), source)
			if !r.ResetsAt.IsZero() {
				s.put(budgetReset, float64(r.ResetsAt.Unix()), source)
			}
			s.oneOf(budgetState, r.State.String(), budgetStates, source)
			s.put(budgetAlarm, truth(r.Alarm), source)
		}
	}}
}
