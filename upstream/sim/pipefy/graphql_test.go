package pipefy_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestOnlyPostedJSON(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	for name, c := range map[string]struct {
		method, kind, body string
		status             int
	}{
		"GET":       {"GET", jsonType, "", http.StatusMethodNotAllowed},
		"form":      {"POST", formType, "query={me{id}}", 400},
		"batch":     {"POST", jsonType, `[{"query":"{me{id}}"}]`, 400},
		"broken":    {"POST", jsonType, `{"query":`, 400},
		"charset":   {"POST", "application/json; charset=utf-8", `{"query":"{me{id}}"}`, 200},
		"operation": {"POST", jsonType, `{"query":"query A{me{id}} query B{me{name}}","operationName":"B"}`, 200},
	} {
		if a := s.send(c.method, "/graphql", "Bearer ana", c.kind, c.body); a.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, a.status, c.status, a.raw)
		}
	}
}

func TestInvalidDocuments(t *testing.T) {
	for _, status := range []int{200, 400} {
		s := start(t, smallWorld(), pipefy.Options{InvalidStatus: status})
		for name, query := range map[string]string{
			"syntax":                       `{me{`,
			"first on a plain list":        `{organization(id:100){members(first:5){role_name}}}`,
			"pageInfo on a plain list":     `{organization(id:100){pipes{pageInfo{endCursor}}}}`,
			"User.organizations":           `{me{organizations{id}}}`,
			"a user by id":                 `{user(id:1){id}}`,
			"users of a table":             `{table(id:901){users{id}}}`,
			"an e-mail missing":            `mutation{removeUserFromOrg(input:{organization_id:100}){success}}`,
			"two operations without names": `query A{me{id}} query B{me{id}}`,
			"null for a required argument": `query($id:ID="1"){organization(id:$id){id}}`,
		} {
			a := s.ask("root", query, map[string]any{"id": nil})
			if a.status != status || len(a.Errors) == 0 || a.Errors[0].Message == "" || a.Data != nil {
				t.Errorf("%s: status %d: %s", name, a.status, a.raw)
			}
		}
		if u := s.sim.Usage(); len(u.Operations) != 0 {
			t.Errorf("invalid documents were executed: %v", u.Operations)
		}
	}
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.ask("root", `mutation{removeUserFromOrg(input:{organization_id:100}){success}}`, nil)
	if a.code(t) != "missingRequiredInputObjectAttribute" || len(a.Errors[0].Locations) == 0 {
		t.Errorf("got %s", a.raw)
	}
}

func TestPartialAnswer(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.ask("bo", `{a: pipe(id: 301) {name} b: pipe(id: 401) {name} c: pipe(id: 999999) {name} me {id}}`, nil)
	wantData(t, a, `{"a":{"name":"Sales"},"b":null,"c":null,"me":{"id":"3"}}`)
	if a.status != 200 || len(a.Errors) != 2 {
		t.Fatalf("status %d: %s", a.status, a.raw)
	}
	for i, alias := range []string{"b", "c"} {
		e := a.Errors[i]
		if e.Path[0] != alias || e.Extensions["code"] != "PERMISSION_DENIED" || e.Extensions["correlation_id"] == "" || len(e.Locations) == 0 {
			t.Errorf("error %d: %+v", i, e)
		}
	}
	if a.Errors[0].Message != a.Errors[1].Message {
		t.Error("missing and forbidden can be told apart")
	}
}

