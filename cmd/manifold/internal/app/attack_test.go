package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// attack is one request of somebody who means harm, and what it may bring about.
type attack struct {
	method, path, body string
	headers            []string
	status             int
	code               string // "" where nothing is refused
}

// doc is an attack by a document, from a client with a valid key of few scopes.
func doc(query, code string) attack { return attack{body: body(query, nil), status: 200, code: code} }

func vars(query string, variables map[string]any, code string) attack {
	return attack{body: body(query, variables), status: 200, code: code}
}

func times(n int, each func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(each(i) + " ")
	}
	return b.String()
}

func deep(n int) any {
	var v any = 1
	for range n {
		v = []any{v}
	}
	return v
}

// attacks is the corpus: what the OWASP cheat sheet on GraphQL, the check lists of graphql-armor and graphql-cop and the
// advisories on simple requests name, as far as a server without mutations, uploads and subscriptions has it.
func attacks() map[string]attack {
	get := func(query string) string { return "/graphql?query=" + url.QueryEscape(query) }
	const who, secret = `{ viewer { name } }`, "hunter2-hunter2-hunter2-hunter2"
	plain := body(who, nil)
	const tooMuch = "COST_LIMIT_EXCEEDED"
	return map[string]attack{
		// Too much of something.
		"aliases":                      doc("{"+times(201, func(i int) string { return fmt.Sprintf("a%d: viewer { name }", i) })+"}", tooMuch),
		"aliased people":               doc("{"+times(300, func(i int) string { return fmt.Sprintf("a%d: people(first: 100) { totalCount }", i) })+"}", tooMuch),
		"one field a thousand times":   doc("{ viewer { "+strings.Repeat("name ", 1000)+"} }", tooMuch),
		"one field ten thousand times": doc("{ viewer { "+strings.Repeat("name ", 10_000)+"} }", "BAD_USER_INPUT"),
		"repeats by fragments":         doc("{ viewer { "+strings.Repeat("...A ", 2)+strings.Repeat("name ", 40)+"} } fragment A on Viewer { name }", tooMuch),
		"repeats by inline fragments":  doc("{ viewer { "+strings.Repeat("... on Viewer { name } ", 40)+"} }", tooMuch),
		"directives on one field":      doc("{ viewer { name "+strings.Repeat("@include(if: true) ", 50)+"} }", tooMuch),
		"directives over the document": doc("{ viewer { "+times(101, func(i int) string { return fmt.Sprintf("n%d: name @skip(if: false)", i) })+"} }", tooMuch),
		"unknown directives":           doc("{ viewer { name "+strings.Repeat("@a ", 5000)+"} }", "BAD_USER_INPUT"),
		"depth":                        doc("{ people { nodes "+strings.Repeat("{ identities { person ", 12)+"{ id }"+strings.Repeat("} }", 12)+" } }", tooMuch),
		"people of people":             doc("{ people(first: 100) { nodes "+strings.Repeat("{ identities { person ", 6)+"{ id }"+strings.Repeat("} }", 6)+" } }", tooMuch),
		"links of links": doc("{ person(by: {pipefyUser: {userId: \"1\"}}) "+strings.Repeat("{ identities { links { identities { person ", 3)+"{ identities { links { rule } } }"+
			strings.Repeat("} } } }", 3)+" }", tooMuch),
		"depth by fragments": doc("{ people { nodes { ...F0 } } } "+times(20, func(i int) string {
			return fmt.Sprintf("fragment F%d on Person { identities { person { ...F%d } } }", i, i+1)
		})+"fragment F20 on Person { id }", tooMuch),
		"circular fragments":       doc("{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }", "BAD_USER_INPUT"),
		"circular through a field": doc("{ people { nodes { ...A } } } fragment A on Person { identities { person { ...A } } }", tooMuch),
		"fragments that double": doc("{ people { nodes { ...F0 } } } "+times(24, func(i int) string {
			return fmt.Sprintf("fragment F%d on Person { ...F%d a: links { rule } ...F%d }", i, i+1, i+1)
		})+"fragment F24 on Person { id }", tooMuch),
		"many fragments":           doc("{ viewer { name } } "+times(150, func(i int) string { return fmt.Sprintf("fragment F%d on Viewer { name }", i) }), tooMuch),
		"many operations":          doc(times(30, func(i int) string { return fmt.Sprintf("query Q%d { viewer { name } }", i) }), tooMuch),
		"many variables":           doc("query("+times(150, func(i int) string { return fmt.Sprintf("$v%d: Int", i) })+") { viewer { name } }", tooMuch),
		"tokens":                   doc("{ viewer { "+times(5000, func(i int) string { return "x" })+"} }", "BAD_USER_INPUT"),
		"brackets":                 doc("{ people(first: "+strings.Repeat("[", 3000)+") { totalCount } }", "BAD_USER_INPUT"),
		"pages within pages":       doc("{ people(first: 100) { nodes { grants(first: 100) { nodes { resource { members(first: 100) { nodes { id } } } } } } } }", tooMuch),
		"a page of a million":      doc("{ people(first: 1000000) { totalCount } }", "BAD_USER_INPUT"),
		"a negative page":          doc("{ people(first: -1) { totalCount } }", "BAD_USER_INPUT"),
		"a number without bounds":  doc("{ people(first: 99999999999999999999) { totalCount } }", "BAD_USER_INPUT"),
		"101 ids":                  vars("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": make([]string, 101)}, "BAD_USER_INPUT"),
		"5,000 ids":                vars("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": make([]string, 5000)}, tooMuch),
		"deep variables":           vars("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": deep(20)}, tooMuch),
		"a long literal list":      doc("{ nodes(ids: ["+strings.Repeat(`"a",`, 1200)+"]) { id } }", tooMuch),
		"live reads of everybody":  doc("{ people(first: 100) { nodes { pipedriveUsers { followers(first: 100) { edges { node { permissions { name } roleAssignments { name } } } } } } } }", tooMuch),
		"a search of 10,000 bytes": vars("query($s: String) { people(filter: {search: $s}) { totalCount } }", map[string]any{"s": strings.Repeat("a", 10_000)}, "BAD_USER_INPUT"),
		"a name of 10,000 letters": doc("{ "+strings.Repeat("a", 10_000)+" }", tooMuch),
		"a body over the limit":    {body: `{"query":"` + strings.Repeat(" ", 256<<10) + `"}`, status: 413, code: "BAD_USER_INPUT"},
		"nested JSON":              {body: `{"query":"{viewer{name}}","extensions":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, status: 400, code: tooMuch},
		"200 pages without end":    doc("{"+times(200, func(i int) string { return fmt.Sprintf("a%d: people(first: -1) { totalCount }", i) })+"} #"+strings.Repeat("x", 175<<10), "BAD_USER_INPUT"),
		"200 guessed ids":          doc("{"+times(200, func(i int) string { return fmt.Sprintf("a%d: node(id: \"x\") { id }", i) })+"} #"+strings.Repeat("x", 175<<10), "BAD_USER_INPUT"),
		"a long directive":         doc("{ viewer { name @"+strings.Repeat("a", 10_000)+" } }", tooMuch),
		"a long type":              doc("{ viewer { ... on "+strings.Repeat("A", 10_000)+" { name } } }", tooMuch),
		"a query of 9 KiB by GET":  {method: "GET", path: get("{ viewer { name } } #" + strings.Repeat("x", 9<<10)), headers: []string{"GraphQL-Require-Preflight: 1"}, status: 414, code: "BAD_USER_INPUT"},
		"a batch":                  {body: "[" + plain + "," + plain + "]", status: 400, code: "BAD_USER_INPUT"},

		// Learning the schema.
		"introspection":               doc("{ __schema { types { name fields { name } } } }", "FORBIDDEN"),
		"introspection of one type":   doc(`{ __type(name: "Person") { fields { name } } }`, "FORBIDDEN"),
		"introspection in a fragment": doc(`{ ...A } fragment A on Query { s: __schema { queryType { name } } }`, "FORBIDDEN"),
		"guessing a field":            doc("{ peopl { totalCount } }", "BAD_USER_INPUT"),
		"guessing an argument":        doc("{ people(filtr: {}) { totalCount } }", "BAD_USER_INPUT"),
		"guessing an enum value":      doc("{ people(filter: {systems: [PIPEDRIV]}) { totalCount } }", "BAD_USER_INPUT"),

		// Seeing what one may not.
		"addresses without the scope":          doc("{ people(first: 1) { nodes { emails } } }", "FORBIDDEN"),
		"a filter without the scope":           doc(`{ people(filter: {emailDomains: ["acme.example"]}) { totalCount } }`, "FORBIDDEN"),
		"an order without the scope":           doc("{ people(orderBy: {field: PRIMARY_EMAIL}) { totalCount } }", "FORBIDDEN"),
		"a look-up without the scope":          doc(`{ person(by: {email: "a@acme.example"}) { id } }`, "FORBIDDEN"),
		"a search in addresses":                doc(`{ people(filter: {search: "a", searchIn: [EMAIL]}) { totalCount } }`, "FORBIDDEN"),
		"budgets without the scope":            doc("{ sources { budget { spent } } }", "FORBIDDEN"),
		"links without the scope":              doc("{ linkSuggestions { totalCount } }", "FORBIDDEN"),
		"a forged id":                          doc(`{ node(id: "cGVyc29uOjE") { id } }`, "BAD_USER_INPUT"),
		"a forged cursor":                      doc(`{ people(after: "MTAw") { totalCount } }`, "BAD_USER_INPUT"),
		"two refs in a variable":               vars("query($by: PersonRef!) { person(by: $by) { id } }", map[string]any{"by": map[string]any{"id": "a", "pipefyUser": map[string]any{"userId": "1"}}}, "BAD_USER_INPUT"),
		"injection in a search":                doc(`{ people(filter: {search: "' OR 1=1 --"}) { totalCount } }`, ""),
		"a path in an id":                      doc(`{ person(by: {pipefyUser: {userId: "../../etc/passwd"}}) { id } }`, ""),
		"a tracing request":                    {body: plain, headers: []string{"Apollo-Tracing: 1", "X-Debug: 1"}, status: 200},
		"a mutation that is not there":         doc("mutation { offboardPerson { id } }", "BAD_USER_INPUT"),
		"a subscription that is not there":     doc("subscription { personChanged { id } }", "BAD_USER_INPUT"),
		"a persisted query that is unknown":    {body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`, status: 200, code: "PERSISTED_QUERY_NOT_FOUND"},
		"a document under the hash of another": {body: `{"query":"{ viewer { name } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + strings.Repeat("0", 64) + `"}}}`, status: 200, code: "BAD_USER_INPUT"},
		"variables with a member twice":        {body: `{"query":"{ viewer { name } }","variables":{"a":{"b":1,"b":2}}}`, status: 400, code: "BAD_USER_INPUT"},
		"half a character":                     {body: `{"query":"{ viewer { name } }","variables":{"a":"\ud800"}}`, status: 400, code: "BAD_USER_INPUT"},

		// Who is asking.
		"no key":               {body: plain, headers: []string{"X-Api-Key: "}, status: 401, code: "UNAUTHENTICATED"},
		"a wrong key":          {body: plain, headers: []string{"X-Api-Key: " + secret}, status: 401, code: "UNAUTHENTICATED"},
		"a key in the address": {path: "/graphql?api_key=" + fewKey, body: plain, headers: []string{"X-Api-Key: "}, status: 401, code: "UNAUTHENTICATED"},
		"a key in a cookie":    {body: plain, headers: []string{"X-Api-Key: ", "Cookie: X-Api-Key=" + fewKey}, status: 401, code: "UNAUTHENTICATED"},
		"two keys":             {body: plain, headers: []string{"Authorization: Bearer " + allKey}, status: 401, code: "UNAUTHENTICATED"},
		"a token without a signature": {body: plain, headers: []string{"X-Api-Key: ", "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."},
			status: 401, code: "UNAUTHENTICATED"},
		"metrics with few scopes": {method: "GET", path: "/metrics", status: 403, code: "FORBIDDEN"},

		// What a page can send unasked, and what a proxy would let through.
		"GET without a preflight header":     {method: "GET", path: get(who), status: 400, code: "BAD_USER_INPUT"},
		"GET as message/rfc822":              {method: "GET", path: get(who), headers: []string{"Content-Type: message/rfc822"}, status: 415, code: "BAD_USER_INPUT"},
		"a mutation by GET":                  {method: "GET", path: get("mutation { x }"), headers: []string{"GraphQL-Require-Preflight: 1"}, status: 200, code: "BAD_USER_INPUT"},
		"two queries by GET":                 {method: "GET", path: get(who) + "&query=" + url.QueryEscape("{ sources { name } }"), headers: []string{"GraphQL-Require-Preflight: 1"}, status: 400, code: "BAD_USER_INPUT"},
		"OPTIONS by another origin":          {method: "OPTIONS", path: "/graphql", headers: []string{"Origin: https://evil.example"}, status: 403, code: "FORBIDDEN"},
		"TRACE":                              {method: "TRACE", path: "/graphql", status: 405, code: "BAD_USER_INPUT"},
		"PUT":                                {method: "PUT", path: "/graphql", body: plain, status: 405, code: "BAD_USER_INPUT"},
		"a form":                             {body: "query=" + url.QueryEscape(who), headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415, code: "BAD_USER_INPUT"},
		"a multipart upload":                 {body: plain, headers: []string{"Content-Type: multipart/form-data; boundary=x"}, status: 415, code: "BAD_USER_INPUT"},
		"JSON as text":                       {body: plain, headers: []string{"Content-Type: text/plain"}, status: 415, code: "BAD_USER_INPUT"},
		"JSON in a parameter of a text type": {body: plain, headers: []string{"Content-Type: text/plain; x=application/json"}, status: 415, code: "BAD_USER_INPUT"},
		"a foreign origin":                   {body: plain, headers: []string{"Origin: https://evil.example"}, status: 403, code: "FORBIDDEN"},
		"a sandboxed origin":                 {body: plain, headers: []string{"Origin: null"}, status: 403, code: "FORBIDDEN"},
		"a rebound host":                     {body: plain, headers: []string{"Host: evil.example"}, status: 421, code: "FORBIDDEN"},
		"another method in a header":         {method: "GET", path: get(who), headers: []string{"X-HTTP-Method-Override: POST"}, status: 400, code: "BAD_USER_INPUT"},
		"a compressed body":                  {body: plain, headers: []string{"Content-Encoding: gzip"}, status: 415, code: "BAD_USER_INPUT"},
		"two JSON values":                    {body: plain + plain, status: 400, code: "BAD_USER_INPUT"},
		"a query twice":                      {body: `{"query":"{ viewer { name } }","query":"{ sources { name } }"}`, status: 400, code: "BAD_USER_INPUT"},
		"a query twice, once escaped":        {body: `{"query":"{ viewer { name } }","\u0071uery":"{ sources { name } }"}`, status: 400, code: "BAD_USER_INPUT"},
		"a query in other letters":           {body: `{"query":"{ viewer { name } }","Query":"{ sources { name } }"}`, status: 400, code: "BAD_USER_INPUT"},
		"variables in other letters":         {body: `{"query":"{ viewer { name } }","variable\u017f":{}}`, status: 400, code: "BAD_USER_INPUT"},
		"an operation's name twice":          {body: `{"query":"query A { viewer { name } } query B { sources { name } }","operationName":"A","operationName":"B"}`, status: 400, code: "BAD_USER_INPUT"},
		"an unknown member twice":            {body: `{"query":"{ viewer { name } }","id":1,"id":2}`, status: 400, code: "BAD_USER_INPUT"},
		"a secret in a broken body":          {body: `{"query": ` + secret, status: 400, code: "BAD_USER_INPUT"},
	}
}

