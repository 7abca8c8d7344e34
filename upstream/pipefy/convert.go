package pipefy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Batch is the reading in the graph's own words.
//
// Coverage counts the members of the organization, for which the vendor's count
// is the only check. A user met only in a pipe or table is an identity too, but
// not counted. Coverage.Complete speaks of identities; whether a grant list is
// complete, each resource says for itself.
func (r *Reading) Batch(source person.SourceID, asOf time.Time) person.Batch {
	a := assembly{source: source, account: r.Organization.ID, byID: map[string]*person.Identity{}}
	organization := a.resource(person.ResourceOrganization, r.Organization.ID, r.Organization.Name, nil)
	for _, m := range r.Members.List {
		u := a.identity(m.User).Pipefy
		u.OrganizationRole = cmp.Or(u.OrganizationRole, m.Role)
		if u.Billable == nil {
			u.Billable = m.Billable
		}
		a.grant(organization, m)
	}
	coverage := r.coverage(len(a.byID))
	organization.MembersComplete = coverage.Complete

	pipes := make(map[string]*person.Resource, len(r.Pipes.List))
	for _, p := range r.Pipes.List {
		pipes[p.ID] = a.resource(person.ResourcePipe, p.ID, p.Name, organization)
	}
	a.rosters(pipes, r.PipeRosters)
	tables := make(map[string]*person.Resource, len(r.Tables.List))
	for _, t := range r.Tables.List {
		tables[t.ID] = a.resource(person.ResourceTable, t.ID, t.Name, organization)
	}
	a.rosters(tables, r.TableRosters)

	for _, i := range a.identities {
		i.Grants = settled(i.Grants)
	}
	return person.Batch{
		Source: source, System: person.Pipefy, Account: a.account, AsOf: asOf,
		Identities: a.identities, Resources: a.resources, Coverage: coverage,
	}
}

// OwnerKey is the identity behind the credential; zero when the vendor did not tell.
func (r *Reading) OwnerKey() person.Key {
	if r.Owner.ID == "" {
		return person.Key{}
	}
	return person.Key{System: person.Pipefy, Account: r.Organization.ID, ID: r.Owner.ID}
}

// assembly collects identities and resources, one per key.
type assembly struct {
	source     person.SourceID
	account    string
	byID       map[string]*person.Identity
	identities []*person.Identity
	resources  []*person.Resource
}

func (a *assembly) resource(kind person.ResourceKind, id, name string, parent *person.Resource) *person.Resource {
	r := &person.Resource{
		Key:    person.ResourceKey{System: person.Pipefy, Account: a.account, Kind: kind, ID: id},
		Source: a.source, Name: name, Parent: parent,
	}
	a.resources = append(a.resources, r)
	return r
}

// rosters adds the members of pipes or tables. A resource without a whole roster
// stays incomplete.
func (a *assembly) rosters(of map[string]*person.Resource, rosters Rosters) {
	for _, roster := range rosters.Read {
		resource, ok := of[roster.ID]
		if !ok {
			continue
		}
		resource.MembersComplete = roster.Whole
		for _, m := range roster.Members {
			a.identity(m.User)
			a.grant(resource, m)
		}
	}
}

func (a *assembly) grant(r *person.Resource, m Member) {
	i := a.byID[m.User.ID]
	i.Grants = append(i.Grants, person.Grant{Resource: r, Level: level(m.Role), Role: m.Role})
}

// identity is the one identity of u's id; what it does not know yet, u fills in.
func (a *assembly) identity(u User) *person.Identity {
	i, ok := a.byID[u.ID]
	if !ok {
		i = &person.Identity{
			Key:    person.Key{System: person.Pipefy, Account: a.account, ID: u.ID},
			Source: a.source, Pipefy: &person.PipefyUser{UserID: u.ID},
		}
		a.byID[u.ID] = i
		a.identities = append(a.identities, i)
	}
	i.Name, i.Email, i.AvatarURL = cmp.Or(i.Name, u.Name), cmp.Or(i.Email, u.Email), cmp.Or(i.AvatarURL, u.AvatarURL)
	i.CreatedAt, i.LastSeenAt = cmp.Or(i.CreatedAt, u.CreatedAt), cmp.Or(i.LastSeenAt, u.LastSignInAt)
	p := i.Pipefy
	p.UUID, p.Username = cmp.Or(p.UUID, u.UUID), cmp.Or(p.Username, u.Username)
	p.Locale, p.Timezone = cmp.Or(p.Locale, u.Locale), cmp.Or(p.Timezone, u.Timezone)
	p.Invited, p.Confirmed = cmp.Or(p.Invited, u.Invited), cmp.Or(p.Confirmed, u.Confirmed)
	if p.Confirmed != nil && !*p.Confirmed {
		i.State = person.StateUnconfirmed
	}
	i.EmailVerified = i.Email != "" && p.Confirmed != nil && *p.Confirmed
	if serviceAccount(i.Email) {
		i.Kind = person.KindBot
	}
	return i
}

// serviceAccount goes by the address that Pipefy generates, for no field tells.
func serviceAccount(email string) bool {
	return strings.HasSuffix(strings.ToLower(email), "pipefy-service.com") && strings.Contains(email, "@")
}

// settled orders grants by resource and keeps the strongest of each.
func settled(grants []person.Grant) []person.Grant {
	slices.SortStableFunc(grants, func(x, y person.Grant) int {
		return cmp.Or(x.Resource.Key.Compare(y.Resource.Key), cmp.Compare(y.Level, x.Level), cmp.Compare(x.Role, y.Role))
	})
	return slices.CompactFunc(grants, func(x, y person.Grant) bool { return x.Resource == y.Resource })
}

// level reads a role name. Roles are an open set, so an unknown word is
// LevelOther. my_cards_only is a Member although restricted: such a user creates
// and changes cards of their own, and an access review must not take them for a
// reader.
func level(role string) person.Level {
	switch strings.ToLower(strings.TrimSpace(role)) {
	case "super_admin":
		return person.LevelOwner
	case "admin":
		return person.LevelAdmin
	case "normal", "member", "creator", "my_cards_only":
		return person.LevelMember
	case "read_and_comment":
		return person.LevelReader
	case "company_guest", "external_guest", "guest", "gest":
		return person.LevelGuest
	}
	return person.LevelOther
}