func TestBadIDsInLists(t *testing.T) {
	const query = `{pipes(ids: [301, "nope", 302]) {id} tables(ids: "ZdeRdE") {id internal_id}}`
	for opt, want := range map[pipefy.BadIDs]string{
		pipefy.BadIDNull: `{"pipes":[{"id":"301"},null,{"id":"302"}],"tables":[{"id":"ZdeRdE","internal_id":"901"}]}`,
		pipefy.BadIDDrop: `{"pipes":[{"id":"301"},{"id":"302"}],"tables":[{"id":"ZdeRdE","internal_id":"901"}]}`,
		pipefy.BadIDFail: `{"pipes":null,"tables":[{"id":"ZdeRdE","internal_id":"901"}]}`,
	} {
		a := start(t, smallWorld(), pipefy.Options{BadIDs: opt}).ask("bo", query, nil)
		wantData(t, a, want)
		if silent := opt == pipefy.BadIDDrop; silent != (len(a.Errors) == 0) {
			t.Errorf("reading %d: errors %v", opt, a.Errors)
		}
	}
}

// aliases asks for n pipes with their members, each under an alias.
func aliases(n int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		fmt.Fprintf(&b, "a%d: pipe(id: 301) { members { role_name user { id uuid name email } } }\n", i)
	}
	return b.String() + "}"
}

func TestComplexity(t *testing.T) {
	published := `{organization(id: 100) {tables(first: 10) {nodes {id} pageInfo {hasNextPage endCursor} totalCount}}}`
	for name, c := range map[string]struct {
		query  string
		weight int
		price  int
	}{
		"a page of ten":                      {published, 1, 17},
		"the default page":                   {`{organization(id: 100) {tables {edges {cursor node {id name}}}}}`, 1, 1 + 1 + 1 + 50 + 1 + 2*50},
		"one alias, plain lists count once":  {aliases(1), 1, 8},
		"one alias, plain lists count fifty": {aliases(1), 50, 302},
		"names do not count":                 {`{__schema{types{name}} me{__typename id}}`, 50, 2},
		"fragments count where spread":       {`{organization(id: 100){...F}} fragment F on Organization{members{...M}} fragment M on Member{role_name}`, 50, 52},
	} {
		t.Run(name, func(t *testing.T) {
			at := start(t, smallWorld(), pipefy.Options{PlainListWeight: c.weight, ComplexityLimit: c.price})
			at.must("root", c.query, nil)
			over := start(t, smallWorld(), pipefy.Options{PlainListWeight: c.weight, ComplexityLimit: c.price - 1})
			a := over.ask("root", c.query, nil)
			if a.status != 200 || a.Data != nil || len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, fmt.Sprintf("complexity of %d", c.price)) {
				t.Errorf("status %d: %s", a.status, a.raw)
			}
		})
	}
}

func TestPublishedLimits(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{PlainListWeight: 50})
	s.must("root", aliases(100), nil)
	if a := s.ask("root", aliases(166), nil); len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, "max complexity of 50000") {
		t.Errorf("166 aliases at weight 50: %.200s", a.raw)
	}
	deep := func(pairs int) string {
		return "{organization(id:100){pipes{" + strings.Repeat("organization{pipes{", pairs) + "id" + strings.Repeat("}}", pairs) + "}}}"
	}
	plain := start(t, smallWorld(), pipefy.Options{})
	plain.must("root", deep(6), nil)
	if a := plain.ask("root", deep(7), nil); len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, "max depth of 15") {
		t.Errorf("depth 17: %s", a.raw)
	}
	huge := `{organization(id:100){tables(first:2147483647){nodes{organization{tables(first:2147483647){nodes{organization{tables(first:2147483647){nodes{id}}}}}}}}}}`
	if a := plain.ask("root", huge, nil); len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, "complexity") {
		t.Errorf("a price past 64 bits: %s", a.raw)
	}
}

func TestExecutionTimeLimit(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{ObjectLimit: 12})
	a := s.ask("root", `{first: me{id} second: organization(id:100){members{user{id}}} third: me{id}}`, nil)
	if a.status != 200 || len(a.Errors) != 2 || !strings.Contains(a.Errors[0].Message, "Timeout") {
		t.Fatalf("got %s", a.raw)
	}
	wantData(t, a, `{"first":{"id":"1"},"second":null,"third":null}`)
	if a.Errors[0].Path[0] != "second" || a.Errors[1].Path[0] != "third" {
		t.Errorf("paths %v, %v", a.Errors[0].Path, a.Errors[1].Path)
	}
}

