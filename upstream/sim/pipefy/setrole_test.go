package pipefy_test

import (
	"fmt"
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestSetRoleAtThreeLevels(t *testing.T) {
	for place, c := range map[string]struct {
		role string
		read func(*pipefy.State) (string, bool)
	}{
		"organization_id: 100": {"admin", func(s *pipefy.State) (string, bool) { return s.OrganizationRole(100, bo) }},
		"pipe_id: 301":         {"my_cards_only", func(s *pipefy.State) (string, bool) { return s.PipeRole(301, bo) }},
		`table_id: "ZdeRdE"`:   {"admin", func(s *pipefy.State) (string, bool) { return s.TableRole("ZdeRdE", bo) }},
	} {
		s := start(t, smallWorld(), pipefy.Options{})
		a := s.must("root", fmt.Sprintf(`mutation { setRole(input: { clientMutationId: "x", %s, member: { user_id: 3, role_name: %q } }) {
			clientMutationId member { role_name user { id email } } } }`, place, c.role), nil)
		wantData(t, a, fmt.Sprintf(`{"setRole":{"clientMutationId":"x","member":{"role_name":%q,"user":{"id":"3","email":"bo@example.com"}}}}`, c.role))
		if role, _ := c.read(s.state); role != c.role {
			t.Errorf("%s: the role is %q", place, role)
		}
	}
}

func TestDemotionToGuestCascades(t *testing.T) {
	for _, guest := range []string{"company_guest", "external_guest"} {
		s := start(t, smallWorld(), pipefy.Options{})
		s.must("ana", `mutation($r:String!){setRole(input:{organization_id:100,member:{user_id:6,role_name:$r}}){member{role_name}}}`, map[string]any{"r": guest})
		for _, pipe := range []int64{301, 303} {
			if _, there := s.state.PipeRole(pipe, dan); there {
				t.Errorf("the %s is still in pipe %d", guest, pipe)
			}
		}
		if _, there := s.state.TableRole("ZdeRdE", dan); there {
			t.Errorf("the %s is still in the table", guest)
		}
		if role, _ := s.state.OrganizationRole(100, dan); role != guest {
			t.Errorf("organization role %q", role)
		}
		if _, there := s.state.PipeRole(401, dan); !there {
			t.Error("the cascade reached another organization")
		}
	}
	s := start(t, smallWorld(), pipefy.Options{})
	s.must("ana", `mutation{setRole(input:{organization_id:100,member:{user_id:6,role_name:"admin"}}){member{role_name}}}`, nil)
	if _, there := s.state.PipeRole(301, dan); !there {
		t.Error("a promotion cascaded")
	}
}

func TestSetRoleRefusals(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	before := s.state.Data()
	for name, c := range map[string]struct{ who, input, code string }{
		"unknown user":       {"root", `organization_id:100,member:{user_id:99,role_name:"admin"}`, "RECORD_NOT_FOUND"},
		"an e-mail":          {"root", `organization_id:100,member:{user_id:"bo@example.com",role_name:"admin"}`, "RECORD_NOT_FOUND"},
		"not in the pipe":    {"root", `pipe_id:301,member:{user_id:2,role_name:"admin"}`, "RECORD_NOT_FOUND"},
		"role of a pipe":     {"root", `organization_id:100,member:{user_id:3,role_name:"member"}`, "INVALID_ROLE"},
		"guest of a table":   {"root", `table_id:901,member:{user_id:3,role_name:"company_guest"}`, "INVALID_ROLE"},
		"by a member":        {"bo", `organization_id:100,member:{user_id:3,role_name:"super_admin"}`, "PERMISSION_DENIED"},
		"by a pipe's member": {"bo", `pipe_id:301,member:{user_id:3,role_name:"admin"}`, "PERMISSION_DENIED"},
		"unknown pipe":       {"root", `pipe_id:999,member:{user_id:3,role_name:"admin"}`, "PERMISSION_DENIED"},
		"two places":         {"root", `pipe_id:301,table_id:901,member:{user_id:3,role_name:"admin"}`, "INVALID_INPUT"},
	} {
		if a := s.ask(c.who, `mutation{setRole(input:{`+c.input+`}){member{role_name}}}`, nil); a.code(t) != c.code || a.Data["setRole"] != nil {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	wantSame(t, before, s.state.Data())
	s.must("root", `mutation{setRole(input:{organization_id:100,member:{user_id:3,role_name:"auditor"}}){member{role_name}}}`, nil)
}

func TestSetRoles(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("root", `mutation{setRoles(input:{clientMutationId:"m",pipe_id:301,members:[{user_id:3,role_name:"admin"},{user_id:99,role_name:"admin"},{user_id:6,role_name:"member"}]}){clientMutationId members{role_name user{id}} errors}}`, nil)
	wantData(t, a, `{"setRoles":{"clientMutationId":"m","members":[{"role_name":"admin","user":{"id":"3"}},{"role_name":"member","user":{"id":"6"}}],"errors":["User 99 is not a member"]}}`)
	s.must("ana", `mutation{setRoles(input:{organization_id:100,members:{user_id:3,role_name:"external_guest"}}){errors}}`, nil)
	if _, there := s.state.PipeRole(302, bo); there {
		t.Error("setRoles to a guest role did not cascade")
	}
	if a := s.ask("bo", `mutation{setRoles(input:{organization_id:100,members:{user_id:3,role_name:"admin"}}){errors}}`, nil); a.code(t) != "PERMISSION_DENIED" {
		t.Errorf("a guest set roles: %s", a.raw)
	}
}
