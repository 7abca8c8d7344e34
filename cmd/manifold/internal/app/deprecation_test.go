package app_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/generated"
)

// Whoever uses what is deprecated is seen at /metrics and in the log. Nothing may be deprecated now, so the test deprecates
// a field; it is not parallel, for all share the one schema.
func TestDeprecatedUseIsSeenByTheOperator(t *testing.T) {
	field := generated.NewExecutableSchema(generated.Config{}).Schema().Types["Viewer"].Fields.ForName("roles")
	before := field.Directives
	field.Directives = append(before[:len(before):len(before)], &ast.Directive{Name: "deprecated"})
	defer func() { field.Directives = before }()
	s := begin(t, setup{})
	s.ask(`query Old { viewer { name roles } }`)
	s.ask(`query New { viewer { name } }`)
	s.ask(`query Old { viewer { name roles } }`)
	if n := sum(s.scrape(), "manifold_deprecated_fields_total", `field="Viewer.roles"`, `client="local"`); n != 2 {
		t.Errorf("%v uses are counted", n)
	}
	if logged, _ := s.log.all(); strings.Count(logged, "a deprecated field is used") != 1 || !strings.Contains(logged, "Viewer.roles") {
		t.Error("the log does not tell of it once")
	}
}
