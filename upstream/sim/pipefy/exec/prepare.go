package exec

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// tokenLimit bounds a document before validation, whose worst case is quadratic.
const tokenLimit = 200_000

// Request is the body of a GraphQL request.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// Operation is a validated request, ready to run.
type Operation[E any] struct {
	Mutation bool
	fields   []*field[E]
	roots    []string
}

// RootFields returns the schema's names of the root fields, in order, aliases repeated.
func (o *Operation[E]) RootFields() []string { return o.roots }

// field is one response key of a selection set, with its selections merged.
type field[E any] struct {
	key     string
	quoted  []byte // "key":
	parent  string
	name    string
	typ     *ast.Type
	args    Args
	resolve Resolver[E]
	sub     []*field[E]
	at      []gqlerror.Location
}

// Prepare parses and validates req. The errors are the client's.
func (x *Executor[E]) Prepare(req Request) (*Operation[E], []*Error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: req.Query}, tokenLimit)
	if err != nil {
		return nil, requestErrors(gqlerror.List{asGQL(err)})
	}
	if errs := validator.ValidateWithRules(x.schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
		return nil, requestErrors(errs)
	}
	op := doc.Operations.ForName(req.OperationName)
	if op == nil {
		return nil, []*Error{{Message: "An operation name is required"}}
	}
	vars, err := validator.VariableValues(x.schema, op, req.Variables)
	if err != nil {
		return nil, requestErrors(gqlerror.List{asGQL(err)})
	}
	root := x.schema.Query
	if op.Operation == ast.Mutation {
		root = x.schema.Mutation
	}
	c := compiler[E]{x: x, vars: vars}
	out := &Operation[E]{Mutation: op.Operation == ast.Mutation}
	if out.fields, err = c.selection(root, []ast.SelectionSet{op.SelectionSet}); err != nil {
		return nil, []*Error{{Message: err.Error()}}
	}
	for _, f := range out.fields {
		out.roots = append(out.roots, f.name)
	}
	return out, nil
}

func asGQL(err error) *gqlerror.Error {
	if e, ok := err.(*gqlerror.Error); ok {
		return e
	}
	return gqlerror.Wrap(err)
}

type compiler[E any] struct {
	x    *Executor[E]
	vars map[string]any
}

// selection merges selection sets of one object type into fields by response key, as the
// specification's CollectFields and MergeSelectionSets do.
func (c *compiler[E]) selection(def *ast.Definition, sets []ast.SelectionSet) ([]*field[E], error) {
	var order []string
	groups := map[string][]*ast.Field{}
	visited := map[string]bool{}
	var collect func(set ast.SelectionSet)
	collect = func(set ast.SelectionSet) {
		for _, sel := range set {
			switch s := sel.(type) {
			case *ast.Field:
				if !c.included(s.Directives) {
					continue
				}
				if groups[s.Alias] == nil {
					order = append(order, s.Alias)
				}
				groups[s.Alias] = append(groups[s.Alias], s)
			case *ast.InlineFragment:
				if c.included(s.Directives) {
					collect(s.SelectionSet)
				}
			case *ast.FragmentSpread:
				if c.included(s.Directives) && !visited[s.Name] {
					visited[s.Name] = true
					collect(s.Definition.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		collect(set)
	}
	out := make([]*field[E], 0, len(order))
	for _, key := range order {
		f, err := c.field(def, key, groups[key])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (c *compiler[E]) field(def *ast.Definition, key string, group []*ast.Field) (*field[E], error) {
	first := group[0]
	f := &field[E]{key: key, quoted: strconv.AppendQuote(nil, key), parent: def.Name, name: first.Name}
	f.quoted = append(f.quoted, ':')
	if p := first.Position; p != nil {
		f.at = []gqlerror.Location{{Line: p.Line, Column: p.Column}}
	}
	if first.Name == "__typename" {
		f.typ = ast.NonNullNamedType("String", nil)
		f.resolve = func(E, any, Args) (any, error) { return def.Name, nil }
		return f, nil
	}
	f.typ = first.Definition.Type
	f.resolve = c.x.resolvers[def.Name][first.Name]
	given := first.ArgumentMap(c.vars)
	f.args = make(Args, len(given))
	for _, a := range first.Definition.Arguments {
		v, ok := given[a.Name]
		if !ok {
			continue
		}
		var err error
		if f.args[a.Name], err = coerce(c.x.schema, a.Type, v); err != nil {
			return nil, fmt.Errorf("argument %q of field %q: %w", a.Name, first.Name, err)
		}
	}
	result := c.x.schema.Types[f.typ.Name()]
	if !result.IsCompositeType() {
		return f, nil
	}
	sets := make([]ast.SelectionSet, len(group))
	for i, g := range group {
		sets[i] = g.SelectionSet
	}
	var err error
	f.sub, err = c.selection(result, sets)
	return f, err
}

func (c *compiler[E]) included(ds ast.DirectiveList) bool {
	if d := ds.ForName("skip"); d != nil && d.ArgumentMap(c.vars)["if"] == true {
		return false
	}
	d := ds.ForName("include")
	return d == nil || d.ArgumentMap(c.vars)["if"] == true
}
