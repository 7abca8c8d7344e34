package action

import (
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// guard refuses what is rarely meant: to take access from whose credential reads the source, from the last
// administrator, or from oneself.
type guard struct {
	whole directory.View
	who   access.Principal
	// falling are the identities that lose their rights by the act, as one of all.
	falling map[person.Key]bool
}

func newGuard(v directory.View, who access.Principal) guard {
	return guard{v.Snapshot().View(access.Principal{}), who, map[person.Key]bool{}}
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
	if g.lastAdmin(raw) {
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
