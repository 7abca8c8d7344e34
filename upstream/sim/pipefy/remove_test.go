package pipefy_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func wantSame(t *testing.T, before, after pipefy.Data) {
	t.Helper()
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("the state changed: %s", d)
	}
}

func TestRemoveUserFromOrgCascades(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("ana", `mutation { removeUserFromOrg(input: { organization_id: 100, email: "Dan@Example.com", clientMutationId: "r" }) { clientMutationId success } }`, nil)
	wantData(t, a, `{"removeUserFromOrg":{"clientMutationId":"r","success":true}}`)
	after := s.state.Data()
	for _, o := range after.Organizations {
		for _, m := range o.Members {
			if o.ID == 100 && m.UserID == dan {
				t.Error("still in the organization")
			}
		}
	}
	for _, p := range after.Pipes {
		for _, m := range p.Members {
			if p.OrganizationID == 100 && m.UserID == dan {
				t.Errorf("still in pipe %d", p.ID)
			}
		}
	}
	if _, there := s.state.TableRole("ZdeRdE", dan); there {
		t.Error("still in the table")
	}
	if _, there := s.state.PipeRole(401, dan); !there {
		t.Error("the removal reached another organization")
	}
	if _, there := s.state.User(dan); !there {
		t.Error("the account itself is gone")
	}
	wantData(t, s.must("ana", `{organization(id:100){membersCount}}`, nil), `{"organization":{"membersCount":5}}`)
}

func TestRemovalsFromPipeAndTable(t *testing.T) {
	for field, input := range map[string]string{
		"removeUserFromPipe": "pipe_id: 301", "removeUserFromRepo": "pipe_id: 301", "removeUserFromTable": `table_id: "ZdeRdE"`,
	} {
		s := start(t, smallWorld(), pipefy.Options{})
		before := s.state.Data()
		a := s.must("root", fmt.Sprintf(`mutation { %s(input: { %s, email: "bo@example.com" }) { clientMutationId success } }`, field, input), nil)
		wantData(t, a, fmt.Sprintf(`{%q:{"clientMutationId":null,"success":true}}`, field))
		if d := cmp.Diff(before.Organizations, s.state.Data().Organizations); d != "" {
			t.Errorf("%s changed the organization: %s", field, d)
		}
		_, inPipe := s.state.PipeRole(301, bo)
		_, inTable := s.state.TableRole("901", bo)
		if table := field == "removeUserFromTable"; inPipe != table || inTable == table {
			t.Errorf("%s: in the pipe %v, in the table %v", field, inPipe, inTable)
		}
		again := s.ask("root", fmt.Sprintf(`mutation{%s(input:{%s,email:"bo@example.com"}){success}}`, field, input), nil)
		if again.code(t) != "RECORD_NOT_FOUND" {
			t.Errorf("%s twice: %s", field, again.raw)
		}
	}
}

