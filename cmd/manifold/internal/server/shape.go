package server

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/manifold-graph/manifold/graph/fault"
)

// shape bounds documents before they are validated, for validation compares all fields that
// answer under one name with each other, and is quadratic in them.
type shape struct {
	Limits
	// valid are documents that passed before.
	valid documents
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = shape{}

// ExtensionName implements graphql.HandlerExtension.
func (shape) ExtensionName() string { return "Shape" }

// Validate implements graphql.HandlerExtension.
func (shape) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements graphql.OperationParameterMutator. It changes nothing.
func (s shape) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	if refused := s.checkVariables(request.Variables); refused != nil {
		return gqlerror.Wrap(refused)
	}
	if _, ok := s.valid.Get(ctx, request.Query); ok {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: request.Query}, s.Tokens)
	if err != nil {
		return nil // the executor parses again and says so
	}
	if refused := s.check(doc); refused != nil {
		return gqlerror.Wrap(refused)
	}
	return nil
}

// check walks every operation and fragment as it would be executed, fields of one name merged. Fragments are walked
// wherever they are spread; that this may grow exponentially is what the bound on fields is for.
func (s shape) check(doc *ast.QueryDocument) *fault.Error {
	if refused := s.checkParts(doc); refused != nil {
		return refused
	}
	if w := s.writtenOut(doc); w.sizes[""] > s.Fields {
		return fault.New(fault.CostLimitExceeded, tooManyFields, s.Fields)
	}
	w := walk{Limits: s.Limits, fragments: fragmentsOf(doc)}
	w.operations(doc)
	return w.refused
}

const tooManyFields = "The document asks for more than %d fields, counting fragments wherever they are spread. Ask for less at once."

// writtenOut measures all operations of doc together, under the name "".
func (s shape) writtenOut(doc *ast.QueryDocument) *written {
	w := &written{fragments: fragmentsOf(doc), sizes: map[string]int{}, most: s.Fields}
	for _, op := range doc.Operations {
		w.sizes[""] += w.size(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		w.fragment(f.Name)
	}
	return w
}

func fragmentsOf(doc *ast.QueryDocument) map[string]*ast.FragmentDefinition {
	all := make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
	for _, f := range doc.Fragments {
		all[f.Name] = f
	}
	return all
}

type walk struct {
	Limits
	fragments map[string]*ast.FragmentDefinition
	// steps is how many selections were looked at, pairs how many fields of one name validation compares.
	steps, pairs int
	refused      *fault.Error
}

func (w *walk) operations(doc *ast.QueryDocument) {
	for _, op := range doc.Operations {
		w.merge([]ast.SelectionSet{op.SelectionSet}, 1)
	}
	for _, f := range doc.Fragments {
		w.merge([]ast.SelectionSet{f.SelectionSet}, 1)
	}
}

// group is the fields of one selection that answer under one name.
type group struct {
	fields   int
	children []ast.SelectionSet
}

func (w *walk) merge(sets []ast.SelectionSet, depth int) {
	groups := map[string]*group{}
	spread := map[string]bool{}
	for _, set := range sets {
		w.collect(set, groups, spread)
	}
	if w.refused == nil && len(groups) > 0 && depth > w.Depth {
		w.refuse("The document nests fields deeper than %d levels. Ask for the inner part by node(id:).", w.Depth)
	}
	for name, g := range groups {
		if w.refused == nil && g.fields > w.Repeats {
			w.refuse("The document asks for %q more than %d times in one place. Ask for it once.", name, w.Repeats)
		}
		if w.refused != nil {
			return
		}
		w.pairs += g.fields * (g.fields - 1) / 2
		w.merge(g.children, depth+1)
	}
}

func (w *walk) collect(set ast.SelectionSet, groups map[string]*group, spread map[string]bool) {
	for _, selection := range set {
		if w.steps++; w.refused == nil && w.steps > w.Fields {
			w.refuse(tooManyFields, w.Fields)
		}
		if w.refused != nil {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			name := s.Alias
			if name == "" {
				name = s.Name
			}
			if groups[name] == nil {
				groups[name] = &group{}
			}
			groups[name].fields++
			groups[name].children = append(groups[name].children, s.SelectionSet)
		case *ast.InlineFragment:
			w.collect(s.SelectionSet, groups, spread)
		case *ast.FragmentSpread:
			if f := w.fragments[s.Name]; f != nil && !spread[s.Name] {
				spread[s.Name] = true
				w.collect(f.SelectionSet, groups, spread)
			}
		}
	}
}

func (w *walk) refuse(format string, args ...any) {
	w.refused = fault.New(fault.CostLimitExceeded, format, args...)
}
