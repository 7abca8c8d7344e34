package server_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/upstream/authn"
)

const (
	frontend = "frontend-0123456789abcdef"
	admin    = "admin-0123456789abcdef012"
)

var keys = []authn.Client{
	client("frontend", frontend, access.ScopeDirectoryRead),
	client("admin", admin, access.ReadScopes...),
}

func TestKeysTellWhoAsks(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Authenticator: known(t, keys...)}) + "/graphql"
	for name, each := range map[string]struct {
		header string
		who    string
	}{
		"bearer":            {"Authorization: Bearer " + frontend, "key:frontend"},
		"bearer, any case":  {"Authorization: bearer " + admin, "key:admin"},
		"X-Api-Key":         {"X-Api-Key: " + admin, "key:admin"},
		"none":              {"X-Other: x", ""},
		"wrong":             {"Authorization: Bearer " + admin + "x", ""},
		"beginning of one":  {"X-Api-Key: " + admin[:10], ""},
		"empty":             {"Authorization: Bearer ", ""},
		"another scheme":    {"Authorization: Basic " + admin, ""},
		"scheme is missing": {"Authorization: " + admin, ""},
	} {
		a := send(t, "POST", url, ask("{who}"), asJSON, each.header)
		if each.who == "" {
			if a.status != 401 || a.code != "UNAUTHENTICATED" || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		} else if a.body != fmt.Sprintf(`{"data":{"who":%q}}`, each.who) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

func TestScopesOfPrincipals(t *testing.T) {
	var who access.Principal
	es := tiny{exec: func(ctx context.Context) *graphql.Response {
		who = access.From(ctx)
		return &graphql.Response{Data: []byte(`{}`)}
	}}
	url := start(t, api(es, server.Limits{}), server.Options{Authenticator: known(t, keys...)}) + "/graphql"
	send(t, "POST", url, ask("{who}"), asJSON, "X-Api-Key: "+frontend)
	if !who.Has(access.ScopeDirectoryRead) || who.Has(access.ScopeEmailsRead) {
		t.Errorf("a key with one scope: %+v", who)
	}
	send(t, "POST", url, ask("{who}"), asJSON, "X-Api-Key: "+admin)
	for _, s := range access.ReadScopes {
		if !who.Has(s) {
			t.Errorf("a key with all read scopes lacks %s", s)
		}
	}
}

func TestOpenAddressNeedsAKey(t *testing.T) {
	for listen, refused := range map[string]bool{
		"": false, "127.0.0.1:0": false, "localhost:0": false, "[::1]:0": false,
		":4000": true, "0.0.0.0:4000": true, "[::]:4000": true, "192.0.2.1:4000": true, "example.com:4000": true, "nonsense": true,
	} {
		_, err := server.New(http.NotFoundHandler(), server.Options{Listen: listen})
		if (err != nil) != refused {
			t.Errorf("%q: %v", listen, err)
		}
		if _, err := server.New(http.NotFoundHandler(), server.Options{Listen: listen, Authenticator: known(t, keys...)}); err != nil && listen != "nonsense" {
			t.Errorf("%q with a key: %v", listen, err)
		}
	}
}

func page() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the page") })
	return mux
}

func TestHostsAndOrigins(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{
		Hosts: []string{"graph.example.com"}, Origins: []string{"https://admin.example.com"}, Page: page(),
	})
	for name, each := range map[string]struct {
		headers []string
		status  int
	}{
		"loopback address":         {nil, 200},
		"localhost":                {[]string{"Host: localhost:4000"}, 200},
		"configured":               {[]string{"Host: graph.example.com"}, 200},
		"configured, with a port":  {[]string{"Host: GRAPH.example.com:443"}, 200},
		"rebound name":             {[]string{"Host: evil.example"}, 421},
		"name that begins alike":   {[]string{"Host: localhost.evil.example"}, 421},
		"own origin":               {[]string{"Host: localhost:4000", "Origin: http://localhost:4000"}, 200},
		"own origin behind TLS":    {[]string{"Host: graph.example.com", "Origin: https://graph.example.com"}, 200},
		"another port":             {[]string{"Host: localhost:4000", "Origin: http://localhost:3000"}, 403},
		"allowed origin":           {[]string{"Origin: https://admin.example.com"}, 200},
		"allowed origin, in clear": {[]string{"Origin: http://admin.example.com"}, 403},
		"foreign origin":           {[]string{"Origin: https://evil.example"}, 403},
		"sandboxed page":           {[]string{"Origin: null"}, 403},
		"two origins":              {[]string{"Origin: https://admin.example.com", "Origin: https://evil.example"}, 403},
	} {
		for _, path := range []string{"/graphql", "/"} {
			method := map[string]string{"/": "GET", "/graphql": "POST"}[path]
			a := send(t, method, url+path, ask("{who}"), append([]string{asJSON}, each.headers...)...)
			if a.status != each.status || each.status != 200 && a.code != "FORBIDDEN" {
				t.Errorf("%s, %s: %d %s, want %d", name, path, a.status, a.body, each.status)
			}
		}
	}
	preflight := send(t, "OPTIONS", url+"/graphql", "", "Origin: https://admin.example.com", "Access-Control-Request-Method: POST")
	if preflight.status != 204 || preflight.header.Get("Access-Control-Allow-Origin") != "https://admin.example.com" || !strings.Contains(preflight.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", preflight.status, preflight.header)
	}
	foreign := send(t, "OPTIONS", url+"/graphql", "", "Origin: https://evil.example", "Access-Control-Request-Method: POST")
	if foreign.status != 403 || foreign.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("foreign preflight: %d %v", foreign.status, foreign.header)
	}
}