func TestRemovalRefusals(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	before := s.state.Data()
	for name, c := range map[string]struct{ who, field, code string }{
		"by a member":            {"bo", `removeUserFromOrg(input:{organization_id:100,email:"dan@example.com"})`, "PERMISSION_DENIED"},
		"from elsewhere":         {"eve", `removeUserFromOrg(input:{organization_id:100,email:"dan@example.com"})`, "PERMISSION_DENIED"},
		"an unseen pipe":         {"root", `removeUserFromPipe(input:{pipe_id:302,email:"bo@example.com"})`, "PERMISSION_DENIED"},
		"a pipe that is not":     {"root", `removeUserFromRepo(input:{pipe_id:999,email:"bo@example.com"})`, "PERMISSION_DENIED"},
		"no place":               {"root", `removeUserFromOrg(input:{email:"bo@example.com"})`, "INVALID_INPUT"},
		"an unknown address":     {"root", `removeUserFromTable(input:{table_id:901,email:"no@example.com"})`, "RECORD_NOT_FOUND"},
		"a pipe by unseen uuid":  {"root", `removeMembersFromPipe(input:{pipeUuid:"pipe-302",usersUuids:["uuid-bo"]})`, "PERMISSION_DENIED"},
		"a pipe by unknown uuid": {"root", `removeMembersFromPipe(input:{pipeUuid:"none"})`, "PERMISSION_DENIED"},
		"uuids by a member":      {"bo", `removeMembersFromPipe(input:{pipeUuid:"pipe-301",usersUuids:["uuid-dan"]})`, "PERMISSION_DENIED"},
	} {
		if a := s.ask(c.who, `mutation{x:`+c.field+`{success}}`, nil); a.code(t) != c.code || a.Data["x"] != nil || a.Errors[0].Path[0] != "x" {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	wantSame(t, before, s.state.Data())
	soft := start(t, smallWorld(), pipefy.Options{SoftRemoval: true})
	wantData(t, soft.must("root", `mutation{removeUserFromPipe(input:{pipe_id:301,email:"ana@example.com"}){success}}`, nil), `{"removeUserFromPipe":{"success":false}}`)
}

func TestStickyRemoval(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{StickyRemoval: true})
	for _, doc := range []string{
		`mutation{x:removeUserFromPipe(input:{pipe_id:301,email:"root@example.com"}){success}}`,
		`mutation{x:removeMembersFromPipe(input:{pipeUuid:"pipe-301",usersUuids:["uuid-root"]}){success}}`,
	} {
		wantData(t, s.must("root", doc, nil), `{"x":{"success":true}}`)
		if _, there := s.state.PipeRole(301, root); !there {
			t.Error("an organization admin left the pipe")
		}
	}
	s.must("root", `mutation{removeUserFromPipe(input:{pipe_id:301,email:"bo@example.com"}){success}}`, nil)
	if _, there := s.state.PipeRole(301, bo); there {
		t.Error("a plain member stayed")
	}
	s.must("ana", `mutation{removeUserFromOrg(input:{organization_id:100,email:"root@example.com"}){success}}`, nil)
	if _, there := s.state.PipeRole(301, root); there {
		t.Error("removal from the organization did not cascade")
	}
}

func TestRemoveMembersFromPipe(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("root", `mutation($in:RemoveMembersFromPipeInput!){removeMembersFromPipe(input:$in){clientMutationId success removedUsersUuids removedGroupsUuids errors}}`,
		map[string]any{"in": map[string]any{"pipeUuid": "pipe-301", "usersUuids": []string{"uuid-bo", "uuid-ana", "uuid-dan"}, "groupsUuids": []string{"g1"}, "clientMutationId": "z"}})
	wantData(t, a, `{"removeMembersFromPipe":{"clientMutationId":"z","success":false,"removedUsersUuids":["uuid-bo","uuid-dan"],"removedGroupsUuids":[],"errors":["User uuid-ana is not a member","Group g1 is not a member"]}}`)
	wantData(t, s.must("root", `{pipe(id:301){members{user{name}}}}`, nil), `{"pipe":{"members":[{"user":{"name":"root"}}]}}`)
}

// TestAliasedMutations: one failing alias nulls only itself, and the others are applied.
func TestAliasedMutations(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.ask("root", `mutation{
		a:removeUserFromPipe(input:{pipe_id:301,email:"bo@example.com"}){success}
		b:removeUserFromPipe(input:{pipe_id:302,email:"bo@example.com"}){success}
		c:removeUserFromTable(input:{table_id:901,email:"bo@example.com"}){success}}`, nil)
	wantData(t, a, `{"a":{"success":true},"b":null,"c":{"success":true}}`)
	if len(a.Errors) != 1 || a.Errors[0].Path[0] != "b" {
		t.Errorf("errors %v", a.Errors)
	}
	if u := s.sim.Usage(); u.Operations["removeUserFromPipe"] != 2 || u.Billed != 1 {
		t.Errorf("usage %+v", u)
	}
}
