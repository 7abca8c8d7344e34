package action

import (
	"strings"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// whole is what somebody who may see everything would see where v shows a part.
func whole(v directory.View) directory.View { return v.Snapshot().View(access.Principal{}) }

// wholePerson is who has an account, in the eyes of whoever sees everything; nobody where it is gone.
func wholePerson(v directory.View, k person.Key) person.ID {
	if i, ok := whole(v).Identity(k); ok {
		return i.Person().ID()
	}
	return person.ID{}
}

// identity opens an id that has to name an identity of one system.
func (o *order) identity(id string, system person.System, field ...string) (directory.Identity, bool) {
	decoded, err := o.desk.ids.Decode(id)
	key, ok := decoded.Identity()
	if err != nil || !ok || key.System != system {
		o.wrong(people.ErrorInvalid, "This is not the id of a "+titles[system]+" user. Use the id of one as an earlier answer gave it.", field...)
		return directory.Identity{}, false
	}
	i, ok := o.view.Identity(key)
	if !ok {
		o.wrong(people.ErrorNotFound, "There is no such user, or not any more.", field...)
	}
	return i, ok
}

var titles = map[person.System]string{person.Pipedrive: "Pipedrive", person.Pipefy: "Pipefy", person.Pipedream: "Pipedream"}

// place opens an id that has to name an organization, pipe or table of Pipefy.
func (o *order) place(id string, field ...string) (directory.Resource, bool) {
	decoded, err := o.desk.ids.Decode(id)
	key, ok := decoded.Resource()
	if _, can := removals[key.Kind]; err != nil || !ok || !can {
		o.wrong(people.ErrorInvalid, "This is not the id of a Pipefy organization, pipe or table. Use one as Query.resources gives it.", field...)
		return directory.Resource{}, false
	}
	r, ok := o.view.Resource(key)
	if !ok {
		o.wrong(people.ErrorNotFound, "There is no such organization, pipe or table, or its credential does not see it.", field...)
	}
	return r, ok
}

// together refuses a member and a place of two organizations.
func (o *order) together(i directory.Identity, r directory.Resource, field ...string) bool {
	if i.Key().Account == r.Key().Account {
		return true
	}
	o.wrong(people.ErrorInvalid, "The place belongs to another organization than the member.", field...)
	return false
}

// sourceOf is the source of a name, or the only one of its system.
func (o *order) sourceOf(system person.System, name *string) (directory.Source, bool) {
	var of []directory.Source
	for _, s := range o.view.Sources() {
		if s.System() == system && (name == nil || string(s.ID()) == *name) {
			of = append(of, s)
		}
	}
	switch {
	case len(of) == 1:
		return of[0], true
	case name != nil:
		o.wrong(people.ErrorNotFound, "There is no "+titles[system]+" source of this name. Query.sources lists them.", "source")
	default:
		o.wrong(people.ErrorInvalid, "Name the source: there is not exactly one of "+titles[system]+". Query.sources lists them.", "source")
	}
	return directory.Source{}, false
}

// holds tells whether an address is a user's at a source.
func (o *order) holds(source directory.Source, email string) bool {
	for _, p := range o.view.PeopleByEmail(email) {
		for _, i := range p.Identities() {
			if i.Raw().Source == source.ID() && strings.EqualFold(i.Raw().Email, email) {
				return true
			}
		}
	}
	return false
}

// The roles that are known by name. Others may be an organization's own, and go to Pipefy as they are written.
var (
	guests = []string{"company_guest", "external_guest", "guest", "gest"}
	admins = []string{"admin", "super_admin"}
	roles  = map[person.ResourceKind][]string{
		person.ResourceOrganization: {"super_admin", "admin", "normal", "company_guest", "external_guest"},
		person.ResourcePipe:         {"admin", "member", "creator", "my_cards_only", "read_and_comment"},
		person.ResourceTable:        {"admin", "member"},
	}
)

func guest(role string) bool       { return among(role, guests) }
func administers(role string) bool { return among(role, admins) }

func among(role string, list []string) bool {
	for _, r := range list {
		if strings.EqualFold(role, r) {
			return true
		}
	}
	return false
}

// role is a role's name as Pipefy spells it; "" after saying what is wrong. A word that belongs elsewhere is refused. One
// that nobody knows may be an organization's own.
func (o *order) role(s string, in directory.Resource, known bool, field ...string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 100 {
		o.wrong(people.ErrorInvalid, "Name a role, as Pipefy spells it.", field...)
		return ""
	}
	if !known {
		return s
	}
	here := roles[in.Kind()]
	for _, r := range here {
		if strings.EqualFold(r, s) {
			return r
		}
	}
	switch {
	case guest(s) && in.Kind() == person.ResourceOrganization:
		return strings.ToLower(s) // an older word, which Pipefy knows
	case guest(s):
		o.wrong(people.ErrorInvalid, "Guests cannot belong to a pipe or table. Give them a role in the organization.", field...)
	case elsewhere(s):
		o.wrong(people.ErrorInvalid, "Pipefy has no such role here. It has "+strings.Join(here, ", ")+", and those that the organization has made itself.", field...)
	default:
		return s
	}
	return ""
}

// elsewhere tells whether a role is known at any level.
func elsewhere(s string) bool {
	for _, words := range roles {
		if among(s, words) {
			return true
		}
	}
	return false
}
