package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/graph/fault"
)

// Remark is what there is to say of a document before it is asked.
type Remark struct {
	// Line and Column count from 1; 0 where the whole document is meant.
	Line, Column int
	// Wrong is set where the document would be refused; what is not wrong is a warning.
	Wrong   bool
	Message string
}

// Review says what a server of es with these limits would refuse d for, and what of it is deprecated. Complexity goes by
// the defaults of variables: a page of a size that its client chooses may cost more.
func Review(es graphql.ExecutableSchema, l Limits, d persisted.Document) []Remark {
	l = l.withDefaults()
	var v review
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: d.Body}, l.Tokens)
	if err != nil {
		return v.gql(gqlerror.List{gqlerror.Wrap(err)})
	}
	if len(doc.Operations) == 0 {
		return v.wrong("holds no operation")
	}
	if refused := (shape{Limits: l}).check(doc); refused != nil {
		return v.wrong("%s", refused.Message)
	}
	if errs := validator.ValidateWithRules(es.Schema(), doc, rules.NewDefaultRules()); len(errs) > 0 {
		return v.gql(shortened(errs))
	}
	v.named(d, doc)
	for _, op := range doc.Operations {
		if n := complexity.Calculate(context.Background(), es, op, defaults(op)); n > l.Complexity {
			v.wrong("%s", tooComplex(n, l.Complexity).Message)
		}
	}
	v.deprecated(es.Schema(), doc)
	return v.remarks
}

type review struct{ remarks []Remark }

func (v *review) wrong(format string, args ...any) []Remark {
	v.remarks = append(v.remarks, Remark{Wrong: true, Message: fmt.Sprintf(format, args...)})
	return v.remarks
}

func (v *review) gql(errs gqlerror.List) []Remark {
	for _, err := range errs {
		r := Remark{Wrong: true, Message: err.Message}
		if inner, ok := err.Err.(*gqlerror.Error); ok && len(err.Locations) == 0 {
			err, r.Message = inner, inner.Message
		}
		if len(err.Locations) > 0 {
			r.Line, r.Column = err.Locations[0].Line, err.Locations[0].Column
		}
		v.remarks = append(v.remarks, r)
	}
	return v.remarks
}

// named holds what the manifest says of a document against the document.
func (v *review) named(d persisted.Document, doc *ast.QueryDocument) {
	if d.Name == "" && d.Type == "" {
		return
	}
	op := doc.Operations.ForName(d.Name)
	switch {
	case op == nil:
		v.wrong("holds no operation %q, as the manifest calls it", d.Name)
	case d.Type != "" && string(op.Operation) != d.Type:
		v.wrong("is a %s, and the manifest says %s", op.Operation, d.Type)
	}
}

// defaults are the variables of op when none is sent.
func defaults(op *ast.OperationDefinition) map[string]any {
	all := map[string]any{}
	for _, variable := range op.VariableDefinitions {
		if variable.DefaultValue == nil {
			continue
		}
		if value, err := variable.DefaultValue.Value(nil); err == nil {
			all[variable.Variable] = value
		}
	}
	return all
}

func (v *review) deprecated(schema *ast.Schema, doc *ast.QueryDocument) {
	seen := map[Remark]bool{}
	note := func(at *ast.Position, directives ast.DirectiveList, format string, args ...any) {
		deprecation := directives.ForName("deprecated")
		if deprecation == nil || at == nil {
			return
		}
		r := Remark{Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...) + " is deprecated"}
		if reason := deprecation.Arguments.ForName("reason"); reason != nil && reason.Value.Raw != "" {
			r.Message += ": " + reason.Value.Raw
		}
		if !seen[r] { // fragments are walked wherever they are spread
			seen[r] = true
			v.remarks = append(v.remarks, r)
		}
	}
	events := &validator.Events{}
	events.OnField(func(_ *validator.Walker, f *ast.Field) {
		if f.Definition == nil || f.ObjectDefinition == nil {
			return
		}
		name := f.ObjectDefinition.Name + "." + f.Name
		note(f.Position, f.Definition.Directives, "the field %s", name)
		for _, a := range f.Arguments {
			if def := f.Definition.Arguments.ForName(a.Name); def != nil {
				note(a.Position, def.Directives, "the argument %s of %s", a.Name, name)
			}
		}
	})
	events.OnValue(func(_ *validator.Walker, value *ast.Value) {
		switch def := value.Definition; {
		case def == nil:
		case value.Kind == ast.EnumValue:
			if chosen := def.EnumValues.ForName(value.Raw); chosen != nil {
				note(value.Position, chosen.Directives, "the value %s of %s", value.Raw, def.Name)
			}
		case value.Kind == ast.ObjectValue:
			for _, child := range value.Children {
				if field := def.Fields.ForName(child.Name); field != nil {
					note(child.Position, field.Directives, "the field %s of %s", child.Name, def.Name)
				}
			}
		}
	})
	validator.Walk(schema, doc, events)
	slices.SortStableFunc(v.remarks, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

func tooComplex(n, limit int) *fault.Error {
	return fault.New(fault.CostLimitExceeded, "The operation's complexity is %d, more than the limit of %d. Ask for smaller pages or fewer fields.", n, limit)
}
