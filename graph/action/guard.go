package action

import (
	"slices"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// guard refuses what is rarely meant: to take access from whose credential reads the source, from the last
// administrator, or from oneself.
type guard struct {
	whole directory.View
	who   access.Principal
	// falling are the identities that lose all rights at their source by the act, as one of all.
	falling map[person.Key]bool
}

func newGuard(v directory.View, who access.Principal) guard {
	return guard{whole(v), who, map[person.Key]bool{}}
}

// Bar says what speaks against a step of a that is about to begin, with what is known by now: it was decided when others
// administered the source, or somebody else's act has taken the last one meanwhile. nil where nothing does, or where
// somebody has forced it.
func Bar(v directory.View, a Action, n int) *fault.Error {
	s := a.Steps[n]
	i, ok := v.Identity(s.Target)
	if a.Forced || s.Target.IsZero() || !ok {
		return nil
	}
	g := guard{whole: v, falling: map[person.Key]bool{}}
	for _, each := range a.Steps {
		if each.State.Open() && each.takesRights() {
			g.falling[each.Target] = true
		}
	}
	switch {
	case !s.takesRights():
		return nil
	case i.Source().State().CredentialOwner == s.Target:
		return fault.New(fault.Conflict, "By now %s is read with this user's own credential, and would not be read any more. Ask again with force if this is meant.", s.Source)
	case g.lastAdmin(i.Raw()):
		return fault.New(fault.Conflict, "By now %s would be left without an administrator. Ask again with force if this is meant.", s.Source)
	}
	return nil
}

// takesRights tells whether a step takes all that its target may do at its source.
func (s Step) takesRights() bool {
	switch s.Kind {
	case Deactivate, RemoveFromOrganization, DeleteUser:
		return true
	case SetRole:
		return s.Place.Kind == person.ResourceOrganization && !administers(s.Role)
	}
	return false
}

// leads tells whether somebody administers their whole company or organization.
func leads(i *person.Identity) bool {
	return slices.ContainsFunc(i.Grants, func(g person.Grant) bool {
		k := g.Resource.Key.Kind
		return g.Level >= person.LevelAdmin && (k == person.ResourceCompany || k == person.ResourceOrganization)
	})
}

// check lists what speaks against taking an identity's access away. Field is where the input names it.
func (g guard) check(i directory.Identity, field []string) []people.UserError {
	var errs []people.UserError
	refuse := func(code people.UserErrorCode, message string) {
		errs = append(errs, people.UserError{Code: code, Message: message + " Pass force with the scope " + string(access.ScopeActsForce) + " if this is meant.", Field: field})
	}
	raw := i.Raw()
	source := i.Source()
	if source.State().CredentialOwner == raw.Key {
		refuse(people.ErrorCredentialOwner, string(raw.Source)+" is read with this user's own credential, and would not be read any more.")
	}
	if g.falling[raw.Key] && g.lastAdmin(raw) {
		refuse(people.ErrorLastAdmin, string(raw.Source)+" would be left without an administrator.")
	}
	if g.self(i) {
		refuse(people.ErrorSelf, "This is your own account at "+string(raw.Source)+".")
	}
	return errs
}

// self tells whether the caller's identity provider vouches for an address of the person.
func (g guard) self(i directory.Identity) bool {
	if g.who.Email == "" {
		return false
	}
	for _, p := range g.whole.PeopleByEmail(g.who.Email) {
		if p.ID() == i.Person().ID() {
			return true
		}
	}
	return false
}

// lastAdmin tells whether nobody with an administrator's rights would be left in the identity's company or
// organization, or nobody with an owner's.
func (g guard) lastAdmin(i *person.Identity) bool {
	for _, grant := range i.Grants {
		k := grant.Resource.Key
		if grant.Level < person.LevelAdmin || k.Kind != person.ResourceCompany && k.Kind != person.ResourceOrganization {
			continue
		}
		r, ok := g.whole.Resource(k)
		if !ok {
			continue
		}
		left := false
		page, err := g.whole.Members(r, directory.Window{First: 1 << 30})
		if err != nil {
			continue
		}
		for _, m := range page.Nodes() {
			left = left || m.Level() >= grant.Level && m.Identity().IsActive() && !g.falling[m.Identity().Key()]
		}
		if !left {
			return true
		}
	}
	return false
}
