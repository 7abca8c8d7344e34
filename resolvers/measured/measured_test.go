package measured_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/resolvers/measured"
)

func TestAnOperationIsMeasuredOncePerVariables(t *testing.T) {
	one, other := &ast.OperationDefinition{Name: "Same"}, &ast.OperationDefinition{Name: "Same"}
	known := measured.New[int, string]()
	for _, c := range []struct {
		what      string
		operation *ast.OperationDefinition
		variables map[string]any
		given     int
		want      string
	}{
		{"the first time", one, nil, 0, "the first time"},
		{"again", one, nil, 0, "the first time"},
		{"no variables are as good as none", one, map[string]any{}, 0, "the first time"},
		{"a variable", one, map[string]any{"first": json.Number("5")}, 0, "a variable"},
		{"the same number by another way", one, map[string]any{"first": 5}, 0, "a variable"},
		{"another number", one, map[string]any{"first": 6}, 0, "another number"},
		{"its digits as a string", one, map[string]any{"first": "5"}, 0, "its digits as a string"},
		{"a null", one, map[string]any{"first": nil}, 0, "a null"},
		{"two variables", one, map[string]any{"first": 5, "after": "x"}, 0, "two variables"},
		{"another document with an operation of this name", other, nil, 0, "another document with an operation of this name"},
		{"something else given", one, nil, 1, "something else given"},
		{"and the first is still known", one, nil, 0, "the first time"},
	} {
		op := &graphql.OperationContext{Operation: c.operation, Variables: c.variables}
		if got := known.Of(op, c.given, func() string { return c.what }); got != c.want {
			t.Errorf("%s: answered with what was measured for %q, want %q", c.what, got, c.want)
		}
	}
}

// What JSON cannot say cannot be told apart from something else.
func TestUnspeakableVariablesAreMeasuredEachTime(t *testing.T) {
	known, times := measured.New[struct{}, int](), 0
	op := &graphql.OperationContext{Operation: &ast.OperationDefinition{}, Variables: map[string]any{"f": func() {}}}
	for range 2 {
		known.Of(op, struct{}{}, func() int { times++; return times })
	}
	if times != 2 {
		t.Errorf("measured %d times, want 2", times)
	}
}

// Variables are the client's, and as long as it likes: they must not fill the memory.
func TestMemoryIsBounded(t *testing.T) {
	known, operation := measured.New[struct{}, int](), &ast.OperationDefinition{}
	of := func(n int) int {
		op := &graphql.OperationContext{Operation: operation, Variables: map[string]any{"n": n, "long": strings.Repeat("x", 100<<10)}}
		return known.Of(op, struct{}{}, func() int { return -1 })
	}
	for n := range 200 { // 20 MB
		of(n)
	}
	remembered := 0
	for n := range 200 {
		op := &graphql.OperationContext{Operation: operation, Variables: map[string]any{"n": n, "long": strings.Repeat("x", 100<<10)}}
		if known.Of(op, struct{}{}, func() int { return 0 }) == -1 {
			remembered++
		}
	}
	if remembered > 41 {
		t.Errorf("%d of 200 variables of 100 KiB are remembered, more than 4 MiB", remembered)
	}
}