func TestEveryAnswerIsGuardedAndNumbered(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Page: page()})
	for _, path := range []string{"/", "/graphql", "/livez", "/readyz", "/nothing"} {
		a := send(t, "GET", url+path, "")
		csp := a.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "script-src 'self' 'unsafe") || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
	if a := send(t, "GET", url+"/nothing", ""); a.status != 404 || a.code != "NOT_FOUND" {
		t.Errorf("an unknown path: %d %s", a.status, a.body)
	}
	if a := send(t, "DELETE", url+"/livez", ""); a.status != 405 || a.code != "BAD_USER_INPUT" || a.header.Get("Allow") == "" {
		t.Errorf("a method of no use: %d %s", a.status, a.body)
	}
	for given, kept := range map[string]bool{"abc-123": true, "": false, "two words": false, "{evil}": false, strings.Repeat("x", 200): false} {
		a := send(t, "GET", url+"/livez", "", "X-Request-Id: "+given)
		if got := a.header.Get("X-Request-Id"); (got == given) != kept || got == "" {
			t.Errorf("request id %q came back as %q", given, got)
		}
	}
}

func TestPanicIsAnAnswerWithoutItsCause(t *testing.T) {
	var log bytes.Buffer
	url := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the cause") }), server.Options{Log: server.NewLogger(&log, "info", "json")})
	a := send(t, "POST", url+"/graphql", "", "X-Request-Id: r-1")
	if a.status != 500 || a.code != "INTERNAL" || strings.Contains(a.body, "the cause") {
		t.Errorf("%d %s", a.status, a.body)
	}
	// The stack says where; the value may quote what was being worked on.
	if strings.Contains(log.String(), "the cause") || !strings.Contains(log.String(), "TestPanicIsAnAnswerWithoutItsCause") || !strings.Contains(log.String(), `"request_id":"r-1"`) {
		t.Errorf("the log does not tell: %s", &log)
	}
}

func TestLogHoldsNoSecretAndNoAddress(t *testing.T) {
	var log bytes.Buffer
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Authenticator: known(t, keys...), Log: server.NewLogger(&log, "debug", "text")})
	send(t, "POST", url+"/graphql?token="+admin, ask("{who}"), asJSON, "Authorization: Bearer "+admin)
	send(t, "GET", url+"/ada@example.com", "", "X-Api-Key: "+frontend)
	for _, path := range []string{"/ADA%40EXAMPLE.COM", "/webhooks/x/ada%2540example.com", "/graphql?user=ada%2Bcrm%40example.com", "/livez?j%C3%B6rg@b%C3%BCcher.example", "/readyz/" + hex.EncodeToString([]byte(admin))} {
		send(t, "GET", url+path, "", "X-Api-Key: "+frontend, "Referer: http://x"+path)
	}
	for _, never := range []string{hex.EncodeToString([]byte(admin)), "ADA", "example", "EXAMPLE", "rg@", "%40", "cher", admin, frontend, "ada@", "127.0.0.1", "who"} {
		if strings.Contains(log.String(), never) {
			t.Errorf("%q is in the log: %s", never, &log)
		}
	}
	if !strings.Contains(log.String(), "principal=key:admin") || !strings.Contains(log.String(), "status=404") {
		t.Errorf("the log tells too little: %s", &log)
	}
}

