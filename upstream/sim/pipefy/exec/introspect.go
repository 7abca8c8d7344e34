package exec

import (
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
)

// introspectionResolvers serves __schema and __type over gqlgen's view of a parsed schema.
func introspectionResolvers[E any](schema *ast.Schema) Resolvers[E] {
	return Resolvers[E]{
		schema.Query.Name: {
			"__schema": func(E, any, Args) (any, error) { return introspection.WrapSchema(schema), nil },
			"__type": func(_ E, _ any, a Args) (any, error) {
				return object(introspection.WrapTypeFromDef(schema, schema.Types[a.String("name")])), nil
			},
		},
		"__Schema": {
			"description":      of[E](func(s *introspection.Schema, _ Args) any { return text(s.Description()) }),
			"types":            of[E](func(s *introspection.Schema, _ Args) any { return pointers(s.Types()) }),
			"queryType":        of[E](func(s *introspection.Schema, _ Args) any { return object(s.QueryType()) }),
			"mutationType":     of[E](func(s *introspection.Schema, _ Args) any { return object(s.MutationType()) }),
			"subscriptionType": of[E](func(s *introspection.Schema, _ Args) any { return object(s.SubscriptionType()) }),
			"directives":       of[E](func(s *introspection.Schema, _ Args) any { return pointers(s.Directives()) }),
		},
		"__Type": {
			"kind":           of[E](func(t *introspection.Type, _ Args) any { return t.Kind() }),
			"name":           of[E](func(t *introspection.Type, _ Args) any { return text(t.Name()) }),
			"description":    of[E](func(t *introspection.Type, _ Args) any { return text(t.Description()) }),
			"specifiedByURL": of[E](func(t *introspection.Type, _ Args) any { return text(t.SpecifiedByURL()) }),
			"isOneOf":        of[E](func(t *introspection.Type, _ Args) any { return t.IsOneOf() }),
			"ofType":         of[E](func(t *introspection.Type, _ Args) any { return object(t.OfType()) }),
			"fields": of[E](func(t *introspection.Type, a Args) any {
				return only(t, "OBJECT", t.Fields(a.Bool("includeDeprecated")))
			}),
			"interfaces": of[E](func(t *introspection.Type, _ Args) any { return only(t, "OBJECT", t.Interfaces()) }),
			"enumValues": of[E](func(t *introspection.Type, a Args) any {
				return only(t, "ENUM", t.EnumValues(a.Bool("includeDeprecated")))
			}),
			"inputFields":   of[E](func(t *introspection.Type, _ Args) any { return only(t, "INPUT_OBJECT", t.InputFields()) }),
			"possibleTypes": of[E](func(*introspection.Type, Args) any { return nil }),
		},
		"__Field": {
			"name":              of[E](func(f *introspection.Field, _ Args) any { return f.Name }),
			"description":       of[E](func(f *introspection.Field, _ Args) any { return text(f.Description()) }),
			"args":              of[E](func(f *introspection.Field, _ Args) any { return pointers(f.Args) }),
			"type":              of[E](func(f *introspection.Field, _ Args) any { return object(f.Type) }),
			"isDeprecated":      of[E](func(f *introspection.Field, _ Args) any { return f.IsDeprecated() }),
			"deprecationReason": of[E](func(f *introspection.Field, _ Args) any { return text(f.DeprecationReason()) }),
		},
		"__InputValue": {
			"name":              of[E](func(v *introspection.InputValue, _ Args) any { return v.Name }),
			"description":       of[E](func(v *introspection.InputValue, _ Args) any { return text(v.Description()) }),
			"type":              of[E](func(v *introspection.InputValue, _ Args) any { return object(v.Type) }),
			"defaultValue":      of[E](func(v *introspection.InputValue, _ Args) any { return text(v.DefaultValue) }),
			"isDeprecated":      of[E](func(v *introspection.InputValue, _ Args) any { return v.IsDeprecated() }),
			"deprecationReason": of[E](func(v *introspection.InputValue, _ Args) any { return text(v.DeprecationReason()) }),
		},
		"__EnumValue": {
			"name":              of[E](func(v *introspection.EnumValue, _ Args) any { return v.Name }),
			"description":       of[E](func(v *introspection.EnumValue, _ Args) any { return text(v.Description()) }),
			"isDeprecated":      of[E](func(v *introspection.EnumValue, _ Args) any { return v.IsDeprecated() }),
			"deprecationReason": of[E](func(v *introspection.EnumValue, _ Args) any { return text(v.DeprecationReason()) }),
		},
		"__Directive": {
			"name":         of[E](func(d *introspection.Directive, _ Args) any { return d.Name }),
			"description":  of[E](func(d *introspection.Directive, _ Args) any { return text(d.Description()) }),
			"locations":    of[E](func(d *introspection.Directive, _ Args) any { return values(d.Locations) }),
			"args":         of[E](func(d *introspection.Directive, _ Args) any { return pointers(d.Args) }),
			"isRepeatable": of[E](func(d *introspection.Directive, _ Args) any { return d.IsRepeatable }),
		},
	}
}

func of[E, P any](read func(parent P, a Args) any) Resolver[E] {
	return func(_ E, parent any, a Args) (any, error) { return read(parent.(P), a), nil }
}

// only gives a list where the type is of the kind that has it, else null.
func only[T any](t *introspection.Type, kind string, items []T) any {
	if t.Kind() != kind {
		return nil
	}
	return pointers(items)
}

func object(t *introspection.Type) any {
	if t == nil {
		return nil
	}
	return t
}

func text(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

func pointers[T any](items []T) []any {
	out := make([]any, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}

func values[T any](items []T) []any {
	out := make([]any, len(items))
	for i, v := range items {
		out[i] = v
	}
	return out
}
