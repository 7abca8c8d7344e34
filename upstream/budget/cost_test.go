package budget_test

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

func TestCostOf(t *testing.T) {
	for operation, want := range map[string]int{
		"users.list": 20, "users.get": 2, "users.me": 2, "users.find": 40, "users.permissions": 10,
		"users.roleAssignments": 10, "users.roleSettings": 10, "users.followers": 10, "users.add": 10, "users.update": 10,
	} {
		c, ok := budget.CostOf(person.Pipedrive, operation)
		if !ok || c.Tokens != want || c.From == "" || c.Essential != (operation == "users.list") {
			t.Errorf("%s costs %+v, %t; want %d", operation, c, ok, want)
		}
	}
	for _, s := range []person.System{person.Pipedrive, person.Pipedream} {
		if c, ok := budget.CostOf(s, "deals.list"); ok {
			t.Errorf("an operation that is in no table of %s costs %+v", s, c)
		}
	}
	if c, ok := budget.CostOf(person.Pipefy, "whatever"); !ok || c.Tokens != 1 || c.From == "" {
		t.Errorf("a request to Pipefy counts %+v, %t", c, ok)
	}
}

// TestSearchStaysUnderItsOwnLimit: 10 in two seconds, whatever the credential's limit is.
func TestSearchStaysUnderItsOwnLimit(t *testing.T) {
	find, _ := budget.CostOf(person.Pipedrive, "users.find")
	get, _ := budget.CostOf(person.Pipedrive, "users.get")
	for _, burst := range []int{1, 10, 11, 20, 40, 100, 120, 480} {
		if n := burst / find.Slots(burst); n > 10 || n < 1 {
			t.Errorf("a burst of %d lets %d searches out", burst, n)
		}
		if get.Slots(burst) != 1 {
			t.Errorf("a get takes %d slots", get.Slots(burst))
		}
	}
}

func TestShareOf(t *testing.T) {
	for _, c := range []struct {
		plan  budget.Plan
		seats int
		share float64
		want  int
	}{
		{"lite", 1, 1, 30_000}, {"growth", 5, 1, 300_000}, {"premium", 20, 0.5, 1_500_000}, {"ultimate", 20, 1, 4_200_000},
		{"gold", 1, 1, 0}, {"lite", 0, 1, 0}, {"lite", 1, 0, 0}, {"lite", 1, 1.1, 0},
	} {
		if got, ok := budget.ShareOf(c.plan, c.seats, c.share); got != c.want || ok != (c.want > 0) {
			t.Errorf("ShareOf(%s, %d, %v) = %d, %t; want %d", c.plan, c.seats, c.share, got, ok, c.want)
		}
	}
}

func TestBurstOf(t *testing.T) {
	if n, ok := budget.BurstOf("lite", false); n != 20 || !ok {
		t.Errorf("lite: %d, %t", n, ok)
	}
	if n, ok := budget.BurstOf("ultimate", true); n != 480 || !ok {
		t.Errorf("ultimate over OAuth: %d, %t", n, ok)
	}
	if n, ok := budget.BurstOf("gold", true); ok {
		t.Errorf("gold: %d", n)
	}
}
