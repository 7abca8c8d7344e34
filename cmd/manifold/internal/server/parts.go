package server

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/fault"
)

// parts counts what a document is made of, as it is written. Validation looks at each part once for every operation, or
// once for every other part, and each that is wrong is an error of its own.
type parts struct {
	Limits
	// nodes is everything that was met: what a document takes to keep goes by it.
	nodes, aliases, directives, spreads, literals int
	refused                                       *fault.Error
}

// checkParts refuses a document that has too much of anything.
func (l Limits) checkParts(doc *ast.QueryDocument) *fault.Error {
	p := parts{Limits: l}
	p.most("operations", len(doc.Operations), l.Operations, "Send them one by one.")
	p.most("fragments", len(doc.Fragments), l.Fragments, "Write out those that are used once.")
	p.document(doc)
	return p.refused
}

func (p *parts) document(doc *ast.QueryDocument) {
	for _, op := range doc.Operations {
		p.most("variables in one operation", len(op.VariableDefinitions), p.Variables, "Put them into one input object.")
		for _, v := range op.VariableDefinitions {
			p.nodes++
			p.known(v.Type.Name())
			p.applied(v.Directives)
			if v.DefaultValue != nil {
				p.value(v.DefaultValue, 0)
			}
		}
		p.applied(op.Directives)
		p.selections(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		p.nodes++
		p.known(f.TypeCondition)
		p.applied(f.Directives)
		p.selections(f.SelectionSet)
	}
}

func (p *parts) selections(set ast.SelectionSet) {
	for _, selection := range set {
		if p.refused != nil {
			return
		}
		p.nodes++
		switch s := selection.(type) {
		case *ast.Field:
			if s.Alias != s.Name {
				p.aliases++
				p.most("aliases", p.aliases, p.Aliases, "Ask for several objects by nodes(ids:), or in several requests.")
			}
			p.known(s.Name)
			p.arguments(s.Arguments)
			p.applied(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.InlineFragment:
			p.known(s.TypeCondition)
			p.applied(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			p.spreads++
			p.most("fragment spreads", p.spreads, p.Spreads, "Write the fields out once, or ask in several requests.")
			p.applied(s.Directives)
		}
	}
}

func (p *parts) applied(directives ast.DirectiveList) {
	p.nodes += len(directives)
	p.directives += len(directives)
	p.most("directives in one place", len(directives), p.DirectivesInPlace, "One @include or @skip decides.")
	p.most("directives", p.directives, p.Directives, "Put @include or @skip on a whole fragment.")
	for _, d := range directives {
		if p.refused != nil {
			return
		}
		p.known(d.Name)
		p.arguments(d.Arguments)
	}
}

func (p *parts) arguments(arguments ast.ArgumentList) {
	p.nodes += len(arguments)
	for _, a := range arguments {
		p.known(a.Name)
		p.value(a.Value, 0)
	}
}

func (p *parts) value(v *ast.Value, depth int) {
	if p.refused != nil || v == nil {
		return
	}
	p.nodes++
	p.literals++
	p.most("values written into the document", p.literals, p.Values, "Send them as variables, in several requests.")
	p.most("members in one list or object", len(v.Children), p.ListLength, "Send them in several requests.")
	if v.Kind == ast.ListValue || v.Kind == ast.ObjectValue {
		depth++
		p.most("lists and objects within each other", depth, p.ValueDepth, "No argument nests that deep.")
	}
	if v.Kind == ast.EnumValue {
		p.known(v.Raw)
	}
	for _, child := range v.Children {
		p.known(child.Name)
		p.value(child.Value, depth)
	}
}

// longestKnown is more than any name of the schema has. A name that the schema does not have is compared with all it has.
const longestKnown = 40

// known refuses names that no schema of ours has.
func (p *parts) known(name string) {
	if p.refused == nil && len(name) > longestKnown {
		p.refused = fault.New(fault.CostLimitExceeded, "The document names a field, type, argument, directive or value by more than %d letters. The schema has none so long.", longestKnown)
	}
}

// most refuses n of something when it is more than limit.
func (p *parts) most(what string, n, limit int, instead string) {
	if p.refused == nil && n > limit {
		p.refused = fault.New(fault.CostLimitExceeded, "The document has more than %d %s. %s", limit, what, instead)
	}
}
