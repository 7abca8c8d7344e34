package directory

import (
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// View is the only way to read a snapshot. It shows everything for now: rules
// about which rows a principal may see belong here, so that they hold in lists,
// counts, search and look-ups alike. What it hands out is bound to it.
type View struct {
	s         *Snapshot
	principal access.Principal
}

// Snapshot is what v looks at.
func (v View) Snapshot() *Snapshot { return v.s }

// Person finds a person by id. A retired id answers the survivor: one that was
// redirected, or one that an identity of the person would have given alone.
func (v View) Person(id person.ID) (Person, bool) { return Person{}, false }

// Identity finds an identity by key.
func (v View) Identity(k person.Key) (Identity, bool) { return Identity{}, false }

// IdentitiesByID finds the identities of a system with a vendor's id, whatever
// their account, in the order of their keys.
func (v View) IdentitiesByID(system person.System, id string) []Identity { return nil }

// Resource finds a resource by key.
func (v View) Resource(k person.ResourceKey) (Resource, bool) { return Resource{}, false }

// Source finds a configured source.
func (v View) Source(id person.SourceID) (Source, bool) { return Source{}, false }

// Sources lists every configured source, by system and name.
func (v View) Sources() []Source { return nil }

// PeopleByEmail lists the people who use an address in any spelling that means
// the same mailbox, by id; several people make it contested.
func (v View) PeopleByEmail(email string) []Person { return nil }

// People answers a page of people. Errors are faults: BadUserInput for an unknown
// source or a foreign position, SourceUnavailable where absence is not known.
func (v View) People(q PeopleQuery) (Page[Person], error) { return Page[Person]{}, nil }

// Resources answers a page of resources by name. Errors as with People.
func (v View) Resources(q ResourceQuery) (Page[Resource], error) { return Page[Resource]{}, nil }

// Identities answers a page of a source's identities, by key.
func (v View) Identities(source Source, w Window) (Page[Identity], error) {
	return Page[Identity]{}, nil
}

// Members answers a page of those who may reach a resource, by key.
func (v View) Members(resource Resource, w Window) (Page[Grant], error) { return Page[Grant]{}, nil }

// Grants answers a page of what a person may reach, by resource and identity.
func (v View) Grants(p Person, filter GrantFilter, w Window) (Page[Grant], error) {
	return Page[Grant]{}, nil
}

// Suggestions answers a page of pairs for a human to decide.
func (v View) Suggestions(w Window) (Page[Suggestion], error) { return Page[Suggestion]{}, nil }

// Conflicts answers a page of contradictions.
func (v View) Conflicts(w Window) (Page[Conflict], error) { return Page[Conflict]{}, nil }
