package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
)

// link leads to a heading, by the anchor that renderers of Markdown give it.
func link(text, heading string) string {
	return "[" + text + "](#" + strings.ToLower(strings.ReplaceAll(heading, ".", "")) + ")"
}

func code(s string) string { return "`" + s + "`" }

// typed is a type with its name linked, where this page describes it. The brackets of lists are none of Markdown's.
func typed(schema *ast.Schema, t *ast.Type) string {
	bang := ""
	if t.NonNull {
		bang = "!"
	}
	if t.Elem != nil {
		return `\[` + typed(schema, t.Elem) + `\]` + bang
	}
	if def := schema.Types[t.NamedType]; def == nil || def.BuiltIn {
		return t.NamedType + bang
	}
	return link(t.NamedType, t.NamedType) + bang
}

// preset is what a value is when it is left out.
func preset(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return " = " + code(v.String())
}

func deprecation(of ast.DirectiveList) string {
	d := of.ForName("deprecated")
	if d == nil {
		return ""
	}
	reason := "No longer supported"
	if given := d.Arguments.ForName("reason"); given != nil {
		reason = given.Value.Raw
	}
	return "**Deprecated.** " + strings.TrimRight(reason, ".") + ". "
}

const (
	undecided = "?"
	anybody   = ""
)

// required is the scope of a coordinate, "" where anybody who may ask may see it.
func required(object, field string) string {
	switch scopes, decided := access.Required(object, field); {
	case !decided:
		return undecided
	case len(scopes) == 0:
		return anybody
	default:
		return code(string(scopes[len(scopes)-1]))
	}
}

func needed(scope string) string {
	switch scope {
	case undecided, anybody:
		return "Needs no scope."
	}
	return "Needs " + scope + "."
}

// table is written once all rows are there.
type table struct {
	columns []string
	rows    [][]string
	// without is the column that is left out; 0: none.
	without int
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(to io.Writer) {
	rule := slices.Repeat([]string{"---"}, len(t.columns))
	for _, cells := range slices.Concat([][]string{t.columns, rule}, t.rows) {
		if t.without > 0 {
			cells = slices.Delete(slices.Clone(cells), t.without, t.without+1)
		}
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(cell), "\n", " "), "|", `\|`)
		}
		fmt.Fprintf(to, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintln(to)
}
