package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// told is a receipt: what an answer says of itself.
type told struct {
	age, left time.Duration
	status    string
	spent     map[string][2]int
}

func (t told) HTTP() (age, left time.Duration, status string) { return t.age, t.left, t.status }

func (t told) Spent(tell func(source string, calls, tokens int)) {
	for source, n := range t.spent {
		tell(source, n[0], n[1])
	}
}

// answering is a schema that gives one answer, with a receipt when there is one.
func answering(data string, receipt any, errs ...*gqlerror.Error) tiny {
	return tiny{receipt: receipt, exec: func(context.Context) *graphql.Response {
		r := &graphql.Response{Errors: errs}
		if data != "" {
			r.Data = []byte(data)
		}
		return r
	}}
}

func TestAnswersSayHowOldTheyAre(t *testing.T) {
	whole := `{"who":"x"}`
	wrong := gqlerror.Errorf("down")
	for name, each := range map[string]struct {
		es                tiny
		age, cache, comes string
	}{
		"from memory":       {answering(whole, told{age: 90500 * time.Millisecond, left: 30900 * time.Millisecond, status: "hit"}), "90", "private, max-age=120", "manifold; hit; ttl=30"},
		"just read":         {answering(whole, told{left: 10 * time.Minute, status: "fwd=miss"}), "0", "private, max-age=600", "manifold; fwd=miss; ttl=600"},
		"waited for":        {answering(whole, told{left: time.Minute, status: "fwd=miss; collapsed"}), "0", "private, max-age=60", "manifold; fwd=miss; collapsed; ttl=60"},
		"stale":             {answering(whole, told{age: time.Hour, status: "hit"}), "3600", "private, max-age=0", "manifold; hit; ttl=0"},
		"a clock set back":  {answering(whole, told{age: -time.Second, left: time.Minute, status: "hit"}), "0", "private, max-age=60", "manifold; hit; ttl=60"},
		"in part":           {answering(whole, told{left: time.Minute, status: "hit"}, wrong), "", "no-store", ""},
		"not at all":        {answering("null", told{left: time.Minute, status: "hit"}, wrong), "", "no-store", ""},
		"without a receipt": {answering(whole, nil), "", "no-store", ""},
		"a foreign receipt": {answering(whole, map[string]any{}), "", "no-store", ""},
	} {
		url := start(t, api(each.es, server.Limits{}), server.Options{}) + "/graphql"
		a := send(t, "POST", url, ask("{who}"), asJSON)
		if a.status != 200 || a.header.Get("Age") != each.age || a.header.Get("Cache-Control") != each.cache || a.header.Get("Cache-Status") != each.comes {
			t.Errorf("%s: %d, Age %q, Cache-Control %q, Cache-Status %q", name, a.status, a.header.Get("Age"), a.header.Get("Cache-Control"), a.header.Get("Cache-Status"))
		}
		if vary := a.header.Values("Vary"); each.age != "" && (len(vary) != 2 || vary[1] != "Authorization, X-Api-Key, Accept, Manifold-Explain") {
			t.Errorf("%s: an answer for one caller varies by %q alone", name, vary)
		}
		if a.header.Get("Content-Location") != "" {
			t.Errorf("%s: a browser may take it for the answer to a GET", name)
		}
	}
}

func TestRefusalsAreNeverKept(t *testing.T) {
	es := answering(`{}`, told{left: time.Hour, status: "hit"})
	url := start(t, api(es, server.Limits{}), server.Options{Authenticator: known(t, keys...)}) + "/graphql"
	for name, a := range map[string]answer{
		"invalid":    send(t, "POST", url, ask("{nothing}"), asJSON, "X-Api-Key: "+admin),
		"unreadable": send(t, "POST", url, "{", asJSON, "X-Api-Key: "+admin),
		"GET":        send(t, "GET", url, "", "X-Api-Key: "+admin),
	} {
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Age") != "" || a.header.Get("Cache-Status") != "" {
			t.Errorf("%s: %v", name, a.header)
		}
	}
	if a := send(t, "POST", url, ask("{who}"), asJSON); a.status != 401 || a.header.Get("Age") != "" {
		t.Errorf("who may not ask: %d %v", a.status, a.header)
	}
}

func TestPagesOfAllowedOriginsReadTheAgeOfAnswers(t *testing.T) {
	url := start(t, api(answering(`{}`, told{status: "hit"}), server.Limits{}), server.Options{Origins: []string{"https://admin.example.com"}}) + "/graphql"
	a := send(t, "POST", url, ask("{who}"), asJSON, "Origin: https://admin.example.com")
	if got := a.header.Get("Access-Control-Expose-Headers"); got != "Age, Cache-Status, ETag, Retry-After, X-Request-Id" {
		t.Errorf("pages may read %q", got)
	}
	p := send(t, "OPTIONS", url, "", "Origin: https://admin.example.com", "Access-Control-Request-Method: POST")
	if got := p.header.Get("Access-Control-Allow-Headers"); got != "Authorization, Cache-Control, Content-Type, If-None-Match, Manifold-Explain, X-Api-Key, X-Request-Id, GraphQL-Require-Preflight, Apollo-Require-Preflight, X-Apollo-Operation-Name, Apollographql-Client-Name, Graphql-Client-Name" {
		t.Errorf("pages may send %q", got)
	}
}
