package pipedrive_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestOperations sends every operation of the mission once and checks the whole
// request, its name at the gate, and that the answer was understood.
func TestOperations(t *testing.T) {
	type call func(context.Context, *pipedrive.Client) (any, error)
	userID := func(u pipedrive.User, err error) (any, error) { return u.ID.Value, err }
	for op, c := range map[string]struct {
		answer string
		call   call
		want   any
		sent   string // method, path and query
		body   string
	}{
		pipedrive.OpMe: {
			ok(annMe), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				me, err := c.Me(ctx)
				return []string{me.Account(), me.Key().ID, string(me.Phone), string(me.CompanyName)}, err
			}, []string{"7001", "20480117", "+372 5550100", "Acme"}, "GET /api/v1/users/me", "",
		},
		pipedrive.OpUsers: {
			ok(`[` + annUser + `]`), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				users, err := c.Users(ctx)
				return len(users.List), err
			}, 1, "GET /api/v1/users", "",
		},
		pipedrive.OpUser: {
			ok(annUser), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return userID(c.User(ctx, 20480117))
			}, int64(20480117), "GET /api/v1/users/20480117", "",
		},
		pipedrive.OpFind: {
			ok(`[` + annUser + `]`), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				users, err := c.FindUsers(ctx, "ann@example.com", true)
				return len(users.List), err
			}, 1, "GET /api/v1/users/find?search_by_email=1&term=ann%40example.com", "",
		},
		pipedrive.OpPermissions: {
			ok(`{"can_use_api":true,"can_add_custom_fields":0,"can_new_thing":1,"can_odd":"perhaps"}`), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return c.Permissions(ctx, 7)
			}, []person.Permission{{Name: "can_add_custom_fields"}, {Name: "can_new_thing", Granted: true}, {Name: "can_use_api", Granted: true}},
			"GET /api/v1/users/7/permissions", "",
		},
		pipedrive.OpRoleAssignments: {
			ok(`[{"user_id":7,"role_id":"5","parent_role_id":null,"name":"Sales","active_flag":true,"type":"1"}]`), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return c.RoleAssignments(ctx, 7)
			}, []person.RoleAssignment{{RoleID: 5, Name: "Sales", Type: "1", IsActive: true}},
			"GET /api/v1/users/7/roleAssignments?limit=500&start=0", "",
		},
		pipedrive.OpRoleSettings: {
			ok(`{"org_default_visibility":3,"deal_default_visibility":1,"deal_access_level":null}`), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return c.RoleSettings(ctx, 7)
			}, []person.RoleSetting{{Name: "deal_default_visibility", Value: 1}, {Name: "org_default_visibility", Value: 3}},
			"GET /api/v1/users/7/roleSettings", "",
		},
		pipedrive.OpFollowers: {
			`{"success":true,"data":[{"user_id":9,"add_time":"2026-01-01T00:00:00Z"}],"additional_data":{"next_cursor":"abc"}}`, func(ctx context.Context, c *pipedrive.Client) (any, error) {
				followers, next, err := c.Followers(ctx, 7, "start")
				return fmt.Sprint(followers, next), err
			}, fmt.Sprint([]person.Follower{{UserID: 9, AddedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}, "abc"),
			"GET /api/v2/users/7/followers?cursor=start&limit=500", "",
		},
		pipedrive.OpAdd: {
			ok(annUser), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return userID(c.AddUser(ctx, pipedrive.NewUser{Email: "x@example.com", Apps: []string{"sales", "projects"}}))
			}, int64(20480117), "POST /api/v1/users", `{"email":"x@example.com","access":[{"app":"sales"},{"app":"projects"}],"active_flag":true}` + "\n",
		},
		pipedrive.OpUpdate: {
			ok(annUser), func(ctx context.Context, c *pipedrive.Client) (any, error) {
				return userID(c.SetUserActive(ctx, 7, false))
			}, int64(20480117), "PUT /api/v1/users/7", `{"active_flag":false}` + "\n",
		},
	} {
		t.Run(op, func(t *testing.T) {
			s, gate := says(t, 200, c.answer), &ledger{}
			got, err := c.call(t.Context(), s.client(t, nil).As(wire.Interactive, gate))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Error(cmp.Diff(c.want, got))
			}
			write := op == pipedrive.OpAdd || op == pipedrive.OpUpdate
			if want := (wire.Call{Source: "pipedrive-acme", Operation: op, Class: wire.Interactive, Write: write}); len(gate.calls) != 1 || gate.calls[0] != want {
				t.Errorf("the gate saw %+v", gate.calls)
			}
			r := s.calls()[0]
			if got := r.Method + " " + r.URL.RequestURI(); got != c.sent || s.body[0] != c.body || r.Header.Get("X-Api-Token") != token {
				t.Errorf("sent %s with %q", got, s.body[0])
			}
		})
	}
}