// A client that fills two headers from one variable sends its key as the request's id.
func TestLogHoldsNoKeyThatIsSentAsAName(t *testing.T) {
	var log bytes.Buffer
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Authenticator: known(t, keys...), Log: server.NewLogger(&log, "debug", "text")}) + "/graphql"
	const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ"
	for _, each := range []struct{ id, credential string }{
		{frontend, "X-Api-Key: " + frontend}, {"r-" + frontend + "-1", "X-Api-Key: " + frontend}, {admin, "Authorization: Bearer " + admin}, {admin, "authorization: bearer  " + admin},
		{token, "Authorization: Bearer " + token}, {"c2lnbmF0dXJlLW9mLWFkYQ", "Authorization: Bearer " + token}, {"short", "X-Api-Key: short"},
	} {
		a := send(t, "POST", url, ask("{who}"), asJSON, each.credential, "X-Request-Id: "+each.id)
		if got := a.header.Get("X-Request-Id"); got == "" || strings.Contains(got, each.id) {
			t.Errorf("%s with the id %s: the request is called %q", each.credential, each.id, got)
		}
		if strings.Contains(log.String(), each.id) {
			t.Errorf("%s is in the log: %s", each.id, &log)
		}
	}
	// An id that only resembles one, or is somebody's word, stays.
	for _, id := range []string{"r-1", "frontend", "Bearer"} {
		if got := send(t, "POST", url, ask("{who}"), asJSON, "Authorization: Bearer "+frontend, "X-Request-Id: "+id).header.Get("X-Request-Id"); got != id {
			t.Errorf("the id %q came back as %q", id, got)
		}
	}

	log.Reset()
	const key = "key_of_letters_that_make_a_name"
	named := start(t, api(tiny{}, server.Limits{}), server.Options{Log: server.NewLogger(&log, "debug", "text")}) + "/graphql"
	for _, name := range []string{key, "Get_" + key} {
		if a := send(t, "POST", named, ask("query "+name+" {who}"), asJSON, "X-Api-Key: "+key); a.status != 400 || a.code != "BAD_USER_INPUT" || strings.Contains(a.body, key) {
			t.Errorf("an operation named %s: %d %s", name, a.status, a.body)
		}
	}
	if strings.Contains(log.String(), key) {
		t.Errorf("the key is in the log: %s", &log)
	}
	if a := send(t, "POST", named, ask("query Team {who}"), asJSON, "X-Api-Key: "+key); a.status != 200 || a.code != "" {
		t.Errorf("an operation with a name of its own: %d %s", a.status, a.body)
	}
}

func TestReadinessShowsSourcesToThoseWhoMayAsk(t *testing.T) {
	state := server.Readiness{Ready: true, Redis: "lost", Sources: []server.SourceState{{ID: "acme", System: "pipedrive", State: "HEALTHY"}}}
	url := start(t, http.NotFoundHandler(), server.Options{Authenticator: known(t, keys...), Ready: func() server.Readiness { return state }}) + "/readyz"
	if a := send(t, "GET", url, "", "Host: 10.0.0.7:4000"); a.status != 200 || a.body != "{\"ready\":true}\n" {
		t.Errorf("a probe without key: %d %s", a.status, a.body)
	}
	a := send(t, "GET", url, "", "X-Api-Key: "+admin)
	var got server.Readiness
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Redis != "lost" || len(got.Sources) != 1 || got.Sources[0] != state.Sources[0] {
		t.Errorf("with a key: %s %v", a.body, err)
	}
	for _, rows := range []access.Rows{{Sources: access.Only("office")}, {Sources: access.Only("acme")}, {EmailDomains: access.Only("acme.example")}} {
		some := start(t, http.NotFoundHandler(), server.Options{Authenticator: asker(func(*http.Request) (access.Principal, error) {
			return access.Grant("some", access.Role{Scopes: access.Scopes, Rows: rows}), nil
		}), Ready: func() server.Readiness { return state }}) + "/readyz"
		if a := send(t, "GET", some, ""); a.body != "{\"ready\":true}\n" {
			t.Errorf("to somebody who sees %s: %s", rows.Key(), a.body)
		}
	}
	state.Ready = false
	if a := send(t, "GET", url, ""); a.status != 503 {
		t.Errorf("not ready: %d %s", a.status, a.body)
	}
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		if r.Context().Err() == nil {
			fmt.Fprint(w, "done")
		}
	})
	s, err := server.New(slow, server.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	answered := make(chan answer, 1)
	go func() { answered <- send(t, "POST", "http://"+addr.String()+"/graphql", "") }()
	<-entered
	stop()
	for { // the address is given up before the request ends
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			break
		}
		c.Close()
	}
	close(release)
	if a := <-answered; a.status != 200 || a.body != "done" {
		t.Errorf("the request in flight was cut: %d %q", a.status, a.body)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestStopCutsWhatTakesTooLong(t *testing.T) {
	entered := make(chan struct{})
	stuck := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s, err := server.New(stuck, server.Options{Listen: "127.0.0.1:0", DrainTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if resp, err := client.Post("http://"+addr.String()+"/graphql", "application/json", nil); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "still running") {
		t.Errorf("Run: %v", err)
	}
}

func TestTakenAddressIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := server.New(http.NotFoundHandler(), server.Options{Listen: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("two servers on one address")
	}
}
