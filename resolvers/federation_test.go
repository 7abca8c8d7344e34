package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers"
)

func TestTheSubgraphSaysWhatRoutersMayAsk(t *testing.T) {
	sdl, err := resolvers.SubgraphSDL(true)
	if err != nil {
		t.Fatal(err)
	}
	if without, err := resolvers.SubgraphSDL(false); err != nil || strings.Contains(without, "@requiresScopes") || strings.Contains(without, "@authenticated") {
		t.Errorf("without scopes there are some, or %v", err)
	}
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.SchemaExtension) != 1 || doc.SchemaExtension[0].Directives.ForName("link") == nil {
		t.Error("the subgraph does not say which Federation it speaks")
	}
	for _, unwanted := range []string{"_service", "_entities", "_Any", "_Entity", "@oneOf"} {
		if strings.Contains(sdl, unwanted) {
			t.Errorf("the subgraph speaks of %s, which composition refuses or brings by itself", unwanted)
		}
	}
	union := generated.NewExecutableSchema(generated.Config{}).Schema().Types["_Entity"].Types
	for _, def := range doc.Definitions {
		keys := def.Directives.ForNames("key")
		if len(keys) != len(people.Entities[def.Name]) {
			t.Errorf("%s is published with %d keys", def.Name, len(keys))
		}
		if named := len(keys) > 0 && def.Kind == ast.Object; named != slices.Contains(union, def.Name) {
			t.Errorf("%s: a key %t, in _Entity %t", def.Name, named, !named)
		}
		for _, k := range keys {
			for f := range strings.FieldsSeq(k.Arguments.ForName("fields").Value.Raw) {
				if def.Fields.ForName(f) == nil {
					t.Errorf("%s has no %s, by which it has a key", def.Name, f)
				}
			}
		}
		for _, f := range def.Fields {
			decided := f.Directives.ForName("requiresScopes") != nil || f.Directives.ForName("authenticated") != nil
			if decided != (def.Kind == ast.Object) {
				t.Errorf("%s.%s: a decision %t", def.Name, f.Name, decided)
			}
		}
	}
}

func TestEachRepresentationIsAnsweredInItsPlace(t *testing.T) {
	o, ids := newOffice(t)
	ann := ids.Identity(person.Key{System: person.Pipedrive, Account: "7001", ID: "1"})
	a := o.ask(t, fmt.Sprintf(`{ _entities(representations: [
		{__typename: "PipedriveUser", companyId: "7001", sourceId: "2"}
		{__typename: "Person"}
		{__typename: "PipedriveUser", companyId: "7001", sourceId: "9"}
		7
		{__typename: "Identity", id: %q}
		{__typename: "Source", name: "pd"}
	]) { __typename ... on PipedriveUser { sourceId displayName } ... on Source { name } } }`, ann))
	got := fmt.Sprint(a.Data["_entities"])
	want := fmt.Sprint([]any{
		map[string]any{"__typename": "PipedriveUser", "sourceId": "2", "displayName": "bob"}, nil, nil, nil,
		map[string]any{"__typename": "PipedriveUser", "sourceId": "1", "displayName": "ann"},
		map[string]any{"__typename": "Source", "name": "pd"},
	})
	if got != want {
		t.Errorf("answered %s, want %s", got, want)
	}
	at := map[string]any{}
	for _, e := range a.Errors {
		at[fmt.Sprint(e.Path)] = e.Extensions["code"]
	}
	if want := map[string]any{"[_entities 1]": "BAD_USER_INPUT", "[_entities 3]": "BAD_USER_INPUT"}; !maps.Equal(at, want) {
		t.Errorf("errors at %v, want %v", at, want)
	}
}

func TestRepresentationsCountAsObjects(t *testing.T) {
	l := newLimited(t)
	l.limit = 50
	const query = `query($r: [_Any!]!) { _entities(representations: $r) { __typename } }`
	guesses := func(n int) map[string]any {
		all := make([]any, n)
		for i := range all {
			all[i] = map[string]any{"__typename": "PipedriveUser", "companyId": "7001", "sourceId": fmt.Sprint(1000 + i)}
		}
		return map[string]any{"r": all}
	}
	if a := l.as("router", query, guesses(51)); len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != "COST_LIMIT_EXCEEDED" {
		t.Errorf("fifty-one of fifty: %v", a.Errors)
	}
	if a := l.as("router", query, guesses(50)); len(a.Errors) > 0 {
		t.Errorf("fifty of fifty: %v", a.Errors)
	}
	if a := l.as("router", query, guesses(1)); len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" {
		t.Errorf("one more, though nobody was there: %v", a.Errors)
	}
}

func TestRoutersObeyThePolicy(t *testing.T) {
	o, _ := newOffice(t)
	const query = `{ _service { sdl } _entities(representations: [{__typename: "PipedriveUser", companyId: "7001", sourceId: "1"}]) { ... on PipedriveUser { displayName email } } }`
	a := o.ask(t, query, access.ScopeDirectoryRead)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "FORBIDDEN" || fmt.Sprint(a.Errors[0].Path) != "[_entities 0 email]" {
		t.Errorf("who may not see addresses: %v", a.Errors)
	}
	a = o.ask(t, query, access.ScopeBudgetsRead)
	if a.Data != nil || len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != "FORBIDDEN" {
		t.Errorf("who may not see the directory: %v, %v", a.Data, a.Errors)
	}
}

// A representation weighs as an id of nodes does.
func TestRepresentationsWeighAsMuchAsIDs(t *testing.T) {
	es := generated.NewExecutableSchema(generated.Config{Complexity: resolvers.Complexity()})
	weigh := func(field, argument string, values any) int {
		n, ok := es.Complexity(t.Context(), "Query", field, 7, map[string]any{argument: values})
		if !ok {
			t.Fatalf("%s has no weight", field)
		}
		return n
	}
	if r, n := weigh("_entities", "representations", []any{1, 2, 3}), weigh("nodes", "ids", []any{"1", "2", "3"}); r != n || r != 22 {
		t.Errorf("three representations weigh %d, three ids %d", r, n)
	}
}