// TestAttackCorpus sends every attack to a Manifold with keys: each is answered as the corpus says, shortly, with no call
// to a vendor and nothing of what was sent or held back; and whoever means well is answered as before.
func TestAttackCorpus(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	corpus := attacks()
	if len(corpus) < 60 {
		t.Fatalf("%d attacks", len(corpus))
	}
	before := s.callCount()
	for name, a := range corpus {
		s.withstand(name, a)
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("the attacks made %d calls to vendors", n)
	}
	if r := s.post(body(`{ people(first: 1) { totalCount } }`, nil), as(fewKey)); r.Status != 200 || len(r.Errors) > 0 {
		t.Errorf("after the attacks nobody is answered: %d %s", r.Status, r.raw)
	}
}

// withstand sends an attack, by default with the key of few scopes. The answer is as the attack says, short, and holds
// nothing that it never may.
func (s *stage) withstand(name string, a attack, never ...string) {
	s.t.Helper()
	method, path := a.method, a.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/graphql"
	}
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(a.body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", fewKey)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range a.headers {
		field, value, _ := strings.Cut(h, ": ")
		switch {
		case field == "Host":
			r.Host = value
		case strings.HasSuffix(h, ": ") && value == "":
			r.Header.Del(field)
		default:
			r.Header.Set(field, value)
		}
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		s.t.Errorf("%s: %v", name, err)
		return
	}
	raw, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	var said reply
	if json.Unmarshal(raw, &said) != nil && err == nil {
		s.t.Errorf("%s: no JSON: %.200s", name, raw)
	}
	code := ""
	if len(said.Errors) > 0 {
		code = said.Errors[0].Extensions.Code
	}
	if resp.StatusCode != a.status || code != a.code {
		s.t.Errorf("%s: %d %q, want %d %q: %.300s", name, resp.StatusCode, code, a.status, a.code, raw)
	}
	if len(raw) > 24<<10 { // a hundred errors, each with its path
		s.t.Errorf("%s: answered with %d bytes", name, len(raw))
	}
	for _, never := range append(never, "hunter2", "Did you mean", "goroutine", fewKey, allKey) {
		if strings.Contains(string(raw), never) {
			s.t.Errorf("%s: the answer holds %q: %.300s", name, never, raw)
		}
	}
	if set := resp.Header.Values("Set-Cookie"); len(set) > 0 {
		s.t.Errorf("%s sets a cookie", name)
	}
}
