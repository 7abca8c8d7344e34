package pipedream_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	project   = "proj_acme"
	base      = "/v1/connect/" + project
	oddID     = "a/b@c:d#e?f%g h ü"
	tokenPath = "/v1/oauth/token"
)

var born = time.Date(2026, 3, 25, 17, 49, 15, 123e6, time.UTC)

func ptr[T any](v T) *T { return &v }

var (
	slack = &pipedream.App{ID: "oa_slack1", NameSlug: "slack", Name: "Slack", AuthType: "oauth", Description: "Chat",
		ImgSrc: "https://assets.example.com/slack.svg", CustomFieldsJSON: "[]", Categories: []string{"Chat"}, FeaturedWeight: 1_000_000_001,
		ScopeProfiles: []pipedream.ScopeProfile{{Name: "read_only", Scopes: []string{"channels:read"}}}}
	openai = &pipedream.App{ID: "app_0a1b2c", NameSlug: "openai", Name: "OpenAI", AuthType: "keys"}
	oldApp = &pipedream.App{ID: "app_old", Name: "Old"}
)

// smallWorld has one project with two environments: in production ada with three accounts (two
// of one app) and four triggers, one user with an awkward id, one with nothing.
func smallWorld() pipedream.Data {
	account := func(id, external string, app *pipedream.App) pipedream.Account {
		return pipedream.Account{ID: id, ExternalID: external, App: app, Healthy: true, CreatedAt: born, UpdatedAt: born}
	}
	full := account("apn_1", "ada", slack)
	full.Name, full.Dead, full.AuthorizedScopes = ptr("ada@example.com"), ptr(false), []string{"channels:read"}
	full.Refresh = &pipedream.Refresh{NextRefreshAt: &born}
	full.Credentials = map[string]any{"oauth_access_token": "secret-token"}
	trigger := func(id string, kind pipedream.TriggerType, uses ...string) pipedream.Trigger {
		return pipedream.Trigger{ID: id, Type: kind, ExternalID: "ada", AccountIDs: uses, CreatedAt: born, UpdatedAt: born}
	}
	component := trigger("dc_1", pipedream.TriggerSource, "apn_1")
	component.Name, component.NameSlug, component.ComponentID, component.ComponentKey = "New message", "new-message", "sc_1", ptr("slack-new-message")
	component.Active, component.ConfiguredProps, component.WebhookSigningKey = true, map[string]any{"secret": "s3"}, ptr("signing")
	timer := trigger("ti_1", pipedream.TriggerTimer)
	timer.IntervalSeconds, timer.Timezone = ptr(int64(60)), "UTC"
	timer.ScheduleChangedAt = born
	hook := trigger("hi_1", pipedream.TriggerHTTP)
	hook.EndpointURL = "https://example.m.pipedream.net"
	user := func(id, external string) pipedream.ExternalUser {
		return pipedream.ExternalUser{ID: id, ExternalID: external, CreatedAt: born, UpdatedAt: born}
	}
	return pipedream.Data{
		Clients: []pipedream.Client{
			{ID: "all", Secret: "s1"},
			{ID: "reader", Secret: "s2", Scopes: []string{"connect:accounts:read", "connect:users:read"}},
		},
		Apps: []*pipedream.App{slack, openai},
		Projects: []pipedream.Project{
			{ID: project, Name: "Acme", SupportEmail: "help@example.com", Apps: []*pipedream.App{slack, openai},
				Production: pipedream.Environment{
					Users: []pipedream.ExternalUser{user("exu_1", "ada"), user("exu_2", oddID), user("exu_3", "ada-2"), {ID: "exu_4", ExternalID: "ghost"}},
					Accounts: []pipedream.Account{
						full, account("apn_2", "ada", slack), account("apn_3", "ada", openai), account("apn_4", oddID, slack), account("apn_5", "ada-2", oldApp),
					},
					Triggers: []pipedream.Trigger{component, trigger("dc_2", pipedream.TriggerSource, "apn_2"), hook, timer, trigger("em_1", pipedream.TriggerEmail)},
				},
				Development: pipedream.Environment{
					Users:    []pipedream.ExternalUser{user("exu_9", "ada")},
					Accounts: []pipedream.Account{account("apn_9", "ada", openai)},
				}},
			{ID: "proj_other", Name: "Other"},
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

// service is a running simulator and a client that holds a token of every scope.
type service struct {
	t     testing.TB
	url   string
	http  *http.Client
	sim   *pipedream.Server
	state *pipedream.State
	clock *clock
	token string
	env   string
}

func start(t testing.TB, data pipedream.Data, opts pipedream.Options) *service {
	t.Helper()
	state, err := pipedream.NewState(data)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	opts.Now = c.Now
	sim := pipedream.New(state, opts)
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	s := &service{t: t, url: srv.URL, http: srv.Client(), sim: sim, state: state, clock: c, env: "production"}
	s.token = s.login("all", "s1", "")
	sim.ResetUsage()
	return s
}

type answer struct {
	t      testing.TB
	status int
	header http.Header
	raw    []byte
}

func (s *service) do(method, path, body string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	if s.env != "" {
		req.Header.Set("x-pd-environment", s.env)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{s.t, res.StatusCode, res.Header, bytes.TrimSpace(raw)}
}

func (s *service) get(path string) answer { s.t.Helper(); return s.do("GET", path, "") }

// with is the same service seen with another token or environment.
func (s *service) with(token, env string) *service {
	c := *s
	c.token, c.env = token, env
	return &c
}

func (s *service) login(id, secret, scope string) string {
	s.t.Helper()
	body, _ := json.Marshal(map[string]string{"grant_type": "client_credentials", "client_id": id, "client_secret": secret, "scope": scope})
	var out struct {
		AccessToken string `json:"access_token"`
	}
	s.do("POST", tokenPath, string(body)).want(200).decode(&out)
	return out.AccessToken
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.raw)
	}
	return a
}

func (a answer) decode(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.raw, v); err != nil {
		a.t.Fatalf("%v in %s", err, a.raw)
	}
}

// list is a decoded {data, page_info}.
type list struct {
	Data []map[string]any `json:"data"`
	Page struct {
		Count int     `json:"count"`
		Total int     `json:"total_count"`
		Start *string `json:"start_cursor"`
		End   *string `json:"end_cursor"`
	} `json:"page_info"`
}

func (s *service) list(path string) list {
	s.t.Helper()
	var l list
	s.get(path).want(200).decode(&l)
	if l.Data == nil {
		s.t.Fatalf("%s: data is null", path)
	}
	return l
}

// ids returns a field of every item.
func (l list) ids(field string) []string {
	out := []string{}
	for _, item := range l.Data {
		out = append(out, item[field].(string))
	}
	return out
}

func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return base + path + "?" + q.Encode()
}