func TestRoleAssignmentsReadAllPages(t *testing.T) {
	for name, next := range map[string]string{"with next_start": `,"next_start":%d`, "without": ``} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				start := 0
				fmt.Sscan(r.URL.Query().Get("start"), &start)
				hint := next
				if hint != "" {
					hint = fmt.Sprintf(hint, start+2)
				}
				fmt.Fprintf(w, `{"success":true,"data":[{"role_id":%d},{"role_id":%d}],"additional_data":{"pagination":{"start":%d,"limit":500,"more_items_in_collection":%t%s}}}`,
					start+1, start+2, start, start < 4, hint)
			})
			all, err := s.client(t, nil).RoleAssignments(t.Context(), 7)
			if err != nil || len(all) != 6 || all[5].RoleID != 6 || len(s.calls()) != 3 {
				t.Errorf("%d roles in %d pages, %v", len(all), len(s.calls()), err)
			}
		})
	}
}

func TestPagingEnds(t *testing.T) {
	for name, body := range map[string]string{
		"more without progress": `{"success":true,"data":[],"additional_data":{"pagination":{"more_items_in_collection":true}}}`,
		"next_start goes back":  `{"success":true,"data":[{"role_id":1}],"additional_data":{"pagination":{"more_items_in_collection":true,"next_start":0}}}`,
		"null additional data":  `{"success":true,"data":[{"role_id":1}],"additional_data":null}`,
		"null data":             `{"success":true,"data":null}`,
	} {
		s := says(t, 200, body)
		if _, err := s.client(t, nil).RoleAssignments(t.Context(), 7); err != nil || len(s.calls()) != 1 {
			t.Errorf("%s: %d calls, %v", name, len(s.calls()), err)
		}
	}
	s := says(t, 200, `{"success":true,"data":[{"role_id":1}],"additional_data":{"pagination":{"more_items_in_collection":true}}}`)
	_, err := s.client(t, nil).RoleAssignments(t.Context(), 7)
	if wire.KindOf(err) != wire.TooLarge || len(s.calls()) != 200 {
		t.Errorf("an endless server was asked %d times: %v", len(s.calls()), err)
	}
	s = says(t, 200, `{"success":true,"data":[{"user_id":1}],"additional_data":{"next_cursor":"same"}}`)
	if _, next, err := s.client(t, nil).Followers(t.Context(), 7, "same"); err != nil || next != "" {
		t.Errorf("a cursor that leads to itself was followed: %q, %v", next, err)
	}
	s = says(t, 200, `{"success":true,"data":[2,5,{"user_id":1}],"additional_data":{"next_cursor":null}}`)
	if followers, next, err := s.client(t, nil).Followers(t.Context(), 7, ""); err != nil || next != "" || len(followers) != 1 || s.calls()[0].URL.Query().Has("cursor") {
		t.Errorf("%v, %q, %v", followers, next, err)
	}
}

func TestArgumentsRefusedBeforeAnyCall(t *testing.T) {
	s := says(t, 200, ok(`[]`))
	_, err := s.client(t, nil).FindUsers(t.Context(), "", false)
	_, err2 := s.client(t, nil).AddUser(t.Context(), pipedrive.NewUser{})
	if fault.KindOf(err) != fault.BadUserInput || fault.KindOf(err2) != fault.BadUserInput || len(s.calls()) != 0 {
		t.Errorf("%v, %v after %d calls", err, err2, len(s.calls()))
	}
}

func TestWritesAreSentOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	})
	c, err := pipedrive.New("s", s.URL, pipedrive.TokenCredential(token), pipedrive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.AddUser(t.Context(), pipedrive.NewUser{Email: "x@example.com"})
	if f, isFailure := err.(*wire.Failure); !isFailure || !f.Ambiguous || len(s.calls()) != 1 {
		t.Errorf("sent %d times: %v", len(s.calls()), err)
	}
	// A 200 with an unreadable body has acted, most likely.
	s = serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"success":true,"data":{"na`) })
	_, err = s.client(t, nil).SetUserActive(t.Context(), 7, true)
	if f, isFailure := err.(*wire.Failure); !isFailure || !f.Ambiguous || f.Kind != wire.Malformed {
		t.Errorf("%v", err)
	}
}
