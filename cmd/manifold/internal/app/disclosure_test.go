package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

func TestIntrospectionIsForbiddenWhereStrangersMayAsk(t *testing.T) {
	t.Parallel()
	introspective := []string{
		`{ __schema { types { name } } }`, `{ __type(name: "Person") { name } }`, `{ viewer { name } a: __schema { queryType { name } } }`,
		`{ ...F } fragment F on Query { ... { __type(name: "Person") { fields { name } } } }`,
		`{ _service { sdl } }`, `{ ...F } fragment F on Query { a: _service { __typename } }`,
	}
	guarded := begin(t, setup{edit: withKeys})
	for _, query := range introspective {
		r := guarded.post(body(query, nil), as(allKey))
		if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || r.Data != nil || !strings.Contains(r.Errors[0].Message, "manifold schema") || !strings.Contains(r.Errors[0].Message, "introspection: on") {
			t.Errorf("%s: %s", query, r.raw)
		}
	}
	if r := guarded.post(body(`{ __typename viewer { __typename } }`, nil), as(allKey)); r.Data["__typename"] != "Query" || text(r.Data, "viewer", "__typename") != "Viewer" {
		t.Errorf("__typename: %s", r.raw)
	}
	on := begin(t, setup{edit: func(c *config.Config) { withKeys(c); c.Introspection = "on" }})
	loopback := begin(t, setup{})
	off := begin(t, setup{edit: func(c *config.Config) { c.Introspection = "off" }})
	for _, query := range introspective {
		if r := on.post(body(query, nil), as(allKey)); len(r.Errors) > 0 {
			t.Errorf("turned on, %s: %s", query, r.raw)
		}
		if r := loopback.post(body(query, nil)); len(r.Errors) > 0 {
			t.Errorf("on loopback, %s: %s", query, r.raw)
		}
		if r := off.post(body(query, nil)); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" {
			t.Errorf("turned off, %s: %s", query, r.raw)
		}
	}
}

// misspelt is questions that are wrong in every way in which validation and coercion speak of names.
var misspelt = map[string]struct {
	query     string
	variables map[string]any
}{
	"a field":                 {query: `{ peopl { totalCount } }`},
	"an inner field":          {query: `{ people { nodes { displayNam primaryEmal pipedriveUser { x } } } }`},
	"a field of an interface": {query: `{ node(id: "x") { displayName companyId } }`},
	"a leaf without fields":   {query: `{ people }`},
	"fields of a leaf":        {query: `{ people { totalCount { x } } }`},
	"an argument":             {query: `{ people(firs: 1, filtr: {}) { totalCount } }`},
	"a missing argument":      {query: `{ person { id } }`},
	"a missing list argument": {query: `{ nodes { id } }`},
	"an enum value":           {query: `{ people(filter: {systems: [PIPEDRIV]}) { totalCount } }`},
	"an enum as a string":     {query: `{ people(filter: {systems: ["PIPEDRIV"]}) { totalCount } }`},
	"an enum as a number":     {query: `{ people(filter: {systems: [1]}) { totalCount } }`},
	"an input field":          {query: `{ people(filter: {emailDomain: ["a"], presentI: []}) { totalCount } }`},
	"a missing input field":   {query: `{ person(by: {pipedriveUser: {}}) { id } }`},
	"an inner missing field":  {query: `{ people(orderBy: {fiel: DISPLAY_NAM}) { totalCount } }`},
	"a list for an object":    {query: `{ people(filter: [1]) { totalCount } }`},
	"a string for a number":   {query: `{ people(first: "x") { totalCount } }`},
	"an object for a number":  {query: `{ people(first: {a: 1}) { totalCount } }`},
	"a type":                  {query: `{ node(id: "x") { ... on Persn { id } } }`},
	"a type of a variable":    {query: `query($a: PeopleFiltr) { people(filter: $a) { totalCount } }`},
	"a wrong type":            {query: `query($a: String) { people(filter: $a, first: $a) { totalCount } }`},
	"an output type":          {query: `query($a: Person) { people(filter: $a) { totalCount } }`},
	"an impossible spread":    {query: `{ viewer { ... on Person { id } } }`},
	"a fragment on a leaf":    {query: `{ viewer { name } ...F } fragment F on System { x }`},
	"conflicting fields":      {query: `{ people { a: totalCount a: nodes { id } } }`},
	"conflicting shapes":      {query: `{ node(id: "x") { ... on PipedriveUser { a: lang } ... on PipefyUser { a: uuid } } }`},
	"a directive":             {query: `{ people @includ(if: true) { totalCount } }`},
	"a variable's member":     {query: `query($f: PeopleFilter) { people(filter: $f) { totalCount } }`, variables: map[string]any{"f": map[string]any{"emailDomain": []any{"a"}}}},
	"a variable's value":      {query: `query($f: PeopleFilter) { people(filter: $f) { totalCount } }`, variables: map[string]any{"f": map[string]any{"systems": []any{"PIPEDRIV"}}}},
	"a variable's type":       {query: `query($f: PeopleFilter) { people(filter: $f) { totalCount } }`, variables: map[string]any{"f": []any{1}}},
	"a variable's lack":       {query: `query($b: PersonRef!) { person(by: $b) { id } }`, variables: map[string]any{"b": map[string]any{"pipedriveUser": map[string]any{}}}},
	"a variable's emptiness":  {query: `query($b: PersonRef!) { person(by: $b) { displayName } }`, variables: map[string]any{"b": map[string]any{}}},
	"a variable missing":      {query: `query($b: PersonRef!) { person(by: $b) { id } }`},
	"a variable's order":      {query: `query($o: PeopleOrder) { people(orderBy: $o) { totalCount } }`, variables: map[string]any{"o": map[string]any{"field": "DISPLAY_NAM"}}},
}

var word = regexp.MustCompile(`[_A-Za-z][_0-9A-Za-z]*`)

func TestWithoutSuggestionsNoNameIsToldThatWasNotSent(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for name, def := range schema(t) {
		names[name] = true
		for _, f := range def.Fields {
			names[f.Name] = true
			for _, a := range f.Arguments {
				names[a.Name] = true
			}
		}
		for _, v := range def.EnumValues {
			names[v.Name] = true
		}
	}
	// Words of sentences that are names too. A name that only they could betray is no secret.
	for _, english := range []string{"of", "type", "field", "name", "value", "list", "is", "id", "not", "id", "variable", "first", "kind", "query", "source", "object", "text", "by", "where", "a", "to", "from", "input"} {
		delete(names, english)
	}
	quiet := begin(t, setup{edit: withKeys})
	loud := begin(t, setup{})
	told := 0
	for what, each := range misspelt {
		question := body(each.query, each.variables)
		sent := map[string]bool{}
		for _, w := range word.FindAllString(question, -1) {
			sent[w] = true
		}
		betrayed := func(r reply) (out []string) {
			for _, e := range r.Errors {
				for _, w := range word.FindAllString(e.Message, -1) {
					if names[w] && !sent[w] {
						out = append(out, w)
					}
				}
			}
			return out
		}
		r := quiet.post(question, as(allKey))
		if len(r.Errors) == 0 || r.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
			t.Errorf("%s: not refused: %s", what, r.raw)
		}
		if b := betrayed(r); len(b) > 0 || strings.Contains(r.raw, "Did you mean") {
			t.Errorf("%s: %v is told: %s", what, b, r.raw)
		}
		told += len(betrayed(loud.post(question)))
	}
	if told < 15 {
		t.Errorf("with suggestions only %d names are told: the questions test nothing", told)
	}
}
