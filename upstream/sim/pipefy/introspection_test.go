package pipefy_test

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// TestToolsCanReadTheSchema sends the query that code generators and editors send.
func TestToolsCanReadTheSchema(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{PlainListWeight: 50})
	a := s.must("root", introspection.Query, nil)
	kinds := map[string]any{}
	for _, typ := range at(t, a.Data, "__schema", "types").([]any) {
		kinds[at(t, typ, "name").(string)] = at(t, typ, "kind")
	}
	for name, kind := range map[string]string{
		"User": "OBJECT", "SetRoleInput": "INPUT_OBJECT", "TableAuthorization": "ENUM", "DateTime": "SCALAR", "ID": "SCALAR", "__Type": "OBJECT",
	} {
		if kinds[name] != kind {
			t.Errorf("%s is %v, want %s", name, kinds[name], kind)
		}
	}
}

// schemaType is a type as introspection tells it.
type schemaType struct {
	fields map[string]string // field name to its innermost type
	object bool
}

func readSchema(t *testing.T, s *service) map[string]schemaType {
	a := s.must("root", `{__schema{types{name kind fields(includeDeprecated:true){name type{name ofType{name ofType{name ofType{name}}}}}}}}`, nil)
	out := map[string]schemaType{}
	for _, typ := range at(t, a.Data, "__schema", "types").([]any) {
		st := schemaType{fields: map[string]string{}, object: at(t, typ, "kind") == "OBJECT"}
		if fields, ok := at(t, typ, "fields").([]any); ok {
			for _, f := range fields {
				inner := at(t, f, "type")
				for at(t, inner, "name") == nil {
					inner = at(t, inner, "ofType")
				}
				st.fields[at(t, f, "name").(string)] = at(t, inner, "name").(string)
			}
		}
		out[at(t, typ, "name").(string)] = st
	}
	return out
}

// leaves selects every field of a type, objects down to the given depth.
func leaves(types map[string]schemaType, name string, depth int) string {
	var b strings.Builder
	for field, inner := range types[name].fields {
		if !types[inner].object {
			b.WriteString(" " + field)
		} else if depth > 0 {
			b.WriteString(" " + field + "{__typename" + leaves(types, inner, depth-1) + "}")
		}
	}
	return b.String()
}

// TestEveryFieldAnswers asks for every field of the schema three levels deep: none may fail.
func TestEveryFieldAnswers(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{ComplexityLimit: 1 << 30})
	types := readSchema(t, s)
	for root, inner := range map[string]string{
		`me`: "User", `organization(id:100)`: "Organization", `organizations`: "Organization",
		`pipe(id:301)`: "Pipe", `pipes(ids:[301])`: "Pipe", `table(id:"ZdeRdE")`: "Table", `tables(ids:["ZdeRdE"])`: "Table",
	} {
		if len(types[inner].fields) < 10 {
			t.Fatalf("%s has %d fields", inner, len(types[inner].fields))
		}
		a := s.must("root", "{x:"+root+"{__typename"+leaves(types, inner, 3)+"}}", nil)
		if a.Data["x"] == nil {
			t.Errorf("%s is null", root)
		}
	}
}
