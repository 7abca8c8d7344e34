package pipefy_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// request is what a server of these tests is asked.
type request struct {
	Query         string          `json:"query"`
	Variables     json.RawMessage `json:"variables"`
	OperationName *string         `json:"operationName"`
	header        http.Header
	method, path  string
}

// variables decodes the variables of r.
func (r request) variables(t *testing.T) map[string]any {
	t.Helper()
	vars := map[string]any{}
	if len(r.Variables) > 0 {
		if err := json.Unmarshal(r.Variables, &vars); err != nil {
			t.Fatal(err)
		}
	}
	return vars
}

// memory is a transport that calls a handler without a network.
type memory struct{ http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Result(), nil
}

// answering serves one body per request, with the status before a space if it
// begins with digits ("502 <html>"), repeating the last.
func answering(t *testing.T, seen *[]request, bodies ...string) http.Handler {
	t.Helper()
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q request
		raw, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(raw, &q); err != nil {
			t.Errorf("the request is not JSON: %v", err)
		}
		q.header, q.method, q.path = r.Header, r.Method, r.URL.Path
		if seen != nil {
			*seen = append(*seen, q)
		}
		body := bodies[min(n, len(bodies)-1)]
		n++
		status := http.StatusOK
		if code, rest, ok := strings.Cut(body, " "); ok && len(code) == 3 && code[0] >= '4' && code[0] <= '5' {
			status, body = int(code[0]-'0')*100+int(code[1]-'0')*10+int(code[2]-'0'), rest
		}
		if strings.HasPrefix(body, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// client talks to a real listener on loopback, without retries.
func client(t *testing.T, h http.Handler, o pipefy.Options) *pipefy.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := pipefy.New(wire.Config{
		Source: "pipefy-acme", BaseURL: server.URL, Credential: wire.BearerToken("pat"),
		Limits: wire.Limits{MaxRetries: -1}, Transport: server.Client().Transport,
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failed demands a *wire.Failure.
func failed(t *testing.T, err error) *wire.Failure {
	t.Helper()
	f, ok := errors.AsType[*wire.Failure](err)
	if !ok {
		t.Fatalf("got %v, want a failure of the source", err)
	}
	return f
}

type gate struct{ calls []wire.Call }

func (g *gate) Admit(_ context.Context, call wire.Call) (wire.Ticket, error) {
	g.calls = append(g.calls, call)
	return g, nil
}
func (*gate) Done(wire.Outcome) {}

func TestRequestIsWhatPipefyDocuments(t *testing.T) {
	var seen []request
	c := client(t, answering(t, &seen, `{"data":{"organization":{"id":7}}}`), pipefy.Options{})
	if _, err := c.Organization(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	r := seen[0]
	if r.method != http.MethodPost || r.path != "/graphql" {
		t.Errorf("got %s %s", r.method, r.path)
	}
	if got := r.header.Get("Authorization"); got != "Bearer pat" {
		t.Errorf("Authorization: %q", got)
	}
	if got := r.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: %q", got)
	}
	if r.OperationName != nil {
		t.Error("the documented body is query and variables, nothing else")
	}
	if r.variables(t)["id"] != "7" {
		t.Errorf("variables %s", r.Variables)
	}
}

func TestEveryOperationAsksTheGateByName(t *testing.T) {
	user := pipefy.User{ID: "1", UUID: "u", Email: "a@b.c"}
	pipe := pipefy.Pipe{ID: "3", UUID: "p"}
	for _, op := range []struct {
		name  string
		write bool
		call  func(context.Context, *pipefy.Client)
	}{
		{pipefy.OpMe, false, func(x context.Context, c *pipefy.Client) { _, _ = c.Me(x) }},
		{pipefy.OpOrganization, false, func(x context.Context, c *pipefy.Client) { _, _ = c.Organization(x, "7") }},
		{pipefy.OpOrganizations, false, func(x context.Context, c *pipefy.Client) { _, _ = c.Organizations(x) }},
		{pipefy.OpOrganizationMembers, false, func(x context.Context, c *pipefy.Client) { _, _ = c.OrganizationMembers(x, "7") }},
		{pipefy.OpOrganizationPipes, false, func(x context.Context, c *pipefy.Client) { _, _ = c.OrganizationPipes(x, "7") }},
		{pipefy.OpOrganizationTables, false, func(x context.Context, c *pipefy.Client) { _, _ = c.OrganizationTables(x, "7") }},
		{pipefy.OpPipesMembers, false, func(x context.Context, c *pipefy.Client) { _, _ = c.PipeMembers(x, []string{"3"}) }},
		{pipefy.OpTablesMembers, false, func(x context.Context, c *pipefy.Client) { _, _ = c.TableMembers(x, []string{"Z"}) }},
		{pipefy.OpInviteMembers, true, func(x context.Context, c *pipefy.Client) {
			_, _ = c.InviteMembers(x, pipefy.InPipe("3"), "", []pipefy.Invitation{{Email: "a@b.c", Role: "member"}})
		}},
		{pipefy.OpSetRole, true, func(x context.Context, c *pipefy.Client) {
			_ = c.SetRole(x, pipefy.InPipe("3"), pipefy.RoleChange{UserID: "1", Role: "admin"})
		}},
		{pipefy.OpSetRoles, true, func(x context.Context, c *pipefy.Client) {
			_, _ = c.SetRoles(x, pipefy.InPipe("3"), []pipefy.RoleChange{{UserID: "1", Role: "admin"}})
		}},
		{pipefy.OpRemoveUserFromOrg, true, func(x context.Context, c *pipefy.Client) { _ = c.RemoveUserFromOrg(x, "7", "a@b.c") }},
		{pipefy.OpRemoveUserFromPipe, true, func(x context.Context, c *pipefy.Client) { _ = c.RemoveUserFromPipe(x, pipe, user) }},
		{pipefy.OpRemoveUserFromTable, true, func(x context.Context, c *pipefy.Client) { _ = c.RemoveUserFromTable(x, "Z", "a@b.c") }},
	} {
		t.Run(op.name, func(t *testing.T) {
			g := new(gate)
			op.call(t.Context(), client(t, answering(t, nil, `{"data":{}}`), pipefy.Options{}).As(wire.Mutation, g))
			want := wire.Call{Source: "pipefy-acme", Operation: op.name, Class: wire.Mutation, Write: op.write}
			if len(g.calls) != 1 || g.calls[0] != want {
				t.Errorf("the gate was asked %+v, want one %+v", g.calls, want)
			}
		})
	}
}

type closedGate struct{}

func (closedGate) Admit(context.Context, wire.Call) (wire.Ticket, error) {
	return nil, fault.New(fault.BudgetExhausted, "nothing left")
}

func TestGateRefusalReachesTheCaller(t *testing.T) {
	c := client(t, answering(t, nil, `{}`), pipefy.Options{}).As(wire.Refresh, closedGate{})
	if _, err := c.PipeMembers(t.Context(), []string{"1", "2"}); fault.KindOf(err) != fault.BudgetExhausted {
		t.Errorf("got %v", err)
	}
	if _, err := c.Me(t.Context()); fault.KindOf(err) != fault.BudgetExhausted {
		t.Errorf("got %v", err)
	}
}

func TestClientCredentialsAreRenewedAfterA401(t *testing.T) {
	tokens := 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("client_secret") != "s" {
			t.Errorf("the token was asked for with %v (%v)", r.PostForm, err)
		}
		tokens++
		_, _ = io.WriteString(w, `{"access_token":"t`+string(rune('0'+tokens))+`","expires_in":300,"token_type":"Bearer"}`)
	})
	mux.HandleFunc("POST /graphql", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t2" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"errors":[{"title":"Unauthorized","detail":"The token is stale"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"data":{"me":{"id":"9"}}}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	oauth, err := wire.NewOAuth(wire.OAuthConfig{
		Source: "pipefy-acme", TokenURL: server.URL + "/oauth/token", ClientID: "i", ClientSecret: "s", Form: true,
		Transport: server.Client().Transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := pipefy.New(wire.Config{
		Source: "pipefy-acme", BaseURL: server.URL, Credential: oauth, Transport: server.Client().Transport,
		Limits: wire.Limits{Backoff: time.Millisecond},
	}, pipefy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.Me(t.Context())
	if err != nil || me.ID != "9" || tokens != 2 {
		t.Errorf("got %+v, %v after %d tokens", me, err, tokens)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, o := range map[string]pipefy.Options{
		"removal":         {PipeRemoval: "deleteUser"},
		"batch too large": {Batch: pipefy.MaxBatch + 1},
		"batch negative":  {Batch: -1},
	} {
		if _, err := pipefy.New(wire.Config{Source: "s"}, o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := pipefy.New(wire.Config{Source: "s", BaseURL: "ftp://x"}, pipefy.Options{}); err == nil {
		t.Error("a base URL that is no http URL was accepted")
	}
	if _, err := pipefy.New(wire.Config{Source: "s"}, pipefy.Options{}); err != nil {
		t.Errorf("the defaults do not work: %v", err)
	}
}
