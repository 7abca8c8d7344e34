package pipefy

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/person"
)

// These let what is known of a member follow a write of ours before anything is read again. They never write to what is
// known; nil is gone.

// IsGuest tells whether a role in an organization is a guest's: setting it takes all pipes and tables away.
func IsGuest(role string) bool { return level(role) == person.LevelGuest }

// Removed is the member without a place. Out of the organization they are out of everything.
func Removed(known *person.Identity, at Place) *person.Identity {
	if known == nil || at.Kind == person.ResourceOrganization {
		return nil
	}
	next := *known
	next.Grants = slices.DeleteFunc(slices.Clone(known.Grants), func(g person.Grant) bool { return at.is(g.Resource) })
	if len(next.Grants) == 0 {
		return nil // met in that pipe or table alone
	}
	return &next
}

// Promoted is the member with another role in a place: in. A guest of the organization has no pipes and tables.
func Promoted(known *person.Identity, in *person.Resource, role string) *person.Identity {
	next, member := *known, *known.Pipefy
	next.Pipefy = &member
	organization := in.Key.Kind == person.ResourceOrganization
	next.Grants = slices.DeleteFunc(slices.Clone(known.Grants), func(g person.Grant) bool {
		return g.Resource.Key == in.Key || organization && IsGuest(role) && g.Resource.Key.Kind != person.ResourceOrganization
	})
	next.Grants = settled(append(next.Grants, person.Grant{Resource: in, Level: level(role), Role: role}))
	if organization {
		member.OrganizationRole = role
	}
	return &next
}

// Joined is a member as a place's list shows them, on top of what is known; known is nil for somebody new.
func Joined(source person.SourceID, organization string, known *person.Identity, m Member, in *person.Resource) *person.Identity {
	a := assembly{source: source, account: organization, byID: map[string]*person.Identity{}}
	next := a.identity(m.User)
	if known != nil {
		next.Grants, next.Pipefy.OrganizationRole = slices.Clone(known.Grants), known.Pipefy.OrganizationRole
		next.Pipefy.Billable = known.Pipefy.Billable
	}
	return Promoted(next, in, m.Role)
}

// is tells whether r is the place.
func (p Place) is(r *person.Resource) bool { return r.Key.Kind == p.Kind && r.Key.ID == p.ID }
