package pipefy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// newServer serves h on loopback until the test ends.
func newServer(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

var (
	leaver = pipefy.User{ID: "9", UUID: "u-9", Email: "Ana.Silva@acme.example"}
	hiring = pipefy.Pipe{ID: "301", UUID: "p-301"}
)

// removals are all ways to remove somebody: the field that is sent, and its input.
var removals = []struct {
	field, input string
	options      pipefy.Options
	call         func(context.Context, *pipefy.Client) error
}{
	{"removeUserFromOrg", `{"email":"Ana.Silva@acme.example","organization_id":"7"}`, pipefy.Options{},
		func(x context.Context, c *pipefy.Client) error { return c.RemoveUserFromOrg(x, "7", leaver.Email) }},
	{"removeUserFromTable", `{"email":"Ana.Silva@acme.example","table_id":"ZdeRdE"}`, pipefy.Options{},
		func(x context.Context, c *pipefy.Client) error {
			return c.RemoveUserFromTable(x, "ZdeRdE", leaver.Email)
		}},
	{"removeUserFromPipe", `{"email":"Ana.Silva@acme.example","pipe_id":"301"}`, pipefy.Options{},
		func(x context.Context, c *pipefy.Client) error { return c.RemoveUserFromPipe(x, hiring, leaver) }},
	{"removeUserFromRepo", `{"email":"Ana.Silva@acme.example","pipe_id":"301"}`, pipefy.Options{PipeRemoval: pipefy.RemoveUserFromRepo},
		func(x context.Context, c *pipefy.Client) error { return c.RemoveUserFromPipe(x, hiring, leaver) }},
	{"removeMembersFromPipe", `{"pipeUuid":"p-301","usersUuids":["u-9"]}`, pipefy.Options{PipeRemoval: pipefy.RemoveMembersFromPipe},
		func(x context.Context, c *pipefy.Client) error { return c.RemoveUserFromPipe(x, hiring, leaver) }},
}

func TestRemovalsSendWhatTheirFieldTakes(t *testing.T) {
	for _, r := range removals {
		t.Run(r.field, func(t *testing.T) {
			var seen []request
			c := client(t, answering(t, &seen, `{"data":{"`+r.field+`":{"success":true}}}`), r.options)
			if err := r.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(seen[0].Query, r.field+"(input: $input)") {
				t.Errorf("sent %s", seen[0].Query)
			}
			if got := input(t, seen[0]); got != r.input {
				t.Errorf("sent %s, want %s", got, r.input)
			}
		})
	}
}

func TestOnlyAPlainSuccessConfirmsARemoval(t *testing.T) {
	for name, c := range map[string]struct {
		body      string
		kind      wire.Kind
		ambiguous bool
	}{
		"success false":           {`{"data":{"FIELD":{"success":false}}}`, wire.BadRequest, false},
		"success null":            {`{"data":{"FIELD":{"success":null}}}`, wire.Malformed, true},
		"empty payload":           {`{"data":{"FIELD":{}}}`, wire.Malformed, true},
		"null payload":            {`{"data":{"FIELD":null}}`, wire.Malformed, true},
		"success beside an error": {`{"data":{"FIELD":{"success":true}},"errors":[{"message":"x"}]}`, wire.Malformed, true},
		"denied":                  {`{"data":{"FIELD":null},"errors":[{"extensions":{"code":"PERMISSION_DENIED"}}]}`, wire.Denied, false},
		"unknown address":         {`{"data":{"FIELD":null},"errors":[{"extensions":{"code":"RECORD_NOT_FOUND"}}]}`, wire.NotFound, false},
		"no such field":           {`{"errors":[{"message":"Field 'FIELD' doesn't exist","extensions":{"code":"undefinedField"}}]}`, wire.BadRequest, false},
		"internal":                {`{"data":null,"errors":[{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, wire.ServerError, true},
	} {
		for _, r := range removals {
			t.Run(name+" "+r.field, func(t *testing.T) {
				err := r.call(t.Context(), client(t, answering(t, nil, strings.ReplaceAll(c.body, "FIELD", r.field)), r.options))
				if f := failed(t, err); f.Kind != c.kind || f.Ambiguous != c.ambiguous {
					t.Errorf("got %v, ambiguous %v", f, f.Ambiguous)
				}
			})
		}
	}
}

func TestRemovalByUUIDIsCheckedAgainstItsList(t *testing.T) {
	for payload, confirmed := range map[string]bool{
		`{"success":true,"removedUsersUuids":["x","u-9"]}`:            true,
		`{"success":true,"removedUsersUuids":null}`:                   true,
		`{"success":true,"removedUsersUuids":[]}`:                     false,
		`{"success":true,"removedUsersUuids":["x"]}`:                  false,
		`{"success":true,"removedUsersUuids":["u-9"],"errors":["x"]}`: false,
		`{"success":true,"removedUsersUuids":["u-9"],"errors":[]}`:    true,
	} {
		c := client(t, answering(t, nil, `{"data":{"removeMembersFromPipe":`+payload+`}}`), pipefy.Options{PipeRemoval: pipefy.RemoveMembersFromPipe})
		err := c.RemoveUserFromPipe(t.Context(), hiring, leaver)
		if confirmed != (err == nil) || err != nil && !failed(t, err).Ambiguous {
			t.Errorf("%s: got %v", payload, err)
		}
	}
}
