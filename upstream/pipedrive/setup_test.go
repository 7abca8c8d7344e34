package pipedrive_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "tok-7d1f-secret"

// server answers each request by its handler and remembers what it was asked.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
	body []string
}

func serve(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen, s.body = append(s.seen, r), append(s.body, string(b))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// calls is what was asked so far.
func (s *server) calls() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// says answers every request alike.
func says(t *testing.T, status int, body string, header ...string) *server {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

func (s *server) client(t *testing.T, logger *slog.Logger) *pipedrive.Client {
	t.Helper()
	transport := wire.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	c, err := pipedrive.New("pipedrive-acme", s.URL, pipedrive.TokenCredential(token), pipedrive.Options{
		Transport: transport, Logger: logger, Limits: wire.Limits{MaxRetries: -1, Timeout: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ledger admits everything and keeps calls and outcomes.
type ledger struct {
	mu       sync.Mutex
	calls    []wire.Call
	outcomes []wire.Outcome
}

func (l *ledger) Admit(_ context.Context, c wire.Call) (wire.Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
	return l, nil
}

func (l *ledger) Done(o wire.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcomes = append(l.outcomes, o)
}

const ann = `{"id":20480117,"name":"Ann Example","email":"ann@example.com","lang":1,"locale":"en_US",
 "timezone_name":"Europe/Tallinn","timezone_offset":"+02:00","default_currency":"EUR","icon_url":null,
 "active_flag":true,"is_deleted":false,"is_admin":1,"role_id":1,"created":"2025-02-03 08:15:00",
 "has_created_company":true,"is_you":true,"phone":"+372 5550100","modified":"2026-06-07 11:12:13","last_login":"2026-06-07 11:12:13",
 "access":[{"app":"sales","admin":false,"permission_set_id":"5b1f0c3e-2"},{"app":"global","admin":true,"permission_set_id":"5b1f0c3e-1"}]`

const (
	annUser = ann + `}`
	annMe   = ann + `,"company_id":7001,"company_name":"Acme","company_domain":"acme","company_country":"EE",
 "language":{"language_code":"en","country_code":"US"}}`
)

func ok(data string) string { return `{"success":true,"data":` + data + `}` }
