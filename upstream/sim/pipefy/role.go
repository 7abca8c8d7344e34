package pipefy

import "slices"

// level is what a role belongs to.
type level string

const (
	atOrganization level = "organization"
	atPipe         level = "pipe"
	atTable        level = "table"
)

// standardRoles are the documented role names of each level, in the order of membersCountByRole.
var standardRoles = map[level][]string{
	atOrganization: {"super_admin", "admin", "normal", "company_guest", "external_guest"},
	atPipe:         {"admin", "member", "creator", "my_cards_only", "read_and_comment"},
	atTable:        {"admin", "member"},
}

var roleTitles = map[string]string{
	"super_admin": "Super admin", "admin": "Admin", "normal": "Member",
	"company_guest": "Company guest", "external_guest": "External guest",
}

func (o *org) knowsRole(at level, role string) bool {
	return slices.Contains(standardRoles[at], role) || at != atTable && slices.Contains(o.CustomRoles, role)
}

func isGuest(role string) bool { return role == "company_guest" || role == "external_guest" }

func isAdmin(role string) bool { return role == "super_admin" || role == "admin" }

// administers tells whether the user's organization role gives rights over everything in it.
func (o *org) administers(user int64) bool { return isAdmin(o.people.role(user)) }

// mayInvite: super_admin and admin always, other members where the organization lets them.
func (o *org) mayInvite(user int64) bool {
	role := o.people.role(user)
	return isAdmin(role) || !o.OnlyAdminCanInviteUsers && o.people.has(user) && !isGuest(role)
}

func (o *org) mayCreatePipe(user int64) bool {
	role := o.people.role(user)
	return isAdmin(role) || !o.OnlyAdminCanCreatePipes && o.people.has(user) && !isGuest(role)
}

// visible: only people of a pipe see it, whatever their organization role, unless it is public.
func (p *pipe) visible(user int64) bool {
	return p.people.has(user) || p.Public && p.org.people.has(user)
}

func (t *table) visible(user int64) bool {
	return t.people.has(user) || t.Public && t.org.people.has(user)
}

// forget removes the user from every pipe and table of the organization.
func (o *org) forget(user int64) {
	for _, p := range o.pipes {
		p.people.remove(user)
	}
	for _, t := range o.tables {
		t.people.remove(user)
	}
}
