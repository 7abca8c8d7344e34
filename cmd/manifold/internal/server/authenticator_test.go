package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// asker is an Authenticator of one function.
type asker func(*http.Request) (access.Principal, error)

func (a asker) Authenticate(r *http.Request) (access.Principal, error) { return a(r) }

// Every way not to know who asks has its status, on every address that asks; what lies behind is neither asked nor told.
func TestRefusalsOfThoseWhoAsk(t *testing.T) {
	for name, each := range map[string]struct {
		err          error
		status       int
		code, header string
	}{
		"unknown":          {fault.New(fault.Unauthenticated, "Say who you are."), 401, "UNAUTHENTICATED", `Www-Authenticate: Bearer realm="manifold"`},
		"nothing opens":    {fault.New(fault.Forbidden, "Say who you are."), 403, "FORBIDDEN", ""},
		"too many":         {&fault.Error{Kind: fault.RateLimited, Message: "Say who you are.", RetryAfter: 5100 * time.Millisecond}, 429, "RATE_LIMITED", "Retry-After: 6"},
		"issuer not there": {fmt.Errorf("token: %w", &fault.Error{Kind: fault.SourceUnavailable, Message: "Say who you are.", RetryAfter: time.Second, Cause: errors.New("private")}), 503, "SOURCE_UNAVAILABLE", "Retry-After: 1"},
		"something else":   {errors.New("private"), 500, "INTERNAL", ""},
	} {
		never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: it was asked", name) })
		url := start(t, never, server.Options{Metrics: never, Authenticator: asker(func(*http.Request) (access.Principal, error) { return access.Principal{}, each.err })})
		for _, path := range []string{"/graphql", "/metrics"} {
			a := send(t, "POST", url+path, ask("{who}"), asJSON)
			if a.status != each.status || a.code != each.code || strings.Contains(a.body, "private") || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %s: %d %s", name, path, a.status, a.body)
			}
			if h, value, ok := strings.Cut(each.header, ": "); ok && a.header.Get(h) != value {
				t.Errorf("%s: %s: %v", name, path, a.header)
			}
			if a.status == 401 != (a.header.Get("WWW-Authenticate") != "") {
				t.Errorf("%s: %s: challenge %q", name, path, a.header.Get("WWW-Authenticate"))
			}
		}
	}
}

// Whoever is not asked who they are reads; whether they may change anything too is said.
func TestWhoeverIsNotAskedReads(t *testing.T) {
	for _, reads := range []bool{true, false} {
		var who access.Principal
		graph := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who = access.From(r.Context()) })
		send(t, "POST", start(t, graph, server.Options{LocalReads: reads})+"/graphql", ask("{who}"), asJSON)
		for _, s := range access.Scopes {
			if want := !reads || !slices.Contains(access.WriteScopes, s); who.Has(s) != want {
				t.Errorf("reads alone %v: %s is held: %v", reads, s, who.Has(s))
			}
		}
	}
}
