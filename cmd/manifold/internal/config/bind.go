package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
)

// binder puts a YAML tree into structs. It goes on after a problem, so that all are told at once, and remembers
// where each setting stands. Values are read by the type of the field that takes them: "8080" from the
// environment is as good a number as 8080.
type binder struct {
	env      Lookup
	files    *folder // nil: nothing else can be read
	places   places
	problems *Problems
}

var durationType = reflect.TypeFor[time.Duration]()

// placeOf is where a node begins; a mapping's own token is the colon after its first key.
func placeOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	tk := n.GetToken()
	if tk == nil || tk.Position == nil {
		return place{}
	}
	return place{tk.Position.Line, tk.Position.Column}
}

func (b *binder) fail(n ast.Node, path, format string, args ...any) {
	b.problems.add(placeOf(n), path, format, args...)
}

func (b *binder) bind(n ast.Node, into reflect.Value, path string) {
	if _, known := b.places[path]; !known {
		b.places[path] = placeOf(n)
	}
	switch n.(type) {
	case *ast.NullNode:
		return // as if it were left out
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		b.fail(n, path, "anchors, aliases and tags are not supported; write the value out")
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		value := reflect.New(into.Type().Elem())
		b.bind(n, value.Elem(), path)
		into.Set(value)
	case reflect.Struct:
		b.bindStruct(n, into, path)
	case reflect.Slice:
		b.bindSlice(n, into, path)
	case reflect.Map:
		b.bindMap(n, into, path)
	default:
		b.bindScalar(n, into, path)
	}
}

func (b *binder) bindStruct(n ast.Node, into reflect.Value, path string) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		b.fail(n, path, "here settings are expected, as \"name: value\" lines; this is %s", kindOf(n))
		return
	}
	fields := fieldsOf(into.Type())
	seen := map[string]bool{}
	for _, entry := range m.Values {
		name := entry.Key.GetToken().Value
		index, known := fields[name]
		at := join(path, name)
		switch {
		case !known:
			b.fail(entry.Key, path, "unknown setting %q%s", name, suggest(name, fields))
		case seen[name]:
			b.fail(entry.Key, path, "%q is set twice", name)
		default:
			seen[name] = true
			b.places[at] = placeOf(entry.Key)
			if origin, written := originOf(into, index, entry.Value); written {
				b.bindOrigin(entry.Value, into.Field(index), origin, at)
				continue
			}
			b.bind(entry.Value, into.Field(index), at)
		}
	}
}

// bindMap takes names that are the operator's own, as they are written.
func (b *binder) bindMap(n ast.Node, into reflect.Value, path string) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		b.fail(n, path, "here names are expected, as \"name: value\" lines; this is %s", kindOf(n))
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for _, entry := range m.Values {
		name, ok := scalar(entry.Key)
		if !ok {
			b.fail(entry.Key, path, "not a name; put it into quotes")
			continue
		}
		key, at := reflect.ValueOf(name), join(path, name)
		if into.MapIndex(key).IsValid() {
			b.fail(entry.Key, path, "%q is set twice", name)
			continue
		}
		b.places[at] = placeOf(entry.Key)
		value := reflect.New(into.Type().Elem()).Elem()
		b.bind(entry.Value, value, at)
		into.SetMapIndex(key, value)
	}
}

func (b *binder) bindSlice(n ast.Node, into reflect.Value, path string) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		b.fail(n, path, "here a list is expected; this is %s", kindOf(n))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(s.Values), len(s.Values)))
	for i, value := range s.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if into.Index(i).Type() == secretType && isGroup(value) {
			b.places[at] = placeOf(value)
			b.bindOrigin(value, into.Index(i), reflect.Value{}, at)
			continue
		}
		b.bind(value, into.Index(i), at)
	}
}

func (b *binder) bindScalar(n ast.Node, into reflect.Value, path string) {
	raw, ok := scalar(n)
	if !ok {
		b.fail(n, path, "here one value is expected; this is %s", kindOf(n))
		return
	}
	text, err := interpolate(raw, b.env)
	if err != nil {
		b.fail(n, path, "%s", err)
		return
	}
	switch {
	case into.Type() == durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			b.fail(n, path, "not a duration; write it like 90s, 15m or 1h30m")
			return
		}
		into.SetInt(int64(d))
	case into.Kind() == reflect.String:
		into.SetString(text)
	case into.Kind() == reflect.Bool:
		v, ok := map[string]bool{"true": true, "false": false}[text]
		if !ok {
			b.fail(n, path, "write true or false")
			return
		}
		into.SetBool(v)
	case into.Kind() == reflect.Int:
		v, err := strconv.Atoi(text)
		if err != nil {
			b.fail(n, path, "not a whole number")
			return
		}
		into.SetInt(int64(v))
	case into.Kind() == reflect.Float64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			b.fail(n, path, "not a number")
			return
		}
		into.SetFloat(v)
	default:
		panic("config: no reading of " + into.Type().String()) // a new field's type, met by every test
	}
}

// scalar is the text of a single value, as written.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a group of settings"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name, ok := t.Field(i).Tag.Lookup("yaml"); ok && name != "-" {
			fields[name] = i
		}
	}
	return fields
}

// suggest names the closest setting when it is close enough to be a slip.
func suggest(name string, fields map[string]int) string {
	best, distance := "", len(name)/3+2
	for candidate := range fields {
		d := levenshtein.ComputeDistance(strings.ToLower(name), candidate)
		if d < distance || d == distance && best != "" && candidate < best {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
