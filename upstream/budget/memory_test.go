package budget_test

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
)

func TestMemory(t *testing.T) {
	budgettest.Run(t, func(c budget.Clock) budget.Store { return budget.NewMemory(c) })
}
