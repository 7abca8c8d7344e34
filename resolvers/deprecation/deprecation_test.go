package deprecation_test

import (
	"context"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/resolvers/deprecation"
)

const sdl = `
	type Query {
		people(filter: Filter, filters: [Filter!], size: Int @deprecated(reason: "Use first."), first: Int, style: Style): [Person!]
		named: Named
	}
	interface Named { name: String called: String @deprecated }
	type Person implements Named {
		id: ID!
		name: String
		called: String @deprecated
		mail: String @deprecated(reason: "Use mails.")
		mails: [String!]
		friends: [Person!]
	}
	type Bot implements Named { name: String @deprecated called: String }
	input Filter { name: String, mail: String @deprecated, style: Style, not: Filter }
	enum Style { LONG SHORT @deprecated }
`

// tiny serves a schema without one resolver.
type tiny struct {
	graphql.ExecutableSchema
	schema *ast.Schema
}

func (s tiny) Schema() *ast.Schema { return s.schema }
func (tiny) Exec(context.Context) graphql.ResponseHandler {
	return func(context.Context) *graphql.Response { return &graphql.Response{Data: []byte("{}")} }
}

// used is what a watch hears when an operation is executed: the client, the operation and the coordinates.
func used(t *testing.T, sdl, query string, variables map[string]any) []string {
	t.Helper()
	var heard []string
	times := 0
	e := executor.New(tiny{schema: gqlparser.MustLoadSchema(&ast.Source{Input: sdl})})
	e.Use(deprecation.NewWatch(func(_ context.Context, client, operation string, coordinates []string) {
		times++
		heard = append([]string{client, operation}, coordinates...)
	}))
	ctx := graphql.StartOperationTrace(access.With(t.Context(), access.NewPrincipal("key:frontend")))
	op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		t.Fatal(errs)
	}
	for range 2 {
		times = 0
		responses, ctx := e.DispatchOperation(graphql.WithOperationContext(ctx, op), op)
		responses(ctx)
		if times > 1 || (times == 1) != (len(heard) > 2) {
			t.Errorf("%s was told %d times: %v", query, times, heard)
		}
	}
	return heard
}

func TestDeprecatedUseIsToldWithItsClient(t *testing.T) {
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		want      []string
	}{
		"nothing":                    {`query Q($f: Filter) { people(first: 2, style: LONG, filter: $f) { id mails } }`, map[string]any{"f": map[string]any{"name": "SHORT"}}, nil},
		"a field":                    {`query Q { people { mail } }`, nil, []string{"Person.mail"}},
		"a field, twice":             {`query Q { people { mail other: mail friends { mail } } }`, nil, []string{"Person.mail"}},
		"a field that is skipped":    {`query Q { people { id mail @skip(if: true) } }`, nil, []string{"Person.mail"}},
		"a field in fragments":       {`query Q { people { ...A ... { ...A } } } fragment A on Person { friends { ...B } } fragment B on Person { mail }`, nil, []string{"Person.mail"}},
		"a field of an interface":    {`query Q { named { called } }`, nil, []string{"Named.called", "Person.called"}},
		"of what implements one":     {`query Q { named { name } }`, nil, []string{"Bot.name"}},
		"an argument":                {`query Q { people(size: 2) { id } }`, nil, []string{"Query.people(size:)"}},
		"an argument by a variable":  {`query Q($n: Int) { people(size: $n) { id } }`, nil, []string{"Query.people(size:)"}},
		"an input field":             {`query Q { people(filter: {not: {mail: "a"}}) { id } }`, nil, []string{"Filter.mail"}},
		"an input field in a list":   {`query Q { people(filters: [{name: "a"}, {mail: "a"}]) { id } }`, nil, []string{"Filter.mail"}},
		"an input field in one":      {`query Q { people(filters: {mail: "a"}) { id } }`, nil, []string{"Filter.mail"}},
		"an input field, a variable": {`query Q($f: [Filter!]) { people(filters: $f) { id } }`, map[string]any{"f": []any{map[string]any{"not": map[string]any{"mail": nil}}}}, []string{"Filter.mail"}},
		"a value":                    {`query Q { people(style: SHORT) { id } }`, nil, []string{"Style.SHORT"}},
		"a value in an input":        {`query Q { people(filter: {style: SHORT}) { id } }`, nil, []string{"Style.SHORT"}},
		"a value by a variable":      {`query Q($s: Style) { people(style: $s) { id } }`, map[string]any{"s": "SHORT"}, []string{"Style.SHORT"}},
		"a value by default":         {`query Q($s: Style = SHORT) { people(style: $s) { id } }`, nil, []string{"Style.SHORT"}},
		"all of it":                  {`query Q($f: Filter) { people(size: 1, style: SHORT, filter: $f) { mail } }`, map[string]any{"f": map[string]any{"mail": "a"}}, []string{"Filter.mail", "Person.mail", "Query.people(size:)", "Style.SHORT"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			if want != nil {
				want = append([]string{"key:frontend", "Q"}, want...)
			}
			if got := used(t, sdl, c.query, c.variables); !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
		})
	}
	if got := used(t, `type Query { mail: String }`, `query Q { mail }`, nil); got != nil {
		t.Errorf("nothing is deprecated, and %v was told", got)
	}
}
