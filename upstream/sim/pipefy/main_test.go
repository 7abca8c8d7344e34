package pipefy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The small world: organization 100 with five people, three pipes and a table; organization 200
// with one pipe. Dan is in both.
const (
	root = 1 + iota
	ana
	bo
	cyd
	svc
	dan
	eve
)

func smallWorld() pipefy.Data {
	yes := true
	user := func(id int64, name string) pipefy.User {
		return pipefy.User{
			ID: id, UUID: "uuid-" + name, Name: name, Email: name + "@example.com", Username: name,
			AvatarURL: "https://img.example.com/" + name, Timezone: "UTC", Confirmed: true,
			CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}
	}
	return pipefy.Data{
		Users: []pipefy.User{
			user(root, "root"), user(ana, "ana"), user(bo, "bo"), user(cyd, "cyd"), user(svc, "svc"), user(dan, "dan"), user(eve, "eve"),
		},
		Organizations: []pipefy.Organization{
			{ID: 100, UUID: "org-100", Name: "Acme", CreatedBy: root, OnlyAdminCanInviteUsers: true, CustomRoles: []string{"auditor"}, Members: []pipefy.Member{
				{UserID: root, Role: "super_admin", Billable: &yes}, {UserID: ana, Role: "admin"}, {UserID: bo, Role: "normal"},
				{UserID: cyd, Role: "company_guest"}, {UserID: svc, Role: "super_admin"}, {UserID: dan, Role: "normal"},
			}},
			{ID: 200, UUID: "org-200", Name: "Beta", Members: []pipefy.Member{{UserID: eve, Role: "super_admin"}, {UserID: dan, Role: "normal"}}},
		},
		Pipes: []pipefy.Pipe{
			{ID: 301, UUID: "pipe-301", Name: "Sales", OrganizationID: 100, Members: []pipefy.Member{
				{UserID: root, Role: "admin"}, {UserID: bo, Role: "member"}, {UserID: dan, Role: "creator"},
			}, Webhooks: []pipefy.Webhook{{ID: 7, Name: "hook", URL: "https://example.com/h", Actions: []string{"card.create"}, Headers: map[string]any{"X-Key": "k"}}}},
			{ID: 302, UUID: "pipe-302", Name: "Hiring", OrganizationID: 100, Members: []pipefy.Member{{UserID: bo, Role: "admin"}}},
			{ID: 303, UUID: "pipe-303", Name: "Open Door", Public: true, OrganizationID: 100, Members: []pipefy.Member{{UserID: dan, Role: "admin"}}},
			{ID: 401, UUID: "pipe-401", Name: "Beta pipe", OrganizationID: 200, Members: []pipefy.Member{{UserID: eve, Role: "admin"}, {UserID: dan, Role: "member"}}},
		},
		Tables: []pipefy.Table{
			{ID: "ZdeRdE", InternalID: 901, UUID: "table-901", Name: "Customers", Authorization: "write", OrganizationID: 100, Members: []pipefy.Member{
				{UserID: root, Role: "admin"}, {UserID: bo, Role: "member"}, {UserID: dan, Role: "member"},
			}},
		},
		Clients: []pipefy.Client{{ID: "client", Secret: "secret", UserID: svc, Lifetime: 5 * time.Minute}},
		PersonalTokens: []pipefy.PersonalToken{
			{Token: "root", UserID: root}, {Token: "ana", UserID: ana}, {Token: "bo", UserID: bo}, {Token: "cyd", UserID: cyd},
			{Token: "svc", UserID: svc}, {Token: "dan", UserID: dan}, {Token: "eve", UserID: eve},
		},
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// service is a running simulator and its HTTP client.
type service struct {
	t     testing.TB
	url   string
	http  *http.Client
	sim   *pipefy.Server
	state *pipefy.State
	clock *clock
}

func start(t testing.TB, data pipefy.Data, opts pipefy.Options) *service {
	t.Helper()
	state, err := pipefy.NewState(data)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	opts.Now = c.Now
	sim := pipefy.New(state, opts)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	return &service{t: t, url: srv.URL, http: srv.Client(), sim: sim, state: state, clock: c}
}

// answer is a GraphQL answer as a client sees it.
type answer struct {
	status int
	header http.Header
	raw    string
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Locations  []any          `json:"locations"`
		Code       int            `json:"code"`
		Type       string         `json:"type"`
		Title      string         `json:"title"`
		Detail     string         `json:"detail"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (s *service) send(method, path, token, contentType, body string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	res, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && !bytes.HasPrefix(raw, []byte(`{"error"`)) || json.Valid(raw) && bytes.Contains(raw, []byte(`"errors"`)) {
		if err := json.Unmarshal(raw, &a); err != nil {
			s.t.Fatalf("%v in %s", err, raw)
		}
	}
	return a
}

// ask sends a document as the person whose personal token it is.
func (s *service) ask(token, query string, vars map[string]any) answer {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send("POST", "/graphql", "Bearer "+token, "application/json", string(body))
}

// must is ask for documents that succeed wholly.
func (s *service) must(token, query string, vars map[string]any) answer {
	s.t.Helper()
	a := s.ask(token, query, vars)
	if a.status != 200 || a.Errors != nil {
		s.t.Fatalf("%s\nstatus %d: %s", query, a.status, a.raw)
	}
	return a
}

func (a answer) code(t testing.TB) string {
	t.Helper()
	if len(a.Errors) == 0 {
		t.Fatalf("no errors in %s", a.raw)
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// wantData compares data with JSON written in the test.
func wantData(t *testing.T, a answer, want string) {
	t.Helper()
	var w map[string]any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.Data, w) {
		t.Errorf("data %s\nwant %s", a.raw, want)
	}
}

// at follows keys and indexes into decoded JSON.
func at(t testing.TB, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no object at %v of %v", p, path)
			}
			v = m[k]
		case int:
			l, ok := v.([]any)
			if !ok || k >= len(l) {
				t.Fatalf("no item at %v of %v", p, path)
			}
			v = l[k]
		}
	}
	return v
}
