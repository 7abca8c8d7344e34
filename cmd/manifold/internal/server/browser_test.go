package server_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// counting is an API that counts what it executes.
func counting(executed *atomic.Int64) http.Handler {
	return api(tiny{exec: func(context.Context) *graphql.Response {
		executed.Add(1)
		return &graphql.Response{Data: []byte(`{"who":"x"}`)}
	}}, server.Limits{})
}

func in(query string, more ...string) string {
	v := url.Values{"query": {query}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return "?" + v.Encode()
}

const preflight = "GraphQL-Require-Preflight: 1"

// What a page of a foreign site can make a browser send without asking first (Fetch, 2.2.2: safelisted methods and
// headers), and what browsers with faults have been made to send. None of it names an origin, as no-cors GETs do not.
func TestNothingThatAPageCanSendUnaskedIsExecuted(t *testing.T) {
	var executed atomic.Int64
	base := start(t, counting(&executed), server.Options{Page: page()}) + "/graphql"
	const post = `{"query":"{who}"}`
	multipart := "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + post + "\r\n--x--\r\n"
	for name, each := range map[string]struct {
		method, query, body string
		headers             []string
		status              int
	}{
		"link or image":                      {"GET", in("{who}"), "", nil, 400},
		"navigation":                         {"GET", in("{who}"), "", []string{"Accept: text/html"}, 400},
		"script, cross site":                 {"GET", in("{who}"), "", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, 400},
		"mutation by link":                   {"GET", in("mutation{rename}"), "", nil, 400},
		"link, a browser's own credentials":  {"GET", in("{who}"), "", []string{"Authorization: Basic dXNlcjpwYXNzd29yZA=="}, 400},
		"link, Bearer without a token":       {"GET", in("{who}"), "", []string{"Authorization: Bearer "}, 400},
		"link, a key":                        {"GET", in("{who}"), "", []string{"X-Api-Key: anything"}, 400},
		"link, empty preflight header":       {"GET", in("{who}"), "", []string{"GraphQL-Require-Preflight: "}, 400},
		"link, blank preflight header":       {"GET", in("{who}"), "", []string{"X-Apollo-Operation-Name: \t "}, 400},
		"GET, plain text":                    {"GET", in("{who}"), "", []string{"Content-Type: text/plain"}, 415},
		"GET, plain text and header":         {"GET", in("{who}"), "", []string{"Content-Type: text/plain", preflight}, 415},
		"GET, form":                          {"GET", in("{who}"), "", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		"GET, message/rfc822":                {"GET", in("{who}"), "", []string{"Content-Type: message/rfc822"}, 415},
		"GET, empty content type":            {"GET", in("{who}"), "", []string{"Content-Type: "}, 415},
		"GET, two content types":             {"GET", in("{who}"), "", []string{"Content-Type: application/json", "Content-Type: text/plain"}, 415},
		"GET, twice the same":                {"GET", in("{who}"), "", []string{asJSON, asJSON}, 415},
		"GET, list of content types":         {"GET", in("{who}"), "", []string{"Content-Type: application/json, text/plain"}, 415},
		"GET, JSON as parameter":             {"GET", in("{who}"), "", []string{"Content-Type: text/plain; x=application/json"}, 415},
		"GET, JSON after semicolon":          {"GET", in("{who}"), "", []string{"Content-Type: text/plain;application/json"}, 415},
		"GET, JSON's relative":               {"GET", in("{who}"), "", []string{"Content-Type: application/json+x"}, 415},
		"HEAD":                               {"HEAD", in("{who}"), "", nil, 400},
		"HEAD, plain text":                   {"HEAD", in("{who}"), "", []string{"Content-Type: text/plain", preflight}, 415},
		"form":                               {"POST", "", "query=" + url.QueryEscape("{who}"), []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		"form, query in the address":         {"POST", in("{who}"), "", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		"form that passes for GET":           {"POST", in("{who}"), "", []string{"Content-Type: application/x-www-form-urlencoded", "X-HTTP-Method-Override: GET"}, 415},
		"GET that passes for POST":           {"GET", in("{who}"), post, []string{"X-HTTP-Method-Override: POST"}, 400},
		"method in the form":                 {"POST", "?_method=GET&query=%7Bwho%7D", "_method=GET", []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		"multipart upload":                   {"POST", "", multipart, []string{"Content-Type: multipart/form-data; boundary=x"}, 415},
		"multipart upload with header":       {"POST", "", multipart, []string{"Content-Type: multipart/form-data; boundary=x", preflight}, 415},
		"text/plain form":                    {"POST", "", post, []string{"Content-Type: text/plain"}, 415},
		"sendBeacon of a string":             {"POST", "", post, []string{"Content-Type: text/plain;charset=UTF-8"}, 415},
		"sendBeacon of a blob":               {"POST", "", post, nil, 415},
		"no content type, query in address":  {"POST", in("{who}"), "", nil, 415},
		"empty content type":                 {"POST", "", post, []string{"Content-Type: "}, 415},
		"message/rfc822":                     {"POST", "", post, []string{"Content-Type: message/rfc822"}, 415},
		"JSON as parameter":                  {"POST", "", post, []string{"Content-Type: text/plain; charset=application/json"}, 415},
		"JSON after semicolon":               {"POST", "", post, []string{"Content-Type: text/plain;application/json"}, 415},
		"JSON after comma":                   {"POST", "", post, []string{"Content-Type: text/plain, application/json"}, 415},
		"JSON before comma":                  {"POST", "", post, []string{"Content-Type: application/json, text/plain"}, 415},
		"JSON first of two":                  {"POST", "", post, []string{"Content-Type: application/json", "Content-Type: text/plain"}, 415},
		"JSON second of two":                 {"POST", "", post, []string{"Content-Type: text/plain", "Content-Type: application/json"}, 415},
		"document as body":                   {"POST", "", "{who}", []string{"Content-Type: application/graphql"}, 415},
		"a page's origin, whatever the type": {"POST", "", post, []string{asJSON, "Origin: https://evil.example"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			a := send(t, each.method, base+each.query, each.body, each.headers...)
			if a.status != each.status || each.method != "HEAD" && a.code != "BAD_USER_INPUT" && a.code != "FORBIDDEN" {
				t.Errorf("%d %s %s, want %d", a.status, a.code, a.body, each.status)
			}
			if executed.Swap(0) != 0 {
				t.Error("it was executed")
			}
		})
	}
	send(t, "POST", base, post, asJSON)
	if executed.Load() != 1 {
		t.Error("the counter does not count")
	}
}

func TestQueriesByGet(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Page: page()}) + "/graphql"
	long := "{who" + strings.Repeat(" ", 9<<10) + "}"
	for name, each := range map[string]struct {
		query   string
		headers []string
		status  int
		says    string
	}{
		"GraphQL's header":     {in("{who}"), []string{preflight}, 200, `{"data":{"who":"local"}}`},
		"Apollo's header":      {in("{who}"), []string{"Apollo-Require-Preflight: true"}, 200, `{"data":`},
		"the operation's name": {in("query A{who} query B{who}", "operationName", "B"), []string{"X-Apollo-Operation-Name: B"}, 200, `{"data":`},
		"application/json":     {in("{who}"), []string{"Content-Type: Application/JSON; charset=utf-8"}, 200, `{"data":`},
		"variables":            {in("query($x:Int!){who(x:$x)}", "variables", `{"x":3}`, "extensions", "null"), []string{preflight}, 200, `{"data":`},
		"empty extras":         {in("{who}", "variables", "", "operationName", ""), []string{preflight}, 200, `{"data":`},
		"no query":             {"", []string{preflight}, 400, `parameter \"query\"`},
		"blank query":          {in(" "), []string{preflight}, 400, `parameter \"query\"`},
		"two queries":          {"?query=%7Bwho%7D&query=%7Bwho%7D", []string{preflight}, 400, "once"},
		"two variables":        {in("{who}") + "&variables={}&variables={}", []string{preflight}, 400, "once"},
		"broken escape":        {"?query=%7", []string{preflight}, 400, "not well formed"},
		"semicolons":           {"?query=%7Bwho%7D;x=1", []string{preflight}, 400, "not well formed"},
		"broken UTF-8":         {"?query=%7Bwho%7D%ff", []string{preflight}, 400, "UTF-8"},
		"variables are a list": {in("{who}", "variables", "[1]"), []string{preflight}, 400, `\"variables\" must be`},
		"variables and more":   {in("{who}", "variables", "{} {}"), []string{preflight}, 400, `\"variables\" must be`},
		"extensions are text":  {in("{who}", "extensions", `"x"`), []string{preflight}, 400, `\"extensions\" must be`},
		"too long":             {in(long), []string{preflight}, 414, "POST"},
		"a mutation":           {in("mutation{rename}"), []string{preflight}, 405, "may only ask"},
		"a mutation, chosen":   {in("query A{who} mutation B{rename}", "operationName", "B"), []string{preflight}, 405, "may only ask"},
		"a subscription":       {in("subscription{renamed}"), []string{preflight}, 405, "may only ask"},
		"accepts images":       {in("{who}"), []string{preflight, "Accept: image/png"}, 406, "application/json"},
	} {
		a := send(t, "GET", url+each.query, "", each.headers...)
		if a.status != each.status || !strings.Contains(a.body, each.says) || a.status != 200 && a.code != "BAD_USER_INPUT" {
			t.Errorf("%s: %d %s %s, want %d with %q", name, a.status, a.code, a.body, each.status, each.says)
		}
		if a.status == 405 && a.header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow %q", name, a.header.Get("Allow"))
		}
	}
}

func TestAMutationByGetIsNeverExecuted(t *testing.T) {
	var executed atomic.Int64
	url := start(t, counting(&executed), server.Options{}) + "/graphql"
	send(t, "GET", url+in("mutation{rename}"), "", preflight)
	send(t, "GET", url+in("subscription{renamed}"), "", asJSON)
	if executed.Load() != 0 {
		t.Error("a GET changed something")
	}
	if a := send(t, "POST", url, ask("mutation{rename}"), asJSON); a.status != 200 || executed.Load() != 1 {
		t.Errorf("the same by POST: %d %s", a.status, a.body)
	}
}

func TestOptionsTellWhatTheAPITakesAndExecuteNothing(t *testing.T) {
	var executed atomic.Int64
	url := start(t, counting(&executed), server.Options{}) + "/graphql"
	a := send(t, "OPTIONS", url+in("{who}"), ask("{who}"), asJSON, preflight)
	if a.status != 204 || a.header.Get("Allow") != "GET, HEAD, POST, OPTIONS" || a.header.Get("Accept-Post") != "application/json" || executed.Load() != 0 {
		t.Errorf("%d %v", a.status, a.header)
	}
}

func TestCookiesAreNoCredentialAndNeverSet(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Authenticator: known(t, keys...), Page: page()})
	for _, cookie := range []string{"Authorization=Bearer " + admin, "X-Api-Key=" + admin, "session=" + admin} {
		for _, a := range []answer{
			send(t, "POST", url+"/graphql", ask("{who}"), asJSON, "Cookie: "+cookie),
			send(t, "GET", url+"/graphql"+in("{who}"), "", preflight, "Cookie: "+cookie),
		} {
			if a.status != 401 || a.code != "UNAUTHENTICATED" {
				t.Errorf("a key in a cookie: %d %s", a.status, a.body)
			}
		}
	}
	for _, path := range []string{"/", "/graphql", "/graphql" + in("{who}"), "/livez", "/readyz", "/metrics", "/nothing"} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			a := send(t, method, url+path, ask("{who}"), asJSON, "X-Api-Key: "+admin, "Cookie: a=b")
			if set := a.header.Values("Set-Cookie"); len(set) > 0 {
				t.Errorf("%s %s sets %q", method, path, set)
			}
		}
	}
}

func TestPreflightOfAnAllowedOriginMayUseGet(t *testing.T) {
	url := start(t, api(tiny{}, server.Limits{}), server.Options{Origins: []string{"https://admin.example.com"}}) + "/graphql"
	a := send(t, "OPTIONS", url, "", "Origin: https://admin.example.com", "Access-Control-Request-Method: GET")
	if !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "GET") {
		t.Errorf("methods: %v", a.header)
	}
	for _, name := range []string{"GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"} {
		if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s is not allowed", name)
		}
	}
	if a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials are allowed, though cookies are not used")
	}
}
