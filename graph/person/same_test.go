package person_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// full is a value of a type in which nothing is empty.
func full(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	if t == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)))
		return v
	}
	switch t.Kind() {
	case reflect.Pointer:
		if depth > 6 { // a resource in a resource in a resource
			return v
		}
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(full(t.Elem(), depth+1))
	case reflect.Struct:
		for n := range t.NumField() {
			v.Field(n).Set(full(t.Field(n).Type, depth+1))
		}
	case reflect.Slice:
		v = reflect.Append(v, full(t.Elem(), depth+1))
	case reflect.String:
		v.SetString("a")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1)
	default:
		v.SetInt(1)
	}
	return v
}

// leaves calls visit with every place of v that holds a value, named.
func leaves(v reflect.Value, name string, visit func(name string, v reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		visit(name, v)
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), name, visit)
			visit(name+" missing", v)
		}
	case v.Kind() == reflect.Struct:
		for n := range v.NumField() {
			leaves(v.Field(n), name+"."+v.Type().Field(n).Name, visit)
		}
	case v.Kind() == reflect.Slice:
		leaves(v.Index(0), name+"[0]", visit)
		visit(name+" empty", v)
	default:
		visit(name, v)
	}
}

// TestEverythingThatARecordSaysIsCompared changes each place of a record in turn: a field that somebody adds to a type
// and forgets to compare fails here.
func TestEverythingThatARecordSaysIsCompared(t *testing.T) {
	make := func() *person.Identity {
		return full(reflect.TypeFor[*person.Identity](), 0).Interface().(*person.Identity)
	}
	if !make().Same(make()) {
		t.Fatal("a record differs from its like")
	}
	changed := 0
	record := make()
	leaves(reflect.ValueOf(record).Elem(), "Identity", func(name string, v reflect.Value) {
		before := reflect.New(v.Type()).Elem()
		before.Set(v)
		switch v.Kind() {
		case reflect.String:
			v.SetString("b")
		case reflect.Bool:
			v.SetBool(false)
		case reflect.Uint8:
			v.SetUint(2)
		case reflect.Struct: // a time
			v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Second)))
		case reflect.Pointer, reflect.Slice:
			v.SetZero()
		default:
			v.SetInt(2)
		}
		if record.Same(make()) || make().Same(record) {
			t.Errorf("another %s is not noticed", name)
		}
		v.Set(before)
		changed++
	})
	if changed < 70 {
		t.Errorf("only %d places were changed", changed)
	}
	here := make()
	here.CreatedAt = here.CreatedAt.In(time.FixedZone("", 3600))
	if !here.Same(make()) {
		t.Error(fmt.Sprint("the same instant in another zone is another: ", here.CreatedAt))
	}
}
