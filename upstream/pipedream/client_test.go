package pipedream_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestOperations(t *testing.T) {
	id := "user-7"
	for op, c := range map[string]struct {
		status int
		answer string
		call   func(context.Context, *pipedream.Client) (any, error)
		want   any
		sent   string
	}{
		pipedream.OpProjectInfo: {
			200, `{"apps":[{"id":"oa_1","name_slug":"slack"},{"id":null,"name_slug":"github"}]}`, func(ctx context.Context, c *pipedream.Client) (any, error) {
				info, err := c.ProjectInfo(ctx)
				return len(info.Apps.Items), err
			}, 2, "GET /v1/connect/proj_abc123/projects/info",
		},
		pipedream.OpUsers: {
			200, list("", 1, `{"id":"exu_9","external_id":"user-7","created_at":"2026-01-05T10:00:00Z"}`), func(ctx context.Context, c *pipedream.Client) (any, error) {
				users, err := c.Users(ctx)
				return fmt.Sprintf("%d %t %s", len(users.Items), users.Complete(), users.Items[0].ExternalID), err
			}, "1 true user-7", "GET /v1/connect/proj_abc123/users?limit=100",
		},
		pipedream.OpAccounts: {
			200, list("", 1, anaAccount), func(ctx context.Context, c *pipedream.Client) (any, error) {
				accounts, err := c.Accounts(ctx, pipedream.AccountFilter{ExternalUserID: &id, App: "slack"})
				return string(accounts.Items[0].ID), err
			}, "apn_k3Hq2Za", "GET /v1/connect/proj_abc123/accounts?app=slack&external_user_id=user-7&limit=100",
		},
		pipedream.OpUserAccounts: {
			200, `[` + anaAccount + `]`, func(ctx context.Context, c *pipedream.Client) (any, error) {
				accounts, err := c.UserAccounts(ctx, "a/b@c", "slack")
				return len(accounts), err
			}, 1, "GET /v1/connect/proj_abc123/users/a%2Fb@c/accounts?app=slack",
		},
		pipedream.OpAccount: {
			200, anaAccount, func(ctx context.Context, c *pipedream.Client) (any, error) {
				a, err := c.Account(ctx, "apn_k3Hq2Za")
				return string(a.ID), err
			}, "apn_k3Hq2Za", "GET /v1/connect/proj_abc123/accounts/apn_k3Hq2Za",
		},
		pipedream.OpDeleteAccount: {
			204, ``, func(ctx context.Context, c *pipedream.Client) (any, error) {
				return c.DeleteAccount(ctx, "apn_k3Hq2Za")
			},
			pipedream.Deleted, "DELETE /v1/connect/proj_abc123/accounts/apn_k3Hq2Za",
		},
		pipedream.OpDeleteUser: {
			404, `{"error":"record not found"}`, func(ctx context.Context, c *pipedream.Client) (any, error) { return c.DeleteUser(ctx, "user-7") },
			pipedream.AlreadyGone, "DELETE /v1/connect/proj_abc123/users/user-7",
		},
	} {
		t.Run(op, func(t *testing.T) {
			s, gate := says(t, c.status, c.answer), &ledger{}
			got, err := c.call(t.Context(), s.quiet(t).As(wire.Mutation, gate))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
			write := strings.HasPrefix(c.sent, "DELETE")
			if want := (wire.Call{Source: "pipedream-prod", Operation: op, Class: wire.Mutation, Write: write}); len(gate.calls) != 1 || gate.calls[0] != want {
				t.Errorf("the gate saw %+v", gate.calls)
			}
			if len(s.calls()) != 1 || s.calls()[0] != c.sent || s.tokens != 1 {
				t.Errorf("sent %v after %d token requests", s.calls(), s.tokens)
			}
		})
	}
}

