package pipefy_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// input is the one variable of a mutation.
func input(t *testing.T, r request) string {
	t.Helper()
	var vars map[string]json.RawMessage
	if err := json.Unmarshal(r.Variables, &vars); err != nil {
		t.Fatal(err)
	}
	return string(vars["input"])
}

func TestWritesNameExactlyOnePlace(t *testing.T) {
	for _, c := range []struct {
		at   pipefy.Place
		want string
	}{
		{pipefy.InOrganization("7"), `"organization_id":"7"`},
		{pipefy.InPipe("301"), `"pipe_id":"301"`},
		{pipefy.InTable("ZdeRdE"), `"table_id":"ZdeRdE"`},
	} {
		var seen []request
		client := client(t, answering(t, &seen, `{"data":{"x":1}}`), pipefy.Options{})
		change := pipefy.RoleChange{UserID: "9", Role: "admin"}
		_, _ = client.InviteMembers(t.Context(), c.at, "Welcome", []pipefy.Invitation{{Email: " Ana@ACME.example ", Role: "admin"}})
		_ = client.SetRole(t.Context(), c.at, change)
		_, _ = client.SetRoles(t.Context(), c.at, []pipefy.RoleChange{change})
		for i, want := range []string{
			`{"emails":[{"email":"ana@acme.example","role_name":"admin"}],"message":"Welcome",` + c.want + `}`,
			`{"member":{"user_id":"9","role_name":"admin"},` + c.want + `}`,
			`{"members":[{"user_id":"9","role_name":"admin"}],` + c.want + `}`,
		} {
			if got := input(t, seen[i]); got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		}
	}
}

