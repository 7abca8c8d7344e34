package exec

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Args are a field's arguments, coerced: an ID is a string, an Int an int64, a list []any, an
// input object Args. An argument that was left out is absent, one given as null is nil.
type Args map[string]any

// String returns the named string or ID, "" when absent or null.
func (a Args) String(name string) string { s, _ := a[name].(string); return s }

// Bool returns the named Boolean, false when absent or null.
func (a Args) Bool(name string) bool { b, _ := a[name].(bool); return b }

// Int returns the named Int, and whether it was given.
func (a Args) Int(name string) (int, bool) { n, ok := a[name].(int64); return int(n), ok }

// Object returns the named input object, nil when absent or null.
func (a Args) Object(name string) Args { o, _ := a[name].(Args); return o }

// Objects returns the named list of input objects without its nulls.
func (a Args) Objects(name string) []Args { return listOf[Args](a[name]) }

// Strings returns the named list of strings or IDs without its nulls.
func (a Args) Strings(name string) []string { return listOf[string](a[name]) }

// Has tells whether the argument was given and is not null.
func (a Args) Has(name string) bool { return a[name] != nil }

func listOf[T any](v any) []T {
	list, _ := v.([]any)
	var out []T
	for _, item := range list {
		if t, ok := item.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

// coerce brings a value that validation let through into the form that Args promises. One value
// where a list is wanted becomes a list of one.
func coerce(schema *ast.Schema, typ *ast.Type, v any) (any, error) {
	if v == nil {
		if typ.NonNull {
			return nil, fmt.Errorf("expected a value of type %s, found null", typ)
		}
		return nil, nil
	}
	if typ.Elem != nil {
		return coerceList(schema, typ.Elem, v)
	}
	def := schema.Types[typ.NamedType]
	switch {
	case def.Kind == ast.InputObject:
		return coerceObject(schema, def, v)
	case def.Name == "ID":
		return coerceID(v), nil
	case def.Name == "Int":
		return coerceInt(v)
	}
	return v, nil
}

func coerceList(schema *ast.Schema, elem *ast.Type, v any) (any, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice {
		one, err := coerce(schema, elem, v)
		return []any{one}, err
	}
	out := make([]any, rv.Len())
	for i := range out {
		var err error
		if out[i], err = coerce(schema, elem, rv.Index(i).Interface()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func coerceObject(schema *ast.Schema, def *ast.Definition, v any) (any, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a value of type %s", def.Name)
	}
	out := Args{}
	for _, f := range def.Fields {
		given, ok := fields[f.Name]
		if !ok {
			if f.DefaultValue == nil {
				if f.Type.NonNull {
					return nil, fmt.Errorf("field %q of required type %s was not provided", def.Name+"."+f.Name, f.Type)
				}
				continue
			}
			var err error
			if given, err = f.DefaultValue.Value(nil); err != nil {
				return nil, err
			}
		}
		var err error
		if out[f.Name], err = coerce(schema, f.Type, given); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func coerceID(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func coerceInt(v any) (any, error) {
	n, err := strconv.ParseInt(coerceID(v), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("int cannot represent %v", v)
	}
	return n, nil
}
