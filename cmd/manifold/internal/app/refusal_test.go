package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

func body(query string, variables map[string]any) string {
	b, _ := json.Marshal(map[string]any{"query": query, "variables": variables})
	return string(b)
}

func TestBadInputHasACodeAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	somebody := text(s.ask(`{ people(first: 1) { nodes { id } } }`).Data, "people", "nodes", 0, "id")
	cursor := text(s.ask(`{ people(first: 1) { pageInfo { endCursor } } }`).Data, "people", "pageInfo", "endCursor")
	const by = `query($by: PersonRef!) { person(by: $by) { id } }`
	before := s.callCount()
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		code      string
		says      string
	}{
		"first: 0":               {query: `{ people(first: 0) { totalCount } }`, says: "first must be from 1 to 100"},
		"first: 101":             {query: `{ people(first: 101) { totalCount } }`, says: "Ask for the rest with the page's cursors"},
		"negative last":          {query: `{ people(last: -1) { totalCount } }`, says: "last must be from 1 to 100"},
		"first and last":         {query: `{ people(first: 1, last: 1) { totalCount } }`, says: "Give first or last, not both"},
		"inner first: 101":       {query: `{ people(first: 1) { nodes { grants(first: 101) { totalCount } } } }`, says: "first must be from 1 to 100"},
		"malformed cursor":       {query: `{ people(after: "Zm9v") { totalCount } }`, says: "not a cursor"},
		"empty cursor":           {query: `{ people(after: "") { totalCount } }`, says: "not a cursor"},
		"an id as cursor":        {query: `query($c: String) { people(after: $c) { totalCount } }`, variables: map[string]any{"c": somebody}, says: "not a cursor"},
		"cursor of other list":   {query: `query($c: String) { resources(after: $c) { totalCount } }`, variables: map[string]any{"c": cursor}, says: "another list or another order"},
		"cursor of other order":  {query: `query($c: String) { people(after: $c, orderBy: {field: CREATED_AT}) { totalCount } }`, variables: map[string]any{"c": cursor}, says: "another list or another order"},
		"a cursor as id":         {query: `query($c: ID!) { node(id: $c) { id } }`, variables: map[string]any{"c": cursor}, says: "not an id"},
		"malformed id":           {query: `{ node(id: "20480105") { id } }`, says: "not an id of this server"},
		"malformed id in nodes":  {query: `{ nodes(ids: ["x"]) { id } }`, says: "not an id of this server"},
		"101 ids":                {query: `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, variables: map[string]any{"ids": make101(somebody)}, says: "at most 100"},
		"empty external id":      {query: by, variables: map[string]any{"by": map[string]any{"pipedreamUser": map[string]any{"externalUserId": ""}}}, says: "An empty id names nobody"},
		"long external id":       {query: by, variables: map[string]any{"by": map[string]any{"pipedreamUser": map[string]any{"externalUserId": strings.Repeat("x", 251)}}}, says: "at most 250 characters"},
		"two refs":               {query: by, variables: map[string]any{"by": map[string]any{"id": somebody, "email": "a@b.example"}}, says: "exactly one"},
		"no ref":                 {query: by, variables: map[string]any{"by": map[string]any{}}, says: "exactly one"},
		"two refs, literally":    {query: `{ person(by: {id: "a", email: "b"}) { id } }`, says: "exactly one"},
		"unknown source":         {query: `{ people(filter: {sources: ["sales"]}) { totalCount } }`, says: "Configured: pipedrive-7001"},
		"other system's source":  {query: by, variables: map[string]any{"by": map[string]any{"pipefyUser": map[string]any{"userId": "1", "source": "pipedrive-7001"}}}, says: "no pipefy source"},
		"person as resource":     {query: `query($r: ID!) { people(filter: {resources: [$r]}) { totalCount } }`, variables: map[string]any{"r": somebody}, says: "ids of resources"},
		"long search":            {query: `query($s: String) { people(filter: {search: $s}) { totalCount } }`, variables: map[string]any{"s": strings.Repeat("a", 10_000)}, says: "search"},
		"unknown field":          {query: `{ peopl { id } }`, says: `Did you mean "people"`},
		"unknown enum":           {query: `{ people(filter: {systems: [HUBSPOT]}) { totalCount } }`, says: "HUBSPOT"},
		"missing variable":       {query: by, says: "Variable $by must be defined."},
		"wrong type of variable": {query: `query($n: Int) { people(first: $n) { totalCount } }`, variables: map[string]any{"n": "ten"}, says: "Variable $n "},
		"syntax error":           {query: `{ people(first: 1 { totalCount } }`, says: "Expected"},
		"a mutation":             {query: `mutation { offboard }`, says: "Mutation"},
		"too deep":               {query: "{ people { nodes " + strings.Repeat("{ identities { person ", 12) + "{ id }" + strings.Repeat("} }", 12) + " } }", code: "COST_LIMIT_EXCEEDED", says: "deeper than 16 levels"},
		"too dear": {query: `{ people(first: 100) { nodes { grants(first: 100) { nodes { resource { members(first: 100) { nodes { id } } } } } } } }`,
			code: "COST_LIMIT_EXCEEDED", says: "smaller pages"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.post(body(c.query, c.variables))
			if c.code == "" {
				c.code = "BAD_USER_INPUT"
			}
			if len(r.Errors) == 0 {
				t.Fatalf("was answered: %.300s", r.raw)
			}
			if e := r.Errors[0]; e.Extensions.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Errorf("%s %q, want %s with %q", e.Extensions.Code, e.Message, c.code, c.says)
			}
			if e := r.Errors[0]; len(e.Path) > 0 && dig(r.Data, number(e.Path)...) != nil {
				t.Errorf("%s is answered all the same: %s", e.at(), r.raw)
			}
		})
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("bad input made %d upstream calls", n)
	}
}

func make101(id string) []string {
	ids := make([]string, 101)
	for i := range ids {
		ids[i] = id
	}
	return ids
}

func TestBadRequestsNeverReachTheGraph(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	const asJSON = "Content-Type: application/json"
	query := body(`{ viewer { name } }`, nil)
	for name, c := range map[string]struct {
		method, body string
		headers      []string
		status       int
		code, says   string
	}{
		"no JSON type":     {"POST", query, []string{"Content-Type: text/plain"}, 415, "BAD_USER_INPUT", "application/json"},
		"GET":              {"GET", "", nil, 400, "BAD_USER_INPUT", "GraphQL-Require-Preflight: 1"},
		"no body":          {"POST", "", []string{asJSON}, 400, "BAD_USER_INPUT", "no body"},
		"no JSON":          {"POST", "{", []string{asJSON}, 400, "BAD_USER_INPUT", "JSON"},
		"batch":            {"POST", "[" + query + "]", []string{asJSON}, 400, "BAD_USER_INPUT", "one JSON object per request"},
		"no query":         {"POST", `{"query": ""}`, []string{asJSON}, 400, "BAD_USER_INPUT", "query"},
		"large body":       {"POST", body("{ viewer { name } } #"+strings.Repeat("x", 300<<10), nil), []string{asJSON}, 413, "BAD_USER_INPUT", "too large"},
		"foreign origin":   {"POST", query, []string{asJSON, "Origin: https://evil.example"}, 403, "FORBIDDEN", "origins in the configuration"},
		"null origin":      {"POST", query, []string{asJSON, "Origin: null"}, 403, "FORBIDDEN", "origins in the configuration"},
		"foreign host":     {"POST", query, []string{asJSON, "Host: evil.example"}, 421, "FORBIDDEN", "hosts in the configuration"},
		"nothing is there": {"POST", query, []string{asJSON}, 404, "NOT_FOUND", "/graphql"},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/graphql"
			if c.status == 404 {
				path = "/graph"
			}
			r := s.send(c.method, path, c.body, c.headers...)
			if r.Status != c.status || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != c.code || !strings.Contains(r.Errors[0].Message, c.says) {
				t.Errorf("%d %s, want %d %s with %q", r.Status, r.raw, c.status, c.code, c.says)
			}
		})
	}
}

// A body without end is refused after the limit, not read to its end.
func TestBodyWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	endless := &endless{}
	r, err := http.NewRequest(http.MethodPost, s.url+"/graphql", endless)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 500 << 20
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("500 MB are answered with %d", resp.StatusCode)
		}
	}
	if n := endless.sent.Load(); n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
	s.ask(`{ viewer { name } }`) // others are served
}

// endless is read by the transport, which may go on after the answer came.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.sent.Add(int64(len(b)))
	return len(b), nil
}