func TestDeletesSayHowTheyFoundThings(t *testing.T) {
	for status, want := range map[int]pipedream.Deletion{204: pipedream.Deleted, 200: 0, 404: pipedream.AlreadyGone, 403: 0, 429: 0} {
		c := says(t, status, `{}`).quiet(t)
		account, err := c.DeleteAccount(t.Context(), "apn_1")
		user, err2 := c.DeleteUser(t.Context(), "user-7")
		if account != want || user != want || (want == 0) != (err != nil) || (want == 0) != (err2 != nil) {
			t.Errorf("%d: %v %v, %v %v", status, account, user, err, err2)
		}
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	_, err := s.quiet(t).DeleteUser(t.Context(), "user-7")
	if f, isFailure := err.(*wire.Failure); !isFailure || !f.Ambiguous || len(s.calls()) != 1 {
		t.Errorf("sent %d times: %v", len(s.calls()), err)
	}
}

func TestDangerousIDsAreRefusedBeforeAnyCall(t *testing.T) {
	s := says(t, 200, `[]`)
	c := s.quiet(t)
	ctx := t.Context()
	for _, id := range []string{"", ".", "..", strings.Repeat("a", 251), strings.Repeat("é", 251)} {
		_, e1 := c.DeleteUser(ctx, id)
		_, e2 := c.UserAccounts(ctx, id, "")
		_, e3 := c.Accounts(ctx, pipedream.AccountFilter{ExternalUserID: &id})
		_, e4 := c.DeployedTriggers(ctx, id)
		for _, err := range []error{e1, e2, e3, e4} {
			if fault.KindOf(err) != fault.BadUserInput || (len(id) > 2 && strings.Contains(err.Error(), id)) {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	for _, id := range []string{"", ".", "..", "apn_", "apn_a/b", "apn_a?x", "apn_é", "exu_1", "../users"} {
		_, e1 := c.DeleteAccount(ctx, id)
		_, e2 := c.Account(ctx, id)
		if fault.KindOf(e1) != fault.BadUserInput || fault.KindOf(e2) != fault.BadUserInput {
			t.Errorf("%q: %v, %v", id, e1, e2)
		}
	}
	if len(s.calls()) != 0 || s.tokens != 0 {
		t.Errorf("calls left: %v, and %d for tokens", s.calls(), s.tokens)
	}
}

func TestExternalUserIDsStayOneSegment(t *testing.T) {
	for _, id := range []string{"a/b", "a b", "a%2Fb", "ann@example.com", "x:y#z?q=1", "日本", "a/../b", "...", "a+b", `"`, strings.Repeat("é", 250)} {
		var got string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/v1/connect/proj_abc123/users/"), "/")
			if len(segments) != 1 {
				t.Errorf("%q became %v", id, segments)
			}
			got = strings.TrimPrefix(r.URL.Path, "/v1/connect/proj_abc123/users/")
			w.WriteHeader(http.StatusNoContent)
		})
		if _, err := s.quiet(t).DeleteUser(t.Context(), id); err != nil || got != id {
			t.Errorf("%q arrived as %q: %v", id, got, err)
		}
	}
}

func TestShapesOfOneAccountAndOfOneUsersAccounts(t *testing.T) {
	for _, body := range []string{anaAccount, `{"data":` + anaAccount + `}`} {
		if a, err := says(t, 200, body).quiet(t).Account(t.Context(), "apn_1"); err != nil || a.ID != "apn_k3Hq2Za" {
			t.Errorf("%v, %v", a.ID, err)
		}
	}
	for _, body := range []string{`[%s]`, `{"data":[%s]}`, `{"accounts":[%s]}`, `{"data":{"accounts":[%s]}}`} {
		accounts, err := says(t, 200, fmt.Sprintf(body, anaAccount)).quiet(t).UserAccounts(t.Context(), "user-7", "")
		if err != nil || len(accounts) != 1 {
			t.Errorf("%s: %d accounts, %v", body, len(accounts), err)
		}
	}
	for _, body := range []string{`{}`, `null`, `{"data":null}`, `{"data":"x"}`, `"x"`, `{"data":{"data":{"data":{"data":[]}}}}`} {
		c := says(t, 200, body).quiet(t)
		_, e1 := c.Account(t.Context(), "apn_1")
		_, e2 := c.UserAccounts(t.Context(), "user-7", "")
		_, e3 := c.Users(t.Context())
		_, e4 := c.ProjectInfo(t.Context())
		for n, err := range []error{e1, e2, e3, e4} {
			if wire.KindOf(err) != wire.Malformed {
				t.Errorf("%s, call %d: %v", body, n, err)
			}
		}
	}
}

func TestDeployedTriggersAskForEveryEmitter(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("emitter_type") {
		case "source":
			fmt.Fprint(w, list("", 1, `{"id":"dc_1","type":"DeployedComponent","name":"New row","component_key":"k","active":true,"created_at":1780830733000,
				"updated_at":1780830733000,"configured_props":{"key":"SECRET","more":["SECRET"],"b":{"authProvisionId":"apn_2"},"a":{"authProvisionId":"apn_1","x":"SECRET"},"c":{"authProvisionId":"SECRET"}},"webhook_signing_key":"SECRET"}`))
		case "http":
			fmt.Fprint(w, list("", 1, `{"id":"hi_1","key":"SECRET","endpoint_url":"https://x/SECRET","created_at":"2026-06-07T11:12:13Z"}`))
		case "timer":
			fmt.Fprint(w, list("", 0))
		case "email":
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	got, err := s.quiet(t).DeployedTriggers(t.Context(), "a/b c")
	at, active := time.Date(2026, 6, 7, 11, 12, 13, 0, time.UTC), true
	want := []person.DeployedTrigger{
		{ID: "dc_1", Name: "New row", Type: "DeployedComponent", ComponentKey: "k", Active: &active, Accounts: []string{"apn_1", "apn_2"}, CreatedAt: at, UpdatedAt: at},
		{ID: "hi_1", Type: "http", CreatedAt: at},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(s.calls()) != 4 || strings.Contains(fmt.Sprintf("%+v", got), "SECRET") {
		t.Errorf("calls %v", s.calls())
	}
	for _, call := range s.calls() {
		if !strings.Contains(call, "external_user_id=a%2Fb+c") {
			t.Errorf("%s names no user", call)
		}
	}
	if _, err := says(t, 400, `{}`).quiet(t).DeployedTriggers(t.Context(), "u"); wire.KindOf(err) != wire.BadRequest {
		t.Errorf("a refused source emitter is %v", err)
	}
}

func TestNewChecksTheProject(t *testing.T) {
	for _, p := range []pipedream.Project{{}, {ID: "proj_a", Environment: "staging"}, {ID: "abc", Environment: "production"}, {ID: "proj_a/../b", Environment: "production"}} {
		if _, err := pipedream.New("s", "http://x", p, nil, pipedream.Options{}); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
	if _, err := pipedream.Credential("s", "nonsense", "a", clientSecret, "", pipedream.Options{}); err == nil || strings.Contains(err.Error(), clientSecret) {
		t.Errorf("a base URL without a host: %v", err)
	}
}