func TestInviteMembersTellsRowByRow(t *testing.T) {
	const a, r, u = pipefy.Applied, pipefy.Rejected, pipefy.Unclear
	for name, c := range map[string]struct {
		body string
		n    int
		want []pipefy.Outcome
	}{
		"new users listed":            {`{"data":{"inviteMembers":{"users":[{"id":"1","email":"A0@x.example"},{"id":"2","email":"a1@x.example"}],"errors":[]}}}`, 2, []pipefy.Outcome{a, a}},
		"known users are not listed":  {`{"data":{"inviteMembers":{"users":[],"errors":null}}}`, 2, []pipefy.Outcome{a, a}},
		"one row refused by position": {`{"data":{"inviteMembers":{"users":[{"id":"1","email":"a0@x.example"}],"errors":[{"index":1}]}}}`, 2, []pipefy.Outcome{a, r}},
		"bad role in an organization, as seen live": {`{"data":{"inviteMembers":{"users":[],"errors":[{"index":null,"message":"x"}]}},
			"errors":[{"message":"Something went wrong","code":30000,"type":"ExecutionError","path":["inviteMembers"]}]}`, 1, []pipefy.Outcome{r}},
		"an error that may be about anybody": {`{"data":{"inviteMembers":{"users":[{"id":"1","email":"a0@x.example"}],"errors":[{"index":null}]}}}`, 3, []pipefy.Outcome{a, u, u}},
		"a position out of range":            {`{"data":{"inviteMembers":{"users":null,"errors":[{"index":9},{"index":-1},{"index":0}]}}}`, 2, []pipefy.Outcome{r, u}},
		"top-level error beside data":        {`{"data":{"inviteMembers":{"users":[{"id":"1","email":"a0@x.example"}]}},"errors":[{"message":"x"}]}`, 2, []pipefy.Outcome{a, u}},
		"listed and refused":                 {`{"data":{"inviteMembers":{"users":[{"id":"1","email":"a0@x.example"}],"errors":[{"index":0}]}}}`, 1, []pipefy.Outcome{u}},
	} {
		t.Run(name, func(t *testing.T) {
			var in []pipefy.Invitation
			for i := range c.n {
				in = append(in, pipefy.Invitation{Email: "A" + string(rune('0'+i)) + "@x.example", Role: "normal"})
			}
			rows, err := client(t, answering(t, nil, c.body), pipefy.Options{}).InviteMembers(t.Context(), pipefy.InOrganization("7"), "", in)
			if err != nil {
				t.Fatal(err)
			}
			var got []pipefy.Outcome
			for _, row := range rows {
				got = append(got, row.Outcome)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if rows[0].Email != "a0@x.example" {
				t.Errorf("the address was sent as %s", rows[0].Email)
			}
		})
	}
}

func TestInviteMembersGivesTheNewUser(t *testing.T) {
	rows, err := client(t, answering(t, nil, `{"data":{"inviteMembers":{"users":[{"id":55,"email":"ana@x.example","invited":true,"confirmed":false}]}}}`), pipefy.Options{}).
		InviteMembers(t.Context(), pipefy.InTable("Z"), "", []pipefy.Invitation{{Email: "Ana@x.example", Role: "member"}})
	if err != nil || rows[0].User.ID != "55" || *rows[0].User.Confirmed {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestSetRole(t *testing.T) {
	for name, c := range map[string]struct {
		body      string
		ok        bool
		ambiguous bool
		kind      wire.Kind
	}{
		"confirmed":                   {`{"data":{"setRole":{"member":{"role_name":"ADMIN","user":{"id":9}}}}}`, true, false, wire.OK},
		"confirmed without role":      {`{"data":{"setRole":{"member":{"user":{"id":"9"}}}}}`, true, false, wire.OK},
		"another role":                {`{"data":{"setRole":{"member":{"role_name":"normal","user":{"id":"9"}}}}}`, false, true, wire.Malformed},
		"another user":                {`{"data":{"setRole":{"member":{"role_name":"admin","user":{"id":"8"}}}}}`, false, true, wire.Malformed},
		"no member":                   {`{"data":{"setRole":{"member":null}}}`, false, true, wire.Malformed},
		"null payload without reason": {`{"data":{"setRole":null}}`, false, true, wire.Malformed},
		"confirmed beside an error":   {`{"data":{"setRole":{"member":{"role_name":"admin","user":{"id":"9"}}}},"errors":[{"message":"x"}]}`, false, true, wire.Malformed},
		"role refused":                {`{"data":{"setRole":null},"errors":[{"message":"x","path":["setRole"],"extensions":{"code":"INVALID_ROLE"}}]}`, false, false, wire.BadRequest},
		"not allowed":                 {`{"data":{"setRole":null},"errors":[{"message":"x","path":["setRole"],"extensions":{"code":"PERMISSION_DENIED"}}]}`, false, false, wire.Denied},
		"something went wrong":        {`{"data":{"setRole":null},"errors":[{"message":"Something went wrong","code":30000}]}`, false, true, wire.Malformed},
		"internal error":              {`{"data":{"setRole":null},"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, false, true, wire.ServerError},
		"time limit":                  {`{"data":{"setRole":null},"errors":[{"message":"Timeout on Mutation.setRole"}]}`, false, true, wire.Timeout},
		"page of an outage":           {`502 <html>`, false, true, wire.ServerError},
		"empty answer":                {``, false, true, wire.Malformed},
		"misshapen payload":           {`{"data":{"setRole":[]}}`, false, true, wire.Malformed},
		"token refused":               {`401 {"errors":[{"title":"Unauthorized"}]}`, false, false, wire.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []request
			err := client(t, answering(t, &seen, c.body), pipefy.Options{}).
				SetRole(t.Context(), pipefy.InOrganization("7"), pipefy.RoleChange{UserID: "9", Role: "admin"})
			if c.ok {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if f := failed(t, err); f.Kind != c.kind || f.Ambiguous != c.ambiguous {
				t.Errorf("got %v, ambiguous %v", f, f.Ambiguous)
			}
			if len(seen) != 1 {
				t.Errorf("a write was sent %d times", len(seen))
			}
		})
	}
}

// No write is repeated by itself, even with retries on.
func TestAWriteWhoseAnswerIsLostIsSentOnce(t *testing.T) {
	var sent atomic.Int32
	lost := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1); panic(http.ErrAbortHandler) })
	for name, call := range map[string]func(context.Context, *pipefy.Client) error{
		"invite": func(x context.Context, c *pipefy.Client) error {
			_, err := c.InviteMembers(x, pipefy.InPipe("3"), "", []pipefy.Invitation{{Email: "a@b.c", Role: "member"}})
			return err
		},
		"set roles": func(x context.Context, c *pipefy.Client) error {
			_, err := c.SetRoles(x, pipefy.InPipe("3"), []pipefy.RoleChange{{UserID: "1", Role: "admin"}})
			return err
		},
		"remove": func(x context.Context, c *pipefy.Client) error { return c.RemoveUserFromOrg(x, "7", "a@b.c") },
	} {
		t.Run(name, func(t *testing.T) {
			sent.Store(0)
			server := newServer(t, lost)
			c, err := pipefy.New(wire.Config{Source: "s", BaseURL: server, Limits: wire.Limits{Backoff: time.Millisecond}}, pipefy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			f := failed(t, call(t.Context(), c))
			if !f.Ambiguous || sent.Load() != 1 {
				t.Errorf("ambiguous %v, sent %d times: %v", f.Ambiguous, sent.Load(), f)
			}
			if public := fault.From(f); public.Kind != fault.SourceUnavailable {
				t.Errorf("got %v", public.Kind.Code())
			}
		})
	}
}

func TestSetRolesTellsRowByRow(t *testing.T) {
	const a, u = pipefy.Applied, pipefy.Unclear
	changes := []pipefy.RoleChange{{UserID: "1", Role: "admin"}, {UserID: "2", Role: "member"}}
	for name, c := range map[string]struct {
		body string
		want []pipefy.RoleRow
	}{
		"both":         {`{"data":{"setRoles":{"members":[{"role_name":"member","user":{"id":2}},{"role_name":"Admin","user":{"id":1}}],"errors":null}}}`, []pipefy.RoleRow{{"1", a, "Admin"}, {"2", a, "member"}}},
		"one is null":  {`{"data":{"setRoles":{"members":[{"role_name":"admin","user":{"id":1}},null],"errors":["x"]}}}`, []pipefy.RoleRow{{"1", a, "admin"}, {"2", u, ""}}},
		"other role":   {`{"data":{"setRoles":{"members":[{"role_name":"member","user":{"id":1}},{"user":{"id":"2"}}]}}}`, []pipefy.RoleRow{{"1", u, "member"}, {"2", a, ""}}},
		"only errors":  {`{"data":{"setRoles":{"members":null,"errors":["x","y"]}}}`, []pipefy.RoleRow{{"1", u, ""}, {"2", u, ""}}},
		"beside error": {`{"data":{"setRoles":{"members":[{"user":{"id":1}}]}},"errors":[{"message":"x"}]}`, []pipefy.RoleRow{{"1", u, ""}, {"2", u, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := client(t, answering(t, nil, c.body), pipefy.Options{}).SetRoles(t.Context(), pipefy.InPipe("3"), changes)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, rows); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestUnusableWritesNeverLeave(t *testing.T) {
	var seen []request
	c := client(t, answering(t, &seen, `{}`), pipefy.Options{})
	byUUID := client(t, answering(t, &seen, `{}`), pipefy.Options{PipeRemoval: pipefy.RemoveMembersFromPipe})
	x, ana := t.Context(), []pipefy.Invitation{{Email: "a@b.c", Role: "member"}}
	change := pipefy.RoleChange{UserID: "1", Role: "admin"}
	_, noPlace := c.InviteMembers(x, pipefy.InPipe(""), "", ana)
	_, oddPlace := c.InviteMembers(x, pipefy.Place{Kind: person.ResourceCompany, ID: "1"}, "", ana)
	_, nobody := c.InviteMembers(x, pipefy.InPipe("3"), "", nil)
	_, noEmail := c.InviteMembers(x, pipefy.InPipe("3"), "", []pipefy.Invitation{{Email: " ", Role: "member"}})
	_, noRole := c.InviteMembers(x, pipefy.InPipe("3"), "", []pipefy.Invitation{{Email: "a@b.c"}})
	_, noChanges := c.SetRoles(x, pipefy.InPipe("3"), nil)
	_, noUser := c.SetRoles(x, pipefy.InPipe("3"), []pipefy.RoleChange{{Role: "admin"}})
	for name, err := range map[string]error{
		"no place": noPlace, "a place of another system": oddPlace, "nobody to invite": nobody, "no e-mail": noEmail,
		"no role": noRole, "no changes": noChanges, "no user": noUser,
		"role without a place": c.SetRole(x, pipefy.Place{}, change),
		"role without a user":  c.SetRole(x, pipefy.InPipe("3"), pipefy.RoleChange{Role: "admin"}),
		"removal by nothing":   c.RemoveUserFromOrg(x, "7", " "),
		"removal from nothing": c.RemoveUserFromTable(x, "", "a@b.c"),
		"pipe without e-mail":  c.RemoveUserFromPipe(x, pipefy.Pipe{ID: "3", UUID: "p"}, pipefy.User{UUID: "u"}),
		"pipe without uuids":   byUUID.RemoveUserFromPipe(x, pipefy.Pipe{ID: "3"}, pipefy.User{Email: "a@b.c"}),
	} {
		if fault.KindOf(err) != fault.BadUserInput {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(seen) != 0 {
		t.Errorf("%d requests were sent", len(seen))
	}
}
