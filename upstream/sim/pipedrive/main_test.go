package pipedrive_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const (
	adminToken  = "admin-acme"
	plainToken  = "plain-acme"
	otherToken  = "admin-borealis"
	bearerToken = "v1u:reader"
)

// state is a company with an admin, a plain user, an erased and an invited one,
// and a second company that the admin belongs to as well.
func state() *pipedrive.State {
	admin := []pipedrive.Access{{App: "global", Admin: true, PermissionSetID: "g"}, {App: "sales", Admin: true, PermissionSetID: "s-admin"}, {App: "account_settings", Admin: true, PermissionSetID: "a"}}
	plain := []pipedrive.Access{{App: "sales", PermissionSetID: "s-plain"}}
	created := time.Date(2025, 2, 3, 10, 15, 0, 0, time.FixedZone("", 2*3600))
	ann := &pipedrive.User{ID: 1, Name: "Ann Example", Email: "ann@acme.example", Phone: "+3725550001", Active: true, RoleID: 1, Created: created, LastLogin: created, Access: admin}
	for i := range int64(7) {
		ann.Followers = append(ann.Followers, pipedrive.Follower{UserID: 100 + i, Added: created})
	}
	return &pipedrive.State{Companies: []*pipedrive.Company{
		{
			ID: 7001, Name: "Acme", Domain: "acme", Country: "EE", Industry: "",
			Users: []*pipedrive.User{ann,
				{ID: 2, Name: "Bo Plain", Email: "bo@acme.example", Phone: "+3725550002", Active: true, RoleID: 5, Created: created, Access: plain},
				{ID: 3, Name: "Gone Person", Email: "gone@acme.example", Deleted: true, RoleID: 5, Created: created},
				{ID: 4, Name: "Not Yet", Email: "new@acme.example", Active: true, Invited: true, RoleID: 5, Created: created, Access: plain},
			},
			Roles: []pipedrive.Role{
				{ID: 1, Name: "Top", Active: true, Settings: map[string]int{"deal_default_visibility": 3, "deal_access_level": 1}, More: []int64{5, 6}},
				{ID: 5, ParentID: 1, Name: "Sales", Active: true, Settings: map[string]int{"deal_default_visibility": 1}},
				{ID: 6, ParentID: 5, Name: "Interns", Active: false},
			},
			PermissionSets: []pipedrive.PermissionSet{
				{ID: "s-admin", Permissions: map[string]bool{"can_export_data_from_lists": true, "can_use_api": true}},
				{ID: "s-plain", Permissions: map[string]bool{"can_export_data_from_lists": false, "can_use_api": true}},
			},
			Tokens: []pipedrive.Token{{Value: adminToken, UserID: 1}, {Value: plainToken, UserID: 2},
				{Value: bearerToken, UserID: 1, OAuth: true, Scopes: []string{"base", "users:read"}}},
		},
		{
			ID: 7002, Name: "Borealis", Domain: "borealis", Budget: 60_000, Burst: 40,
			Users:  []*pipedrive.User{{ID: 1, Name: "Ann Example", Email: "ann@borealis.example", Active: true, Created: created, Access: admin}},
			Tokens: []pipedrive.Token{{Value: otherToken, UserID: 1}},
		},
	}}
}

type harness struct {
	*testing.T
	*pipedrive.Server
	clock *clock
	url   string
}

func start(t *testing.T, opt pipedrive.Options) *harness {
	t.Helper()
	c := &clock{now: time.Date(2026, 6, 7, 12, 0, 0, 0, time.UTC)}
	opt.Now = c.Now
	sim := pipedrive.New(state(), opt)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	return &harness{t, sim, c, srv.URL}
}

type reply struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

func (h *harness) do(method, path, token, body string) reply {
	h.Helper()
	header := http.Header{"X-Api-Token": {token}}
	if token == bearerToken {
		header = http.Header{"Authorization": {"Bearer " + token}}
	}
	return h.send(method, path, header, body)
}

func (h *harness) send(method, path string, header http.Header, body string) reply {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	req.Header = header
	if body != "" && header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		h.Fatal(err)
	}
	r := reply{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &r.json); err != nil {
			h.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return r
}

func (h *harness) get(path, token string) reply {
	h.Helper()
	return h.do(http.MethodGet, path, token, "")
}

func (r reply) object(t testing.TB) map[string]any {
	t.Helper()
	o, ok := r.json["data"].(map[string]any)
	if !ok {
		t.Fatalf("status %d, data is no object: %s", r.status, r.raw)
	}
	return o
}

func (r reply) list(t testing.TB) []any {
	t.Helper()
	l, ok := r.json["data"].([]any)
	if !ok {
		t.Fatalf("status %d, data is no list: %s", r.status, r.raw)
	}
	return l
}
