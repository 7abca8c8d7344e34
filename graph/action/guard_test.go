package action_test

import (
	"slices"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

func decided(kind action.StepKind, target person.Key) action.Action {
	return action.Action{Steps: []action.Step{{Kind: kind, Source: "pd", Target: target, State: action.StepPending}}}
}

// What was harmless when it was decided may not be any more when it begins.
func TestGuardsAreAskedAgainWhenAStepBegins(t *testing.T) {
	inactive := func(id string) func(*directory.Input) {
		return func(in *directory.Input) {
			for _, i := range in.Batches[0].Identities {
				if i.Key.ID == id {
					i.State, i.Pipedrive.ActiveFlag = person.StateInactive, false
				}
			}
		}
	}
	forced := decided(action.Deactivate, user("1"))
	forced.Forced = true
	both := decided(action.Deactivate, user("1"))
	both.Steps = append(both.Steps, decided(action.Deactivate, user("2")).Steps...)
	for name, tc := range map[string]struct {
		edits []func(*directory.Input)
		a     action.Action
		bars  bool
	}{
		"another administrator is left":    {nil, decided(action.Deactivate, user("1")), false},
		"the other one is gone by now":     {[]func(*directory.Input){inactive("2")}, decided(action.Deactivate, user("1")), true},
		"it was forced":                    {[]func(*directory.Input){inactive("2")}, forced, false},
		"both go by one act":               {nil, both, true},
		"who is no administrator":          {[]func(*directory.Input){inactive("2")}, decided(action.Deactivate, user("9")), false},
		"the credential is theirs by now":  {nil, decided(action.Deactivate, user("3")), true},
		"activating takes nothing":         {[]func(*directory.Input){inactive("2")}, decided(action.Activate, user("1")), false},
		"a credential's owner in one pipe": {nil, decided(action.RemoveFromPipe, member("903")), false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, tc.edits...)
			if f := action.Bar(o.snap.View(everything), tc.a, 0); (f != nil) != tc.bars {
				t.Errorf("%v", f)
			}
		})
	}
}

// Of two who administer one source, one goes at a time: the second is held against what the first has left.
func TestAdministratorsGoOneAfterTheOther(t *testing.T) {
	o := newOffice(t)
	lock := func(id string, active bool) []string {
		p, err := o.SetPipedriveUserActive(t.Context(), everything, action.SetPipedriveUserActiveInput{
			Order: action.Order{Reason: "r"}, Taking: action.Taking{Force: true}, UserID: o.ids.Identity(user(id)), Active: active,
		})
		if err != nil || p.Action == nil {
			t.Fatalf("%v, %v", codes(p), err)
		}
		return p.Action.Raw().Steps[0].Locks()
	}
	ann, bob := lock("1", false), lock("2", false)
	if !slices.ContainsFunc(ann, func(l string) bool { return slices.Contains(bob, l) }) {
		t.Errorf("%q and %q may run at once", ann, bob)
	}
	for _, other := range [][]string{lock("3", false), lock("2", true)} {
		if slices.ContainsFunc(ann, func(l string) bool { return slices.Contains(other, l) }) {
			t.Errorf("%q waits for %q", other, ann)
		}
	}
}

// Whoever's credential reads a source keeps their places in it, and nobody deletes an account of their own by mistake.
func TestGuardsOfSmallerThings(t *testing.T) {
	o := newOffice(t)
	remove := func(of, place string, force bool) *action.Payload {
		who := unforced
		if force {
			who = everything
		}
		p, err := o.RemovePipefyMember(t.Context(), who, action.RemovePipefyMemberInput{
			Order: action.Order{Reason: "r"}, Taking: action.Taking{DryRun: true, Force: force}, MemberID: of, PlaceID: place,
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, place := range []*person.Resource{pipe, table, organization} {
		id := o.ids.Resource(place.Key)
		if p := remove(o.ids.Identity(member("903")), id, false); !has(p, people.ErrorCredentialOwner) || p.PlanToken != nil {
			t.Errorf("the credential's owner leaves %s: %v", place.Name, codes(p))
		}
		if p := remove(o.ids.Identity(member("903")), id, true); p.PlanToken == nil {
			t.Errorf("forced, the credential's owner does not leave %s: %v", place.Name, codes(p))
		}
		if p := remove(o.ids.Identity(member("901")), id, false); p.PlanToken == nil {
			t.Errorf("Ann does not leave %s: %v", place.Name, codes(p))
		}
	}
	self := unforced
	self.Email = "ann@acme.example"
	p, err := o.DeletePipedreamAccount(t.Context(), self, action.DeletePipedreamAccountInput{
		Order: action.Order{Reason: "r"}, Taking: action.Taking{DryRun: true},
		UserID: o.ids.Identity(person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@acme.example"}), AccountID: "apn_1",
	})
	if err != nil || !has(p, people.ErrorSelf) {
		t.Errorf("one's own account: %v, %v", codes(p), err)
	}
}
