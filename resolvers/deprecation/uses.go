package deprecation

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Uses lists the deprecated coordinates that an operation with these variables names, sorted, each once: fields, also those
// that @skip leaves out, for without them the document would not be valid; arguments and input fields that are given;
// values of enums that are sent. Which values an answer holds is not looked at. The operation MUST have been validated,
// and variables are as the executor coerced them.
func Uses(schema *ast.Schema, op *ast.OperationDefinition, variables map[string]any) []string {
	u := uses{schema: schema, found: map[string]struct{}{}, spread: map[*ast.FragmentDefinition]bool{}}
	u.selections(op.SelectionSet)
	for _, v := range op.VariableDefinitions {
		u.value(v.Type, variables[v.Variable])
	}
	return slices.Sorted(maps.Keys(u.found))
}

type uses struct {
	schema *ast.Schema
	found  map[string]struct{}
	spread map[*ast.FragmentDefinition]bool
}

func (u *uses) note(d ast.DirectiveList, coordinate string) {
	if deprecated(d) {
		u.found[coordinate] = struct{}{}
	}
}

func (u *uses) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			u.field(s)
		case *ast.InlineFragment:
			u.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			if s.Definition != nil && !u.spread[s.Definition] {
				u.spread[s.Definition] = true
				u.selections(s.Definition.SelectionSet)
			}
		}
	}
}

func (u *uses) field(f *ast.Field) {
	if f.Definition == nil || f.ObjectDefinition == nil {
		return
	}
	u.note(f.Definition.Directives, f.ObjectDefinition.Name+"."+f.Name)
	// Whoever asks an interface asks those that implement it.
	if f.ObjectDefinition.Kind == ast.Interface {
		for _, possible := range u.schema.GetPossibleTypes(f.ObjectDefinition) {
			if of := possible.Fields.ForName(f.Name); of != nil {
				u.note(of.Directives, possible.Name+"."+f.Name)
			}
		}
	}
	for _, a := range f.Arguments {
		if of := f.Definition.Arguments.ForName(a.Name); of != nil {
			u.note(of.Directives, f.ObjectDefinition.Name+"."+f.Name+"("+a.Name+":)")
			u.literal(of.Type, a.Value)
		}
	}
	u.selections(f.SelectionSet)
}

// literal looks at a value in the document. What its variables hold is looked at with them.
func (u *uses) literal(t *ast.Type, v *ast.Value) {
	def := u.schema.Types[t.Name()]
	switch {
	case def == nil || v == nil:
	case v.Kind == ast.ListValue:
		for _, each := range v.Children {
			u.literal(t, each.Value)
		}
	case v.Kind == ast.ObjectValue && def.Kind == ast.InputObject:
		for _, each := range v.Children {
			if of := def.Fields.ForName(each.Name); of != nil {
				u.note(of.Directives, def.Name+"."+of.Name)
				u.literal(of.Type, each.Value)
			}
		}
	case v.Kind == ast.EnumValue:
		u.enum(def, v.Raw)
	}
}

// value looks at what a variable holds.
func (u *uses) value(t *ast.Type, v any) {
	def := u.schema.Types[t.Name()]
	if def == nil {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			u.value(t, each)
		}
	case map[string]any:
		for _, of := range def.Fields {
			if given, ok := v[of.Name]; ok && def.Kind == ast.InputObject {
				u.note(of.Directives, def.Name+"."+of.Name)
				u.value(of.Type, given)
			}
		}
	case string:
		u.enum(def, v)
	}
}

func (u *uses) enum(def *ast.Definition, name string) {
	if v := def.EnumValues.ForName(name); v != nil {
		u.note(v.Directives, def.Name+"."+name)
	}
}
