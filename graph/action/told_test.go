package action_test

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/graph/requestid"
)

// Two who see different parts of a person act on one person: the steps have a lock in common, and the log one name.
func TestWhoSeesAPartActsOnTheSamePerson(t *testing.T) {
	o := newOffice(t)
	dream := person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@acme.example"}
	if i, ok := o.snap.View(part).Identity(dream); !ok || i.Person().ID() == o.personOf(t, dream) {
		t.Fatal("the part knows Ann by the same id, so that nothing is shown here")
	}
	locks := map[string][]string{}
	for _, who := range []access.Principal{everything, part} {
		in := action.DeletePipedreamUserInput{Order: action.Order{Reason: "left"}, Taking: action.Taking{DryRun: true}, UserID: o.ids.Identity(dream)}
		plan, err := o.DeletePipedreamUser(t.Context(), who, in)
		if err != nil || plan.PlanToken == nil {
			t.Fatalf("%s: %v, %v", who.Name, plan, err)
		}
		in.DryRun, in.PlanToken = false, plan.PlanToken
		done, err := o.DeletePipedreamUser(t.Context(), who, in)
		if err != nil || done.Action == nil {
			t.Fatalf("%s: %v, %v", who.Name, done, err)
		}
		step := done.Action.Raw().Steps[0]
		locks[who.Name] = step.Locks()
		if step.Person != o.personOf(t, dream) {
			t.Errorf("%s acts on somebody whom nobody else knows", who.Name)
		}
		// Each finds it under the id that they know.
		i, _ := o.snap.View(who).Identity(dream)
		first := 10
		page, err := o.Actions(t.Context(), who, &action.FilterInput{PersonIDs: []string{o.ids.Person(i.Person().ID())}}, people.Paging{First: &first})
		if err != nil || len(page.Nodes()) == 0 {
			t.Errorf("%s does not find it: %v", who.Name, err)
		}
	}
	if locks["key:admin"][0] != locks["key:part"][0] {
		t.Errorf("both may act at once: %q", locks)
	}
}

// Everybody whom an act is about finds it in the log: that it was decided, and that it was called off, by whom, with which
// program, in which request.
func TestTheLogTellsAnActOfEverybodyItIsAbout(t *testing.T) {
	o := newOffice(t)
	ctx := requestid.WithClient(requestid.With(t.Context(), "r-1"), "leaver-desk")
	ann, bob := o.personOf(t, user("1")), o.personOf(t, user("2"))
	in := action.OffboardPersonInput{
		Order: action.Order{Reason: "both left"}, Taking: action.Taking{DryRun: true, Force: true}, PersonIDs: []string{o.ids.Person(ann), o.ids.Person(bob)},
	}
	plan, err := o.OffboardPerson(ctx, everything, in)
	if err != nil || plan.PlanToken == nil {
		t.Fatalf("%v, %v", codes(plan), err)
	}
	in.DryRun, in.PlanToken = false, plan.PlanToken
	done, err := o.OffboardPerson(ctx, everything, in)
	if err != nil || done.Action == nil {
		t.Fatalf("%v, %v", codes(done), err)
	}
	ctx = requestid.WithClient(requestid.With(t.Context(), "r-2"), "console")
	if p, err := o.CancelAction(ctx, everything, action.CancelActionInput{Order: action.Order{Reason: "a mistake"}, ActionID: done.Action.ID()}); err != nil || p.Action == nil {
		t.Fatalf("%v, %v", p, err)
	}
	type told struct {
		phase           action.Phase
		request, client string
		whom            person.ID
	}
	found := map[told]int{}
	for _, n := range o.Notes() {
		found[told{n.Phase, n.RequestID, n.Client, n.Person}]++
	}
	for _, whom := range []person.ID{ann, bob} {
		for _, want := range []told{{action.Decided, "r-1", "leaver-desk", whom}, {action.Withdrawn, "r-2", "console", whom}} {
			if found[want] != 1 {
				t.Errorf("%d entries, not one: %+v; there are %+v", found[want], want, found)
			}
		}
	}
}
