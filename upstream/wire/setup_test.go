package wire_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret  = "tok-5f2c9e-secret"
	address = "ann@example.com"
)

// ledger is a Gate that admits everything and keeps the outcomes.
type ledger struct {
	mu       sync.Mutex
	calls    []wire.Call
	outcomes []wire.Outcome
	refuse   error
}

func (l *ledger) Admit(_ context.Context, call wire.Call) (wire.Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse != nil {
		return nil, l.refuse
	}
	l.calls = append(l.calls, call)
	return &ticket{ledger: l}, nil
}

type ticket struct {
	ledger *ledger
	closed bool
}

func (t *ticket) Done(o wire.Outcome) {
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	if t.closed {
		panic("a ticket was closed twice")
	}
	t.closed = true
	t.ledger.outcomes = append(t.ledger.outcomes, o)
}

// settled checks that every admitted attempt was closed and answers the outcomes.
func (l *ledger) settled(t *testing.T) []wire.Outcome {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) != len(l.outcomes) {
		t.Fatalf("%d attempts admitted, %d closed", len(l.calls), len(l.outcomes))
	}
	return l.outcomes
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t *testing.T, cfg wire.Config) *wire.Client {
	t.Helper()
	if cfg.Source == "" {
		cfg.Source = "pipedrive-acme"
	}
	if cfg.Transport == nil {
		transport := wire.NewTransport()
		t.Cleanup(transport.CloseIdleConnections)
		cfg.Transport = transport
	}
	if cfg.Limits.Timeout == 0 {
		cfg.Limits.Timeout = 5 * time.Second
	}
	if cfg.Limits.Backoff == 0 {
		cfg.Limits.Backoff = time.Millisecond
	}
	c, err := wire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// script is a RoundTripper that plays answers in turn, for tests in fake time.
type script struct {
	mu    sync.Mutex
	turns []func(*http.Request) (*http.Response, error)
	seen  []*http.Request
	at    []time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	turn := s.turns[min(len(s.seen), len(s.turns)-1)]
	s.seen, s.at = append(s.seen, r), append(s.at, time.Now())
	s.mu.Unlock()
	return turn(r)
}

func play(turns ...func(*http.Request) (*http.Response, error)) *script { return &script{turns: turns} }

func answer(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	}
}

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func breaks(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func logTo(buf *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func get(operation string) wire.Request {
	return wire.Request{Method: http.MethodGet, Path: "/v1/users", Operation: operation}
}

func kindOf(t *testing.T, err error, want wire.Kind) *wire.Failure {
	t.Helper()
	f, ok := err.(*wire.Failure)
	if !ok {
		t.Fatalf("error %v (%T), want a *Failure", err, err)
	}
	if f.Kind != want {
		t.Fatalf("kind %q, want %q (%v)", f.Kind, want, err)
	}
	return f
}
