package directory_test

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

var allKinds = []person.Kind{person.KindUnknown, person.KindHuman, person.KindBot, person.KindOrganization}

type failer interface{ Fatal(args ...any) }

func everybody(t failer, v directory.View) []directory.Person {
	return must(t)(v.People(directory.PeopleQuery{
		Filter: directory.PeopleFilter{Kinds: allKinds}, Window: directory.Window{First: 1_000_000},
	})).Nodes()
}

func must(t failer) func(directory.Page[directory.Person], error) directory.Page[directory.Person] {
	return func(p directory.Page[directory.Person], err error) directory.Page[directory.Person] {
		return whole(t, p, err)
	}
}

func whole[T any](t failer, page directory.Page[T], err error) directory.Page[T] {
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != len(page.Entries) || page.HasNext || page.HasPrevious {
		t.Fatal("the whole list is not whole:", page.Total, len(page.Entries), page.HasNext, page.HasPrevious)
	}
	return page
}

// dump writes out all that can be read of a snapshot, except when it was read.
func dump(t *rapid.T, s *directory.Snapshot) string { return dumpView(t, s.View(nobody)) }

// dumpView writes out all that a view shows.
func dumpView(t *rapid.T, v directory.View) string {
	all := directory.Window{First: 1_000_000}
	var out strings.Builder
	for _, p := range everybody(t, v) {
		fmt.Fprintf(&out, "person %x %q %v %v %q\n", p.ID(), p.DisplayName(), p.Kind(), p.Status(), p.Emails())
		for _, i := range p.Identities() {
			fmt.Fprintf(&out, "  %v %v %v\n", i.Key(), i.Kind(), i.Raw().State)
			if found, ok := v.Identity(i.Key()); !ok || found.Raw() != i.Raw() || found.Person().ID() != p.ID() {
				t.Fatalf("%v is not found by key", i.Key())
			}
			if alias, ok := v.Person(personID(i.Key())); !ok || alias.ID() != p.ID() {
				t.Fatalf("the id that %v would have alone does not lead to its person", i.Key())
			}
			for _, l := range i.Links() {
				fmt.Fprintf(&out, "    linked %v\n", *l.Evidence())
			}
		}
		for _, l := range p.Links() {
			fmt.Fprintf(&out, "  link %v %v\n", keysOf(l.Identities()), *l.Evidence())
		}
		page, err := v.Grants(p, directory.GrantFilter{}, all)
		for _, g := range whole(t, page, err).Nodes() {
			fmt.Fprintf(&out, "  grant %v %v %v %v\n", g.Resource().Key(), g.Identity().Key(), g.Level(), g.Raw().Role)
		}
		if email := p.PrimaryEmail(); email != nil {
			fmt.Fprintf(&out, "  shares %d\n", len(v.PeopleByEmail(*email)))
		}
	}
	resources, err := v.Resources(directory.ResourceQuery{Window: all})
	for _, r := range whole(t, resources, err).Nodes() {
		fmt.Fprintf(&out, "resource %v %q\n", r.Key(), r.Name())
		members, err := v.Members(r, all)
		for _, g := range whole(t, members, err).Nodes() {
			fmt.Fprintf(&out, "  member %v %v\n", g.Identity().Key(), g.Level())
		}
	}
	for _, source := range v.Sources() {
		page, err := v.Identities(source, all)
		fmt.Fprintf(&out, "source %s %v\n", source.ID(), keysOf(whole(t, page, err).Nodes()))
	}
	suggestions, err := v.Suggestions(all)
	for _, s := range whole(t, suggestions, err).Nodes() {
		fmt.Fprintf(&out, "suggestion %v %v\n", keysOf(s.Identities()), *s.Evidence())
	}
	conflicts, err := v.Conflicts(all)
	for _, c := range whole(t, conflicts, err).Nodes() {
		fmt.Fprintf(&out, "conflict %v %v\n", c.Reason(), keysOf(c.Identities()))
		for _, l := range c.Links() {
			fmt.Fprintf(&out, "  %v %v\n", keysOf(l.Identities()), *l.Evidence())
		}
	}
	return out.String()
}

func keysOf(identities []directory.Identity) []person.Key {
	keys := make([]person.Key, len(identities))
	for i, identity := range identities {
		keys[i] = identity.Key()
	}
	return keys
}
