package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/authn"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tiny is an executable schema that answers who asked; exec, when set, answers instead. Every answer has the receipt.
type tiny struct {
	exec    func(context.Context) *graphql.Response
	receipt any
}

var tinySchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { who(x: Int): String! self: Query! }
	type Mutation { rename(to: String): String! }
	type Subscription { renamed: String! }
`})

func (tiny) Schema() *ast.Schema { return tinySchema }

func (tiny) Complexity(_ context.Context, _, _ string, children int, _ map[string]any) (int, bool) {
	return children + 1, true
}

func (s tiny) Exec(ctx context.Context) graphql.ResponseHandler {
	if s.exec != nil {
		return graphql.OneShot(s.exec(ctx))
	}
	return graphql.OneShot(&graphql.Response{Data: json.RawMessage(fmt.Sprintf(`{"who":%q}`, access.From(ctx).Name))})
}

// presented is an error presenter like the resolvers': the code of a fault, and BAD_USER_INPUT for the executor's words.
func presented(_ context.Context, err error) *gqlerror.Error {
	out := &gqlerror.Error{Message: err.Error(), Extensions: map[string]any{"code": "BAD_USER_INPUT"}}
	if g, ok := err.(*gqlerror.Error); ok && g.Err != nil {
		f := fault.From(g.Err)
		out.Message, out.Extensions["code"] = f.Message, f.Kind.Code()
	}
	return out
}

func api(es tiny, l server.Limits) http.Handler { return speaking(es, l, server.Protocol{}) }

func speaking(es tiny, l server.Limits, p server.Protocol) http.Handler {
	h := server.NewGraphQL(es, l, p)
	h.SetErrorPresenter(presented)
	h.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		r := next(ctx)
		if r != nil && es.receipt != nil {
			r.Extensions = map[string]any{"manifold": es.receipt}
		}
		return r
	})
	return h
}

// start serves o over real HTTP.
func start(t testing.TB, graphql http.Handler, o server.Options) string {
	t.Helper()
	s, err := server.New(graphql, o)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.Handler())
	t.Cleanup(ts.Close)
	return ts.URL
}

type answer struct {
	status int
	header http.Header
	body   string
	code   string
}

// send makes a request; headers are "Name: value", and "Host: …" sets the host.
func send(t testing.TB, method, url, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var errs struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(raw)}
	if json.Unmarshal(raw, &errs) == nil && len(errs.Errors) > 0 {
		a.code = errs.Errors[0].Extensions.Code
	}
	return a
}

const asJSON = "Content-Type: application/json"

func ask(query string) string {
	b, _ := json.Marshal(map[string]string{"query": query})
	return string(b)
}

func client(name, key string, scopes ...access.Scope) authn.Client {
	return authn.Client{Name: name, Scopes: scopes, Secrets: []authn.Secret{{Digest: authn.DigestOf(key)}}}
}

// known tells these clients apart.
func known(t testing.TB, clients ...authn.Client) *authn.Authenticator {
	t.Helper()
	a, err := authn.New(clients, authn.Grants{}, authn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
