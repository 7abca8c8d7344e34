package action_test

import (
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// A role that belongs elsewhere is refused before anything is asked of Pipefy, with those that there are. What nobody
// knows may be a role that the organization has made itself.
func TestRolesAreCheckedForTheirPlace(t *testing.T) {
	o := newOffice(t)
	for _, tc := range []struct {
		place      *person.Resource
		role, goes string
		says       string
	}{
		{organization, "normal", "normal", ""}, {organization, " Super_Admin ", "super_admin", ""}, {organization, "GUEST", "guest", ""},
		{organization, "member", "", "super_admin, admin, normal, company_guest, external_guest"}, {organization, "creator", "", "normal"},
		{pipe, "read_and_comment", "read_and_comment", ""}, {pipe, "normal", "", "admin, member, creator, my_cards_only, read_and_comment"},
		{pipe, "external_guest", "", "Guests"},
		{table, "Member", "member", ""}, {table, "creator", "", "It has admin, member, and"}, {table, "my_cards_only", "", "admin, member"},
		{pipe, "Night shift", "Night shift", ""}, {organization, "Auditor", "Auditor", ""}, {table, " ", "", "Name a role"},
	} {
		p, err := o.InvitePipefyMembers(t.Context(), everything, action.InvitePipefyMembersInput{
			Order: action.Order{Reason: "r"}, PlaceID: o.ids.Resource(tc.place.Key), Members: []action.Invitation{{Email: "new@acme.example", Role: tc.role}},
		})
		switch {
		case err != nil:
			t.Fatal(err)
		case tc.says != "":
			if p.Action != nil || len(p.UserErrors) != 1 || !strings.Contains(p.UserErrors[0].Message, tc.says) || strings.Join(p.UserErrors[0].Field, ".") != "input.members.0.role" {
				t.Errorf("%q in %s: %+v", tc.role, tc.place.Name, p.UserErrors)
			}
		case p.Action == nil || p.Action.Raw().Steps[0].Role != tc.goes:
			t.Errorf("%q in %s: %+v", tc.role, tc.place.Name, p.UserErrors)
		}
	}
}

// Whether an address is somebody's is told to whoever may read addresses, and to nobody else.
func TestAddingAUserTellsNoAddress(t *testing.T) {
	o := newOffice(t)
	add := func(who string, email string) *action.Payload {
		p := unforced
		if who == "reader" {
			p = everything
		}
		source := "pd"
		got, err := o.AddPipedriveUser(t.Context(), p, action.AddPipedriveUserInput{Order: action.Order{Reason: "r"}, Source: &source, Email: email})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if p := add("reader", "ANN@acme.example"); !has(p, people.ErrorConflict) || p.Action != nil {
		t.Errorf("an address that is a user's: %v", codes(p))
	}
	for _, email := range []string{"ann@acme.example", "nobody@acme.example"} {
		if p := add("blind", email); len(p.UserErrors) > 0 || p.Action == nil {
			t.Errorf("%s: %v", email, codes(p))
		}
	}
}
