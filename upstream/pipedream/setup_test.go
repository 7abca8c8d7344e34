package pipedream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	clientSecret = "s1-9c41-secret"
	accessToken  = "eyJ0-77aa-token"
)

var prod = pipedream.Project{ID: "proj_abc123", Environment: "production"}

// server is a token endpoint and, behind it, one handler for project calls. It
// checks what must hold for every project call.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []string // "GET path?query" of project calls
	tokens int
}

func serve(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		s.mu.Lock()
		if r.URL.Path == "/v1/oauth/token" {
			s.tokens++
			s.mu.Unlock()
			if r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("the token request is %s", r.Header.Get("Content-Type"))
			}
			fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, accessToken)
			return
		}
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
		s.mu.Unlock()
		if r.Header.Get("X-Pd-Environment") != "production" || r.Header.Get("Authorization") != "Bearer "+accessToken {
			t.Errorf("%s %s was sent with %v", r.Method, r.URL, r.Header)
		}
		if !strings.HasPrefix(r.URL.Path, "/v1/connect/proj_abc123/") || strings.Contains(r.URL.RawQuery, "include_credentials") {
			t.Errorf("asked for %s", r.URL)
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// calls is what was asked so far.
func (s *server) calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func says(t *testing.T, status int, body string, header ...string) *server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			io.WriteString(w, body)
		}
	})
}

func (s *server) client(t *testing.T, opt pipedream.Options) *pipedream.Client {
	t.Helper()
	transport := wire.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	opt.Transport = transport
	opt.Limits.Timeout, opt.Limits.MaxRetries = 5*time.Second, -1
	credential, err := pipedream.Credential("pipedream-prod", s.URL, "c1", clientSecret, "connect:users:read", opt)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pipedream.New("pipedream-prod", s.URL, prod, credential, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *server) quiet(t *testing.T) *pipedream.Client { return s.client(t, pipedream.Options{}) }

func (s *server) logged(t *testing.T, w io.Writer) *pipedream.Client {
	return s.client(t, pipedream.Options{Logger: slog.New(slog.NewTextHandler(w, nil))})
}

// ledger admits everything and keeps calls.
type ledger struct {
	mu    sync.Mutex
	calls []wire.Call
}

func (l *ledger) Admit(_ context.Context, c wire.Call) (wire.Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
	return l, nil
}

func (*ledger) Done(wire.Outcome) {}

// anaAccount is a whole account, with all that must not enter the process.
const anaAccount = `{"id":"apn_k3Hq2Za","name":"ana@example.com","external_id":"user-7","healthy":true,"dead":null,
 "app":{"id":"app_0a1b2c","name_slug":"pipedrive","name":"Pipedrive","auth_type":"oauth","custom_fields_json":"[]",
   "categories":["CRM"],"featured_weight":5000000000,"scope_profiles":[],"connect":{"proxy_enabled":true}},
 "created_at":"2026-03-25T17:49:15.000Z","updated_at":"2026-03-25T17:49:15.000Z","authorized_scopes":["base",null,7],
 "expires_at":null,"error":"provider prose SECRET-PROSE","last_refreshed_at":null,"next_refresh_at":"2026-03-25T18:46:15.000Z",
 "credentials":{"oauth_access_token":"SECRET-TOKEN","oauth_refresh_token":"SECRET-REFRESH"}}`

func list(cursor string, total int, items ...string) string {
	end := "null"
	if cursor != "" {
		end = `"` + cursor + `"`
	}
	return fmt.Sprintf(`{"data":[%s],"page_info":{"count":%d,"total_count":%d,"start_cursor":null,"end_cursor":%s}}`, strings.Join(items, ","), len(items), total, end)
}
