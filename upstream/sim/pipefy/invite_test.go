package pipefy_test

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// TestGuideInvitation sends the guide's document as it stands: one object where the schema has a
// list, a bare integer for the id.
func TestGuideInvitation(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("ana", `mutation { inviteMembers(input: { organization_id: 100, emails: { email: "new@example.com", role_name: "admin" } }) {
		clientMutationId users { id name email invited confirmed } errors { index message } } }`, nil)
	wantData(t, a, `{"inviteMembers":{"clientMutationId":null,"users":[{"id":"8","name":"new","email":"new@example.com","invited":true,"confirmed":false}],"errors":[]}}`)
	if role, ok := s.state.OrganizationRole(100, 8); !ok || role != "admin" {
		t.Errorf("role %q, member %v", role, ok)
	}
	// The same through a variable, and with a list.
	const doc = `mutation($in: InviteMembersInput!) { inviteMembers(input: $in) { clientMutationId users { id } errors { message } } }`
	for i, emails := range []any{
		map[string]any{"email": "one@example.com", "role_name": "normal"},
		[]any{map[string]any{"email": "two@example.com", "role_name": "normal"}, map[string]any{"email": "three@example.com", "role_name": "company_guest"}},
	} {
		a := s.must("ana", doc, map[string]any{"in": map[string]any{"organization_id": 100, "emails": emails, "clientMutationId": "c1", "message": "Welcome"}})
		if got := len(at(t, a.Data, "inviteMembers", "users").([]any)); got != i+1 || at(t, a.Data, "inviteMembers", "clientMutationId") != "c1" {
			t.Errorf("got %s", a.raw)
		}
	}
	if u, ok := s.state.UserByEmail("THREE@example.com"); !ok || u.Confirmed || u.UUID == "" || !u.CreatedAt.Equal(s.clock.Now()) {
		t.Errorf("minted %+v", u)
	}
}

func TestInvitationPlace(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	for name, ids := range map[string]string{
		"none": ``, "two": `organization_id: 100, pipe_id: 301,`, "three": `organization_id: 100, pipe_id: 301, table_id: 901,`, "null": `pipe_id: null,`,
	} {
		a := s.ask("root", `mutation{inviteMembers(input:{`+ids+`emails:{email:"x@example.com",role_name:"admin"}}){users{id}}}`, nil)
		if a.code(t) != "INVALID_INPUT" || a.Data["inviteMembers"] != nil {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	if _, minted := s.state.UserByEmail("x@example.com"); minted {
		t.Error("a refused invitation minted a user")
	}
}

func TestInvitingIntoAPipeMakesAMember(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	s.must("root", `mutation{inviteMembers(input:{pipe_id:301,emails:[{email:"CYD@example.com",role_name:"my_cards_only"},{email:"fresh@example.com",role_name:"read_and_comment"}]}){users{id}}}`, nil)
	if role, _ := s.state.OrganizationRole(100, cyd); role != "normal" {
		t.Errorf("the guest is %q in the organization", role)
	}
	if role, _ := s.state.PipeRole(301, cyd); role != "my_cards_only" {
		t.Errorf("the guest is %q in the pipe", role)
	}
	fresh, _ := s.state.UserByEmail("fresh@example.com")
	if role, _ := s.state.OrganizationRole(100, fresh.ID); role != "normal" {
		t.Errorf("the newcomer is %q in the organization", role)
	}
	s.must("bo", `mutation{inviteMembers(input:{pipe_id:302,emails:{email:"eve@example.com",role_name:"member"}}){users{id}}}`, nil)
	if _, ok := s.state.OrganizationRole(100, eve); !ok {
		t.Error("somebody of another organization did not become a member")
	}
	s.must("root", `mutation{inviteMembers(input:{table_id:"ZdeRdE",emails:{email:"ana@example.com",role_name:"admin"}}){users{id}}}`, nil)
	if role, _ := s.state.TableRole("901", ana); role != "admin" {
		t.Errorf("ana is %q in the table", role)
	}
	if role, _ := s.state.OrganizationRole(100, ana); role != "admin" {
		t.Errorf("the invitation changed ana's organization role to %q", role)
	}
}

func TestInvitationFailures(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.ask("ana", `mutation{inviteMembers(input:{organization_id:100,clientMutationId:"k",emails:[{email:"a@example.com",role_name:"normal"},{email:"b@example.com",role_name:"member"}]}){clientMutationId users{id} errors{index message}}}`, nil)
	if a.status != 200 || at(t, a.Data, "inviteMembers", "errors", 0, "index") != nil || at(t, a.Data, "inviteMembers", "errors", 0, "message") == "" || at(t, a.Data, "inviteMembers", "clientMutationId") != "k" {
		t.Errorf("payload: %s", a.raw)
	}
	if len(a.Errors) != 1 || a.Errors[0].Message != "Something went wrong" || a.Errors[0].Code != 30000 || a.Errors[0].Type != "ExecutionError" || a.Errors[0].Extensions != nil {
		t.Errorf("top level: %s", a.raw)
	}
	if _, minted := s.state.UserByEmail("a@example.com"); minted {
		t.Error("a failed invitation minted a user")
	}
	a = s.must("root", `mutation{inviteMembers(input:{pipe_id:301,emails:[{email:"c@example.com",role_name:"member"},{email:"nonsense",role_name:"member"},{email:"d@example.com",role_name:"normal"},{email:"bo@example.com",role_name:"admin"}]}){users{email} errors{index}}}`, nil)
	wantData(t, a, `{"inviteMembers":{"users":[{"email":"c@example.com"}],"errors":[{"index":1},{"index":2}]}}`)
	if role, _ := s.state.PipeRole(301, bo); role != "member" {
		t.Errorf("inviting a member changed the role to %q", role)
	}
}

func TestWhoMayInvite(t *testing.T) {
	for _, c := range []struct {
		who, place string
		open       bool
		allowed    bool
	}{
		{"root", "organization_id:100", false, true}, {"ana", "organization_id:100", false, true},
		{"bo", "organization_id:100", false, false}, {"bo", "organization_id:100", true, true},
		{"cyd", "organization_id:100", true, false}, {"eve", "organization_id:100", true, false},
		{"bo", "pipe_id:302", false, true}, {"bo", "pipe_id:301", false, false}, {"dan", "pipe_id:303", false, true},
		{"ana", "pipe_id:301", false, false}, {"root", "pipe_id:301", false, true}, {"ana", "pipe_id:303", false, true},
		{"bo", `table_id:"ZdeRdE"`, true, false}, {"root", "table_id:901", false, true},
	} {
		data := smallWorld()
		data.Organizations[0].OnlyAdminCanInviteUsers = !c.open
		s := start(t, data, pipefy.Options{})
		a := s.ask(c.who, `mutation{inviteMembers(input:{`+c.place+`,emails:{email:"x@example.com",role_name:"admin"}}){users{id}}}`, nil)
		if _, invited := s.state.UserByEmail("x@example.com"); invited != c.allowed {
			t.Errorf("%s into %s, open %v: %s", c.who, c.place, c.open, a.raw)
		}
		if !c.allowed && a.code(t) != "PERMISSION_DENIED" {
			t.Errorf("%s into %s: %s", c.who, c.place, a.raw)
		}
	}
}
