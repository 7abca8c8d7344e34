package resolvers_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

const names = `{ people { nodes { displayName primaryEmail } } }`

func first(t *testing.T, a answer, field string) any {
	t.Helper()
	if len(a.Errors) > 0 {
		t.Fatalf("%+v", a.Errors)
	}
	return a.Data["people"].(map[string]any)["nodes"].([]any)[0].(map[string]any)[field]
}

func TestANewSnapshotForgetsFormerAnswers(t *testing.T) {
	o, ids := newOffice(t)
	for range 2 { // the second time from memory
		if got := first(t, o.ask(t, names), "displayName"); got != "ann" {
			t.Fatalf("first is %v", got)
		}
	}
	o.employ(t, ids, "zoe")
	if got := first(t, o.ask(t, names), "displayName"); got != "zoe" {
		t.Errorf("after the swap first is %v", got)
	}
}

// What somebody may see is never answered to somebody who may not.
func TestAnswersAreRememberedPerSight(t *testing.T) {
	o, _ := newOffice(t)
	if got := first(t, o.ask(t, names), "primaryEmail"); got != "ann@example.com" {
		t.Fatalf("first address is %v", got)
	}
	blind := o.ask(t, names, access.ScopeDirectoryRead)
	if len(blind.Errors) != 2 || blind.Errors[0].Extensions["code"] != "FORBIDDEN" {
		t.Errorf("without the scope: %+v", blind.Errors)
	}
	if got := first(t, o.ask(t, names), "primaryEmail"); got != "ann@example.com" {
		t.Errorf("afterwards, with the scope: %v", got)
	}
}

func TestAnswersDifferByVariablesAndOperation(t *testing.T) {
	o, _ := newOffice(t)
	one := o.ask(t, `{ people(first: 1) { nodes { displayName } } }`)
	two := o.ask(t, `{ people(first: 2) { nodes { displayName } } }`)
	if len(one.Data["people"].(map[string]any)["nodes"].([]any)) != 1 || len(two.Data["people"].(map[string]any)["nodes"].([]any)) != 2 {
		t.Errorf("%v and %v", one.Data, two.Data)
	}
}

// Whatever a live read was part of is read again, from the live side's own caches.
func TestLiveReadsAreNotRemembered(t *testing.T) {
	o, _ := newOffice(t)
	const q = `{ people { nodes { pipedriveUsers { permissions { name granted } } } } }`
	for asked := int64(1); asked <= 2; asked++ {
		a := o.ask(t, q)
		if n := o.reads.Load(); len(a.Errors) > 0 || n != 2*asked {
			t.Fatalf("after %d questions %d users were read, %+v", asked, n, a.Errors)
		}
		if spent := a.Extensions.Manifold.Cost["pd"]; spent.Calls != 2 || spent.Spent != 20 {
			t.Errorf("the bill says %+v", spent)
		}
	}
}

func TestBudgetsAndTheViewerAreNotRemembered(t *testing.T) {
	o, _ := newOffice(t)
	for spent := range 2 {
		o.spent = spent
		a := o.ask(t, `{ sources { budget { spent } } viewer { name } }`)
		got := a.Data["sources"].([]any)[0].(map[string]any)["budget"].(map[string]any)["spent"]
		if got != float64(spent) {
			t.Errorf("spent is %v, want %d", got, spent)
		}
	}
}

// What is held but old is answered, with a warning beside it; what is not held is
// null, with a code and a time to come back.
func TestStaleIsAWarningAndMissingIsAnError(t *testing.T) {
	o, _ := newOffice(t)
	refused := &fault.Error{Kind: fault.BudgetExhausted, Message: "Spent.", Source: "pd", RetryAfter: 90 * time.Second}
	o.permissions = func(u *person.Identity) people.Detail[[]person.Permission] {
		if u.Name == "ann" {
			return people.Detail[[]person.Permission]{Value: []person.Permission{{Name: "old"}}, Held: true, Err: refused}
		}
		return people.Detail[[]person.Permission]{Err: refused}
	}
	a := o.ask(t, `{ people { nodes { displayName pipedriveUsers { permissions { name } } } } }`)
	nodes := a.Data["people"].(map[string]any)["nodes"].([]any)
	user := func(i int) any {
		return nodes[i].(map[string]any)["pipedriveUsers"].([]any)[0].(map[string]any)["permissions"]
	}
	if held, ok := user(0).([]any); !ok || len(held) != 1 {
		t.Errorf("ann's permissions: %v", user(0))
	}
	if user(1) != nil {
		t.Errorf("bob's permissions: %v", user(1))
	}
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BUDGET_EXHAUSTED" || a.Errors[0].Extensions["retryAfter"] != 90.0 || a.Errors[0].Extensions["source"] != "pd" {
		t.Errorf("errors: %+v", a.Errors)
	}
	warnings := a.Extensions.Manifold.Warnings
	if len(warnings) != 1 || warnings[0].Path != "people.nodes[0].pipedriveUsers[0].permissions" || warnings[0].Extensions["code"] != "BUDGET_EXHAUSTED" {
		t.Errorf("warnings: %+v", warnings)
	}
}

// A value that is being read anew is answered with its age beside it.
func TestStaleWithoutAnErrorIsAWarningToo(t *testing.T) {
	o, _ := newOffice(t)
	o.permissions = func(*person.Identity) people.Detail[[]person.Permission] {
		return people.Detail[[]person.Permission]{
			Value: []person.Permission{{Name: "old"}}, Held: true,
			Freshness: person.Freshness{ObservedAt: noon, IsStale: true, Reason: "A newer reading is under way."},
		}
	}
	a := o.ask(t, `{ people(first: 1) { nodes { pipedriveUsers { permissions { name } } } } }`)
	warnings := a.Extensions.Manifold.Warnings
	if len(a.Errors) > 0 || len(warnings) != 1 || warnings[0].ObservedAt != "2026-11-21T12:00:00Z" || warnings[0].Message == "" {
		t.Errorf("%+v, %+v", a.Errors, warnings)
	}
}

// A refused request is not answered from what somebody else, who may ask it, was answered.
func TestARefusalIsNotAnsweredFromMemory(t *testing.T) {
	o, _ := newOffice(t)
	refusing := &refuser{}
	o.handler.(*handler.Server).Use(refusing)
	if got := first(t, o.ask(t, names), "displayName"); got != "ann" {
		t.Fatalf("first is %v", got)
	}
	refusing.now = true
	a := o.ask(t, names)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "COST_LIMIT_EXCEEDED" || a.Data != nil {
		t.Errorf("errors %+v, data %v", a.Errors, a.Data)
	}
}

// refuser stands for whatever refuses operations before they are executed.
type refuser struct{ now bool }

func (*refuser) ExtensionName() string                   { return "refuser" }
func (*refuser) Validate(graphql.ExecutableSchema) error { return nil }
func (r *refuser) MutateOperationContext(context.Context, *graphql.OperationContext) *gqlerror.Error {
	if r.now {
		return gqlerror.Wrap(fault.New(fault.CostLimitExceeded, "Too dear."))
	}
	return nil
}
