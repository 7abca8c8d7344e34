package resolvers

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/people"
)

// many is how long a list without a page size may be, where nobody may be wrong about it.
const many = 1 << 30

// tally counts how often each field may be read at one source, by schema coordinate.
type tally map[string]int

// census counts the reads of an operation. An account of a person at a source counts once: that is the rule, and who wants
// a bound that no exception breaks says so.
type census struct {
	variables map[string]any
	// sources is how many are configured.
	sources int
	// sure counts lists without a page size as endless.
	sure bool
	into tally
}

// count adds what set reads of an object that is met at most times.
func (c census) count(set ast.SelectionSet, times int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Definition == nil || strings.HasPrefix(s.Name, "__") || c.skipped(s.Directives) {
				continue
			}
			coordinate := s.ObjectDefinition.Name + "." + s.Name
			c.into[coordinate] = multiply(1, c.into[coordinate]+times)
			c.count(s.SelectionSet, multiply(times, c.width(coordinate, s)))
		case *ast.InlineFragment:
			if !c.skipped(s.Directives) {
				c.count(s.SelectionSet, times)
			}
		case *ast.FragmentSpread:
			if s.Definition != nil && !c.skipped(s.Directives) {
				c.count(s.Definition.SelectionSet, times)
			}
		}
	}
}

// width is how many objects a field may hold at one source.
func (c census) width(coordinate string, f *ast.Field) int {
	switch {
	case strings.HasSuffix(f.Definition.Type.Name(), "Connection"):
		return c.page(f)
	case f.Definition.Type.Elem == nil, strings.HasSuffix(f.ObjectDefinition.Name, "Connection"): // its size is counted above it
		return 1
	}
	switch coordinate {
	case "Query.nodes":
		if ids, ok := f.ArgumentMap(c.variables)["ids"].([]any); ok {
			return min(len(ids), people.MaxPage)
		}
		return people.MaxPage
	case "Query._entities": // as many as the server takes in one list
		if representations, ok := f.ArgumentMap(c.variables)["representations"].([]any); ok {
			return len(representations)
		}
		return 1
	case "Query.sources", "PipedriveUser.companies":
		return c.sources
	}
	switch {
	case c.sure:
		return many
	case coordinate == "LinkSuggestion.identities":
		return 2
	case strings.HasPrefix(coordinate, "LinkConflict."):
		return people.DefaultPage
	}
	return 1
}

// page is the size of the page that a connection is asked for.
func (c census) page(f *ast.Field) int {
	arguments := f.ArgumentMap(c.variables)
	return size(number(arguments["first"]), number(arguments["last"]))
}

// skipped tells whether @skip or @include leaves a selection out.
func (c census) skipped(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && d.ArgumentMap(c.variables)["if"] == true {
		return true
	}
	d := directives.ForName("include")
	return d != nil && d.ArgumentMap(c.variables)["if"] == false
}

// number is an argument that holds a number in any of the forms in which variables and literals bring one.
func number(v any) *int {
	switch n := v.(type) {
	case int:
		return &n
	case int64:
		return new(int(n))
	case float64:
		return new(int(n))
	case interface{ Int64() (int64, error) }: // json.Number
		if i, err := n.Int64(); err == nil {
			return new(int(i))
		}
		return new(people.MaxPage)
	}
	return nil
}

// multiply stays below many.
func multiply(a, b int) int {
	if a != 0 && b > many/a {
		return many
	}
	return a * b
}
