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

// The policy is closed: a coordinate that nobody decided on is shown to nobody, and here it fails.
func TestEveryCoordinateHasADecision(t *testing.T) {
	sent := sendable(schema(t))
	for name, def := range schema(t) {
		for _, f := range def.Fields {
			if _, decided := access.Required(name, f.Name); !decided {
				t.Errorf("the policy says nothing of %s.%s", name, f.Name)
			}
		}
		for _, v := range def.EnumValues {
			if _, decided := access.Required(name, v.Name); sent[name] && !decided {
				t.Errorf("the policy says nothing of %s.%s, which clients can send", name, v.Name)
			}
		}
	}
}

// sendable are the types that clients can send: those of arguments, and what these hold.
func sendable(types map[string]*ast.Definition) map[string]bool {
	sent := map[string]bool{}
	var add func(name string)
	add = func(name string) {
		if def := types[name]; def != nil && !sent[name] {
			sent[name] = true
			for _, f := range def.Fields {
				add(f.Type.Name())
			}
		}
	}
	for _, def := range types {
		for _, f := range def.Fields {
			for _, a := range f.Arguments {
				add(a.Type.Name())
			}
		}
	}
	return sent
}

func TestPolicyNamesWhatExists(t *testing.T) {
	types := schema(t)
	for object, name := range access.Coordinates() {
		if def := types[object]; def == nil || def.Fields.ForName(name) == nil && def.EnumValues.ForName(name) == nil {
			t.Errorf("the policy decides on %s.%s, and there is no such thing", object, name)
		}
	}
}

// What a scope of its own guards is nullable, says so, and is told of by a viewerCan… field. A type that is reached through
// guarded fields alone needs no more: who lacks the scope never gets there.
func TestGuardedFieldsAreNullableAndAnnounced(t *testing.T) {
	types := schema(t)
	needs := func(object, field string) string {
		scopes, _ := access.Required(object, field)
		if len(scopes) == 2 {
			return string(scopes[1])
		}
		return ""
	}
	// within is the scope that every way to a type needs.
	within := func(object string) string {
		scope, first := "", true
		for name, def := range types {
			for _, f := range def.Fields {
				if def.Kind == ast.InputObject || f.Type.Name() != object {
					continue
				}
				if by := needs(name, f.Name); first {
					scope, first = by, false
				} else if by != scope {
					scope = ""
				}
			}
		}
		return scope
	}
	announced := map[string]bool{}
	for object, field := range access.Announced() {
		announced[object+"."+field] = true
	}
	found := 0
	for object, def := range types {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			scope := needs(object, f.Name)
			if scope == "" || scope == within(object) || object == "Resource" { // node(id:) of a resource asks for its scope itself
				continue
			}
			found++
			at := object + "." + f.Name
			if f.Type.NonNull {
				t.Errorf("%s needs %s and is not nullable: who may not see it would lose its siblings", at, scope)
			}
			if !strings.Contains(f.Description, scope) {
				t.Errorf("%s needs %s and its description does not say so", at, scope)
			}
			if !announced[at] {
				t.Errorf("%s needs %s and no viewerCan… field tells of it", at, scope)
			}
			delete(announced, at)
		}
	}
	if found < 25 || len(announced) > 0 {
		t.Errorf("%d guarded fields; announced for nothing: %v", found, announced)
	}
}

// A field that an interface guards is guarded in every type that implements it.
func TestPolicyHoldsForEveryImplementation(t *testing.T) {
	types := schema(t)
	for object, name := range access.Coordinates() {
		if types[object] == nil || types[object].Kind != ast.Interface || object == "Node" {
			continue
		}
		want, _ := access.Required(object, name)
		for implementation, def := range types {
			if slices.Contains(def.Interfaces, object) {
				if got, _ := access.Required(implementation, name); !slices.Equal(got, want) {
					t.Errorf("%s.%s needs %v and %s.%s needs %v", object, name, want, implementation, name, got)
				}
			}
		}
	}
}

func TestEveryRootFieldIsNullable(t *testing.T) {
	for _, f := range schema(t)["Query"].Fields {
		if f.Name == "_service" || f.Name == "_entities" { // their types are Federation's
			continue
		}
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
