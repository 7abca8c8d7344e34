package access

// coordinate names a field of the schema ("Person"."emails"), or a member of an
// input or enum that asks for the same fact ("PeopleFilter"."emailDomains").
type coordinate struct{ object, field string }

// policy says which scope a coordinate needs. What has no row needs
// ScopeDirectoryRead, except what public lists.
var policy = map[coordinate]Scope{
	{"Query", "resources"}:       ScopeGrantsRead,
	{"Query", "linkSuggestions"}: ScopeLinksRead,
	{"Query", "linkConflicts"}:   ScopeLinksRead,

	{"PersonRef", "email"}: ScopeEmailsRead,

	{"PeopleFilter", "emailDomains"}: ScopeEmailsRead,
	{"PeopleFilter", "roles"}:        ScopeGrantsRead,
	{"PeopleFilter", "levels"}:       ScopeGrantsRead,
	{"PeopleFilter", "resources"}:    ScopeGrantsRead,
	{"PeopleFilter", "apps"}:         ScopeGrantsRead,

	{"SearchField", "EMAIL"}:              ScopeEmailsRead,
	{"PeopleOrderField", "PRIMARY_EMAIL"}: ScopeEmailsRead,

	{"Person", "primaryEmail"}: ScopeEmailsRead,
	{"Person", "emails"}:       ScopeEmailsRead,
	{"Person", "grants"}:       ScopeGrantsRead,

	{"Identity", "email"}: ScopeEmailsRead,

	{"PipedriveUser", "email"}:           ScopeEmailsRead,
	{"PipedriveUser", "access"}:          ScopeGrantsRead,
	{"PipedriveUser", "apps"}:            ScopeGrantsRead,
	{"PipedriveUser", "isAdmin"}:         ScopeGrantsRead,
	{"PipedriveUser", "companies"}:       ScopeGrantsRead,
	{"PipedriveUser", "roleId"}:          ScopePermissionsRead,
	{"PipedriveUser", "phone"}:           ScopePhonesRead,
	{"PipedriveUser", "permissions"}:     ScopePermissionsRead,
	{"PipedriveUser", "roleAssignments"}: ScopePermissionsRead,
	{"PipedriveUser", "roleSettings"}:    ScopePermissionsRead,
	{"PipedriveUser", "followers"}:       ScopePermissionsRead,

	{"PipefyUser", "email"}:                   ScopeEmailsRead,
	{"PipefyUser", "organizationRole"}:        ScopeGrantsRead,
	{"PipefyUser", "organizationMemberships"}: ScopeGrantsRead,
	{"PipefyUser", "pipeMemberships"}:         ScopeGrantsRead,
	{"PipefyUser", "tableMemberships"}:        ScopeGrantsRead,

	{"PipedreamUser", "email"}:            ScopeEmailsRead,
	{"PipedreamUser", "accounts"}:         ScopeGrantsRead,
	{"PipedreamUser", "effectiveAccount"}: ScopeGrantsRead,
	{"PipedreamUser", "deployedTriggers"}: ScopePermissionsRead,

	{"PipedreamAccount", "name"}: ScopeEmailsRead,

	{"IdentityLink", "evidence"}:   ScopeEmailsRead,
	{"LinkSuggestion", "evidence"}: ScopeEmailsRead,

	{"Resource", "members"}: ScopeGrantsRead,
	{"Source", "budget"}:    ScopeBudgetsRead,

	{"SourceBudget", "spentBy"}: ScopeBudgetsRead,
}

// public needs no scope: who is asking may always be asked, and the root type
// and the shape of pages tell nothing of their own.
var public = map[coordinate]bool{
	{"Query", "viewer"}: true,
	{"Viewer", ""}:      true,
	{"PageInfo", ""}:    true,
}

// Required is the scope that a coordinate needs, and false when it needs none.
// Object is the name of the concrete type.
func Required(object, field string) (Scope, bool) {
	if s, ok := policy[coordinate{object, field}]; ok {
		return s, true
	}
	if public[coordinate{object, field}] || public[coordinate{object, ""}] {
		return "", false
	}
	return ScopeDirectoryRead, true
}

// Allowed tells whether p may see object.field; when not, the missing scope
// comes with it.
func (p Principal) Allowed(object, field string) (missing Scope, ok bool) {
	s, needs := Required(object, field)
	if !needs || p.Has(s) {
		return "", true
	}
	return s, false
}

// Coordinates lists every row of the policy as "Object.field", so that a test
// can hold the table against the schema.
func Coordinates() []string {
	all := make([]string, 0, len(policy))
	for c := range policy {
		all = append(all, c.object+"."+c.field)
	}
	return all
}
