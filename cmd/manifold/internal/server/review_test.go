package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// ageing is a schema of which much is deprecated.
type ageing struct{ tiny }

var ageingSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { now: Int, old: Int @deprecated(reason: "Ask for now."), find(by: By, way: Way, last: Int @deprecated): Query, page(first: Int = 10): Query }
	input By { id: ID, key: ID @deprecated(reason: "Use id.") }
	enum Way { UP, DOWN @deprecated }
`})

func (ageing) Schema() *ast.Schema { return ageingSchema }

func (ageing) Complexity(_ context.Context, _, field string, children int, arguments map[string]any) (int, bool) {
	if first, ok := arguments["first"].(int64); ok && field == "page" {
		return int(first) * children, true
	}
	return children + 1, true
}

func TestReviewTellsWhatIsWrongAndWhatIsDeprecated(t *testing.T) {
	for text, want := range map[string][]string{
		"query($n: Int = 3) { now page(first: $n) { now } }": nil,
		"{\n  old\n}": {"2:3 warning: the field Query.old is deprecated: Ask for now."},
		`{ find(by: {key: "x"}, way: DOWN, last: 1) { now } }`: {
			"1:13 warning: the field key of By is deprecated: Use id.", "1:29 warning: the value DOWN of Way is deprecated", "1:35 warning: the argument last of Query.find is deprecated",
		},
		"{ ...F page { ...F } } fragment F on Query { old }": {"1:46 warning: the field Query.old is deprecated: Ask for now."},
		"{ old nothing }":             {`1:7 error: Cannot query field "nothing" on type "Query".`},
		"{ now":                       {"1:6 error: Expected Name, found <EOF>"},
		"fragment F on Query { now }": {"0:0 error: holds no operation"},
		"query($x: Int) { now }":      {`1:7 error: Variable "$x" is never used.`},
		"{ page { page { page { page { now } } } } }":                                 {"0:0 error: The document nests fields deeper than 4 levels. Ask for the inner part by node(id:)."},
		"query($n: Int = 2000) { page(first: $n) { now } }":                           {"0:0 error: The operation's complexity is 2000, more than the limit of 1000. Ask for smaller pages or fewer fields."},
		"query($n: Int = 2, $m: Int) { page(first: $n) { page(first: $m) { now } } }": nil,
	} {
		var got []string
		for _, r := range server.Review(ageing{}, server.Limits{Depth: 4, Complexity: 1000}, persisted.Document{ID: "1", Body: text}) {
			kind := map[bool]string{true: "error", false: "warning"}[r.Wrong]
			got = append(got, fmt.Sprintf("%d:%d %s: %s", r.Line, r.Column, kind, r.Message))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", text, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
