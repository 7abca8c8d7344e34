package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/generated"
)

// schema is the public contract, without what GraphQL itself brings.
func schema(t *testing.T) map[string]*ast.Definition {
	t.Helper()
	types := map[string]*ast.Definition{}
	for name, def := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		if !def.BuiltIn {
			types[name] = def
		}
	}
	if len(types) < 40 {
		t.Fatalf("the schema has %d types", len(types))
	}
	return types
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	said := func(where, description string) {
		if len(description) < 5 || !strings.HasSuffix(strings.TrimRight(description, " \n)"), ".") {
			t.Errorf("%s is described as %q: not a sentence", where, description)
		}
	}
	for name, def := range schema(t) {
		said(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			said(name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				said(name+"."+f.Name+"("+a.Name+":)", a.Description)
			}
		}
		for _, v := range def.EnumValues {
			said(name+"."+v.Name, v.Description)
		}
	}
}

func TestPolicyNamesWhatExistsAndWhatItGuardsIsNullable(t *testing.T) {
	types := schema(t)
	for _, coordinate := range access.Coordinates() {
		object, name, _ := strings.Cut(coordinate, ".")
		def := types[object]
		if def == nil {
			t.Errorf("the policy guards %s, and there is no %s", coordinate, object)
			continue
		}
		switch def.Kind {
		case ast.Enum:
			if def.EnumValues.ForName(name) == nil {
				t.Errorf("the policy guards %s, which is no value", coordinate)
			}
		default:
			field := def.Fields.ForName(name)
			if field == nil {
				t.Errorf("the policy guards %s, which is no field", coordinate)
				continue
			}
			if def.Kind != ast.InputObject && field.Type.NonNull {
				t.Errorf("%s is guarded and not nullable: who may not see it would lose its siblings", coordinate)
			}
			scope, _ := access.Required(object, name)
			if def.Kind != ast.InputObject && !strings.Contains(field.Description, string(scope)) && object != "IdentityLink" {
				t.Errorf("%s needs %s and its description does not say so", coordinate, scope)
			}
		}
	}
}

// A field that an interface guards is guarded in every type that implements it.
func TestPolicyHoldsForEveryImplementation(t *testing.T) {
	types := schema(t)
	for _, coordinate := range access.Coordinates() {
		object, name, _ := strings.Cut(coordinate, ".")
		if types[object] == nil || types[object].Kind != ast.Interface {
			continue
		}
		want, _ := access.Required(object, name)
		for implementation, def := range types {
			if slices.Contains(def.Interfaces, object) {
				if got, _ := access.Required(implementation, name); got != want {
					t.Errorf("%s needs %s and %s.%s needs %s", coordinate, want, implementation, name, got)
				}
			}
		}
	}
}

func TestEveryRootFieldIsNullable(t *testing.T) {
	for _, f := range schema(t)["Query"].Fields {
		if f.Type.NonNull && !strings.HasPrefix(f.Name, "__") {
			t.Errorf("Query.%s is not nullable: when it fails, everything beside it is lost", f.Name)
		}
	}
}

func TestConnectionsHaveTheShapeThatRelayAsksFor(t *testing.T) {
	types := schema(t)
	connections := 0
	for name, def := range types {
		base, is := strings.CutSuffix(name, "Connection")
		if !is {
			continue
		}
		connections++
		edge := types[base+"Edge"]
		if edge == nil {
			t.Errorf("%s has no %sEdge", name, base)
			continue
		}
		for of, want := range map[*ast.Definition]map[string]string{
			def:  {"edges": "[" + base + "Edge!]!", "pageInfo": "PageInfo!", "totalCount": "Int"},
			edge: {"cursor": "String!"},
		} {
			for field, typ := range want {
				if f := of.Fields.ForName(field); f == nil || f.Type.String() != typ {
					t.Errorf("%s.%s is not %s", of.Name, field, typ)
				}
			}
		}
		if node := edge.Fields.ForName("node"); node == nil {
			t.Errorf("%s has no node", edge.Name)
		} else if nodes := def.Fields.ForName("nodes"); nodes != nil && nodes.Type.String() != "["+node.Type.Name()+"!]!" {
			t.Errorf("%s.nodes is %s", name, nodes.Type)
		}
	}
	for name, def := range types {
		for _, f := range def.Fields {
			if !strings.HasSuffix(f.Type.Name(), "Connection") {
				continue
			}
			if f.Type.NonNull {
				t.Errorf("%s.%s is not nullable", name, f.Name)
			}
			for argument, typ := range map[string]string{"first": "Int", "after": "String"} {
				if a := f.Arguments.ForName(argument); a == nil || a.Type.String() != typ {
					t.Errorf("%s.%s(%s:) is not %s", name, f.Name, argument, typ)
				}
			}
		}
	}
	info := types["PageInfo"]
	for field, typ := range map[string]string{"hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!", "startCursor": "String", "endCursor": "String"} {
		if f := info.Fields.ForName(field); f == nil || f.Type.String() != typ {
			t.Errorf("PageInfo.%s is not %s", field, typ)
		}
	}
	if connections < 8 {
		t.Errorf("only %d connections", connections)
	}
}