func TestThrottling(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{RequestLimit: 2, RequestWindow: 10 * time.Second, RetryAfter: true})
	s.must("ana", `{me{id}}`, nil)
	s.clock.advance(time.Second)
	s.must("ana", `{me{id}}`, nil)
	a := s.ask("ana", `{me{id}}`, nil)
	if a.status != 429 || a.header.Get("Retry-After") != "9" || !strings.Contains(a.raw, "<html>") {
		t.Errorf("status %d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.raw)
	}
	s.must("bo", `{me{id}}`, nil)
	s.clock.advance(9 * time.Second)
	s.must("ana", `{me{id}}`, nil)
	quiet := start(t, smallWorld(), pipefy.Options{RequestLimit: 1})
	quiet.must("ana", `{me{id}}`, nil)
	if a := quiet.ask("ana", `{me{id}}`, nil); a.status != 429 || a.header.Get("Retry-After") != "" {
		t.Errorf("status %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
}

func TestUsage(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	s.must("root", `{a: pipe(id:301){id} b: pipe(id:301){id} me{id}}`, nil)
	s.ask("root", `{pipe(id:302){id}}`, nil)
	s.ask("nobody", `{me{id}}`, nil)
	s.ask("root", `{`, nil)
	u := s.sim.Usage()
	if u.Requests != 4 || u.Billed != 3 || u.ByStatus[200] != 3 || u.ByStatus[401] != 1 || u.Operations["pipe"] != 3 || u.Operations["me"] != 1 {
		t.Errorf("usage %+v", u)
	}
	s.sim.ResetUsage()
	if u := s.sim.Usage(); u.Requests != 0 || u.Billed != 0 || len(u.Operations) != 0 {
		t.Errorf("after reset %+v", u)
	}
}

func TestIntrospection(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{PlainListWeight: 50})
	a := s.must("root", `{__schema{queryType{name} mutationType{name} subscriptionType{name} types{name kind fields(includeDeprecated:true){name isDeprecated deprecationReason args{name defaultValue type{kind name ofType{kind name ofType{name}}}} type{kind name ofType{kind name ofType{name}}}} inputFields{name type{kind name ofType{name}}} enumValues{name} interfaces{name} possibleTypes{name}} directives{name locations args{name}}} __type(name:"User"){fields{name}} none:__type(name:"Nothing"){name}}`, nil)
	if at(t, a.Data, "__schema", "queryType", "name") != "Query" || a.Data["none"] != nil || at(t, a.Data, "__schema", "subscriptionType") != nil {
		t.Errorf("got %.300s", a.raw)
	}
	for _, f := range at(t, a.Data, "__type", "fields").([]any) {
		if name := at(t, f, "name"); name == "avatar_url" {
			t.Error("a deprecated field is listed without being asked for")
		}
	}
	for _, field := range []string{"removeUserFromRepo", "removeUserFromPipe", "avatar_url", "missing"} {
		if got := strings.Contains(a.raw, `"name":"`+field+`"`); got != (field != "missing") {
			t.Errorf("%s listed: %v", field, got)
		}
	}
	one := start(t, smallWorld(), pipefy.Options{NoRepoSpelling: true})
	const doc = `mutation{%s(input:{pipe_id:301,email:"dan@example.com"}){success}}`
	if a := one.ask("root", fmt.Sprintf(doc, "removeUserFromRepo"), nil); len(a.Errors) == 0 {
		t.Error("the Repo spelling was accepted although left out")
	}
	one.must("root", fmt.Sprintf(doc, "removeUserFromPipe"), nil)
	other := start(t, smallWorld(), pipefy.Options{NoPipeSpelling: true})
	if a := other.ask("root", fmt.Sprintf(doc, "removeUserFromPipe"), nil); len(a.Errors) == 0 {
		t.Error("the Pipe spelling was accepted although left out")
	}
}
