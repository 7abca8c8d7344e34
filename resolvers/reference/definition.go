package reference

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// root writes one section for each field, for these are what clients begin with.
func (p *page) root(def *ast.Definition) {
	p.described(def.Description)
	for _, f := range shown(def) {
		fmt.Fprintf(p, "### %s.%s\n\n", def.Name, f.Name)
		p.described(deprecation(f.Directives) + f.Description)
		fmt.Fprintf(p, "Answers %s. %s\n\n", typed(p.schema, f.Type), needed(required(def.Name, f.Name)))
		p.arguments(f.Arguments)
	}
}

func (p *page) arguments(all ast.ArgumentDefinitionList) {
	if len(all) == 0 {
		return
	}
	t := table{columns: []string{"Argument", "Type", ""}}
	for _, a := range all {
		t.row(code(a.Name), typed(p.schema, a.Type)+preset(a.DefaultValue), deprecation(a.Directives)+a.Description)
	}
	t.write(p)
}

// object writes objects, interfaces and inputs.
func (p *page) object(def *ast.Definition) {
	p.heading(def)
	if len(def.Interfaces) > 0 {
		fmt.Fprintf(p, "Implements %s.\n\n", p.links(def.Interfaces))
	}
	if def.Kind == ast.Interface {
		var names []string
		for _, possible := range p.schema.GetPossibleTypes(def) {
			names = append(names, possible.Name)
		}
		fmt.Fprintf(p, "Implemented by %s.\n\n", p.links(names))
	}
	fields := shown(def)
	scopes := make([]string, len(fields))
	for i, f := range fields {
		scopes[i] = required(def.Name, f.Name)
	}
	t := p.scoped("Field", scopes)
	for i, f := range fields {
		t.row(code(f.Name), typed(p.schema, f.Type)+preset(f.DefaultValue), scopes[i], deprecation(f.Directives)+f.Description+p.inline(f.Arguments))
	}
	t.write(p)
}

// scoped is a table of the members of a type. What all of them need is said once, above it.
func (p *page) scoped(first string, scopes []string) table {
	for _, s := range scopes {
		if s != scopes[0] {
			return table{columns: []string{first, "Type", "Scope", ""}}
		}
	}
	if scopes[0] != undecided {
		fmt.Fprintf(p, "%s\n\n", needed(scopes[0]))
	}
	return table{columns: []string{first, "Type", "", ""}, without: 2}
}

// inline are the arguments of a field in a table, a line each.
func (p *page) inline(all ast.ArgumentDefinitionList) string {
	var out strings.Builder
	for _, a := range all {
		fmt.Fprintf(&out, "<br>%s %s%s: %s", code(a.Name), typed(p.schema, a.Type), preset(a.DefaultValue), deprecation(a.Directives)+a.Description)
	}
	return out.String()
}

func (p *page) union(def *ast.Definition) {
	p.heading(def)
	fmt.Fprintf(p, "One of %s.\n\n", p.links(def.Types))
}

func (p *page) enum(def *ast.Definition) {
	p.heading(def)
	scopes := make([]string, len(def.EnumValues))
	for i, v := range def.EnumValues {
		scopes[i] = required(def.Name, v.Name)
	}
	t := p.scoped("Value", scopes)
	t.columns = append(t.columns[:1:1], t.columns[2:]...)
	if t.without > 0 {
		t.without = 1
	}
	for i, v := range def.EnumValues {
		t.row(code(v.Name), scopes[i], deprecation(v.Directives)+v.Description)
	}
	t.write(p)
}

func (p *page) scalar(def *ast.Definition) {
	p.heading(def)
	if specified := def.Directives.ForName("specifiedBy"); specified != nil {
		fmt.Fprintf(p, "Specified by <%s>.\n\n", specified.Arguments.ForName("url").Value.Raw)
	}
}

func (p *page) heading(def *ast.Definition) {
	fmt.Fprintf(p, "### %s\n\n", def.Name)
	p.described(deprecation(def.Directives) + def.Description)
}

func (p *page) described(text string) {
	if text = strings.TrimSpace(text); text != "" {
		fmt.Fprintf(p, "%s\n\n", text)
	}
}

func (p *page) links(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = link(name, name)
	}
	return strings.Join(all, ", ")
}
