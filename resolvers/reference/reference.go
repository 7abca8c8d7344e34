// Package reference writes the schema out for people to read: docs/schema.md.
package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// head stands above everything. The schema's own description follows it.
const head = `# The schema

Written by ` + "`manifold schema --markdown`" + ` from the descriptions in [schema.graphqls](../schema.graphqls) and from the policy that decides who may see what.
Change those, not this file. ` + "`manifold schema`" + ` prints the same as SDL.

**Scopes.** A scope beside a field is what a client has to hold to get it; every scope but ` + "`directory:read`" + ` is needed together with that one. Where
none is named, whoever may ask may see it. [configuration.md](configuration.md) says how scopes are given.

**Deprecations.** What is to go says so here and in introspection, with what to use in its place, and stays for at least ninety days and one release after
that. [operations.md](operations.md#who-still-uses-what-is-to-go) shows who still uses it.

`

// group is a section: definitions that are of one kind.
type group struct {
	title string
	defs  []*ast.Definition
	write func(*page, *ast.Definition)
}

// Markdown is the whole schema as one page: stable from run to run, types by name, fields in the order of the schema.
func Markdown(schema *ast.Schema) []byte {
	p := &page{schema: schema}
	p.WriteString(head)
	if schema.Description != "" {
		fmt.Fprintf(p, "%s\n\n", strings.TrimSpace(schema.Description))
	}
	groups := slices.DeleteFunc([]group{
		{"Queries", only(schema.Query), (*page).root},
		{"Mutations", only(schema.Mutation), (*page).root},
		{"Subscriptions", only(schema.Subscription), (*page).root},
		{"Objects", p.kind(ast.Object), (*page).object},
		{"Interfaces", p.kind(ast.Interface), (*page).object},
		{"Unions", p.kind(ast.Union), (*page).union},
		{"Inputs", p.kind(ast.InputObject), (*page).object},
		{"Enums", p.kind(ast.Enum), (*page).enum},
		{"Scalars", p.kind(ast.Scalar), (*page).scalar},
	}, func(g group) bool { return len(g.defs) == 0 })
	p.contents(groups)
	for _, g := range groups {
		fmt.Fprintf(p, "## %s\n\n", g.title)
		for _, def := range g.defs {
			g.write(p, def)
		}
	}
	return []byte(strings.TrimRight(p.String(), "\n") + "\n")
}

func only(def *ast.Definition) []*ast.Definition {
	if def == nil {
		return nil
	}
	return []*ast.Definition{def}
}

// page is what is written so far.
type page struct {
	strings.Builder
	schema *ast.Schema
}

// kind lists the types of one kind that neither GraphQL nor Federation brings, by name.
func (p *page) kind(of ast.DefinitionKind) (all []*ast.Definition) {
	for _, def := range p.schema.Types {
		if def.Kind == of && !def.BuiltIn && !p.isRoot(def) && !strings.HasPrefix(def.Name, "_") {
			all = append(all, def)
		}
	}
	slices.SortFunc(all, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (p *page) isRoot(def *ast.Definition) bool {
	return def == p.schema.Query || def == p.schema.Mutation || def == p.schema.Subscription
}

// contents links every heading.
func (p *page) contents(groups []group) {
	p.WriteString("## Contents\n\n")
	for _, g := range groups {
		var links []string
		for _, def := range g.defs {
			if !p.isRoot(def) {
				links = append(links, link(def.Name, def.Name))
				continue
			}
			for _, f := range shown(def) {
				links = append(links, link(f.Name, def.Name+"."+f.Name))
			}
		}
		fmt.Fprintf(p, "- %s: %s\n", link(g.title, g.title), strings.Join(links, ", "))
	}
	p.WriteString("\n")
}

// shown are the fields that clients ask for: not what introspection and routers of Federation do.
func shown(def *ast.Definition) (fields ast.FieldList) {
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "_") {
			fields = append(fields, f)
		}
	}
	return fields
}
