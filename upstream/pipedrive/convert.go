package pipedrive

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// Account is the id of the company, as in person.Key.Account.
func (m Me) Account() string { return strconv.FormatInt(m.CompanyID.Value, 10) }

// Key is the key of the credential's own user.
func (m Me) Key() person.Key { return keyOf(m.Account(), m.User.ID.Value) }

// IsAdmin tells whether the credential's user administers the whole company.
func (m Me) IsAdmin() bool {
	return (&person.PipedriveUser{Access: accessOf(m.User)}).IsAdmin()
}

func keyOf(account string, id int64) person.Key {
	return person.Key{System: person.Pipedrive, Account: account, ID: strconv.FormatInt(id, 10)}
}

// globalApp is the access entry of the company account as a whole.
const globalApp = "global"

// Company converts the users of one company. It holds the resources that their
// grants share. It is not safe for concurrent use.
type Company struct {
	source   person.SourceID
	account  string
	id       int64
	resource *person.Resource
	apps     map[string]*person.Resource
	complete bool
}

// NewCompany prepares the conversion of users that me's token read. Members are
// complete only in the eyes of an administrator: nothing documents that other
// tokens see every user and every access entry.
func NewCompany(source person.SourceID, me Me) *Company {
	c := &Company{source: source, account: me.Account(), id: me.CompanyID.Value, apps: map[string]*person.Resource{}}
	c.complete = me.IsAdmin()
	name := string(me.CompanyName)
	if name == "" {
		name = string(me.CompanyDomain)
	}
	c.resource = c.newResource(person.ResourceCompany, c.account, name, nil)
	return c
}

func (c *Company) newResource(kind person.ResourceKind, id, name string, parent *person.Resource) *person.Resource {
	return &person.Resource{
		Key:    person.ResourceKey{System: person.Pipedrive, Account: c.account, Kind: kind, ID: id},
		Source: c.source, Name: name, Parent: parent, MembersComplete: c.complete,
	}
}

// Convert makes a batch of one whole reading that began at asOf. Of two records
// with one id the later wins.
func Convert(source person.SourceID, me Me, users Users, asOf time.Time) person.Batch {
	c := NewCompany(source, me)
	c.complete = c.complete && users.Dropped == 0
	c.resource.MembersComplete = c.complete
	byID := make(map[int64]*person.Identity, len(users.List))
	for _, u := range users.List {
		byID[u.ID.Value] = c.Identity(u)
	}
	b := person.Batch{
		Source: source, System: person.Pipedrive, Account: c.account, AsOf: asOf,
		Identities: slices.Collect(maps.Values(byID)), Resources: c.Resources(),
		Coverage: person.Coverage{Seen: len(byID), Total: len(byID) + users.Dropped, Complete: c.complete, GrantsComplete: c.complete},
	}
	if users.Dropped > 0 {
		b.Coverage.Gaps = []string{"users without a readable id: " + strconv.Itoa(users.Dropped)}
	}
	if !me.IsAdmin() {
		b.Coverage.Gaps = append(b.Coverage.Gaps, "the credential's user does not administer the company, so it may not see everybody and all access")
	}
	return b
}

// Resources lists the company and every app met so far, ordered by key.
func (c *Company) Resources() []*person.Resource {
	all := append(slices.Collect(maps.Values(c.apps)), c.resource)
	slices.SortFunc(all, func(a, b *person.Resource) int { return a.Key.Compare(b.Key) })
	return all
}

// Identity converts one user. An erased user keeps nothing but its key.
func (c *Company) Identity(u User) *person.Identity {
	i := &person.Identity{Key: keyOf(c.account, u.ID.Value), Source: c.source, State: stateOf(u), CreatedAt: u.Created.Time}
	i.Pipedrive = &person.PipedriveUser{
		UserID: u.ID.Value, CompanyID: c.id, ActiveFlag: u.ActiveFlag.Value, IsDeleted: u.IsDeleted.Value, Modified: u.Modified.Time,
	}
	if i.State == person.StateErased {
		return i
	}
	// Until an invitation is accepted the name is the address: an address must not
	// travel as a name, which more people may see.
	if !strings.EqualFold(string(u.Name), string(u.Email)) {
		i.Name = string(u.Name)
	}
	i.Email, i.AvatarURL, i.LastSeenAt = string(u.Email), string(u.IconURL), u.LastLogin.Time
	// A login shows that the invitation sent to the address was accepted.
	i.EmailVerified = i.Email != "" && i.State == person.StateActive && !u.LastLogin.IsZero()
	p := i.Pipedrive
	if u.Lang.Valid {
		lang := int(u.Lang.Value)
		p.Lang = &lang
	}
	p.Locale, p.TimezoneName, p.TimezoneOffset = string(u.Locale), string(u.TimezoneName), string(u.TimezoneOffset)
	p.DefaultCurrency, p.RoleID, p.HasCreatedCompany = string(u.DefaultCurrency), u.RoleID.Ptr(), u.HasCreatedCompany.Value
	p.Activated, p.LastLogin, p.Access = u.Activated.Ptr(), u.LastLogin.Time, accessOf(u)
	i.Grants = c.grants(i.State, p)
	return i
}

// stateOf reads a user's standing. A record that does not say whether it is
// active is taken to be. Unconfirmed: active, never logged in, and still named
// by the address that was invited.
func stateOf(u User) person.State {
	switch {
	case u.IsDeleted.Value:
		return person.StateErased
	case u.ActiveFlag.Valid && !u.ActiveFlag.Value:
		return person.StateInactive
	case u.LastLogin.IsZero() && u.Email != "" && strings.EqualFold(string(u.Name), string(u.Email)):
		return person.StateUnconfirmed
	}
	return person.StateActive
}

// accessOf drops entries without an app, and orders the rest by app.
func accessOf(u User) []person.PipedriveAccess {
	access := make([]person.PipedriveAccess, 0, len(u.Access.Items))
	for _, a := range u.Access.Items {
		if a.App != "" {
			access = append(access, person.PipedriveAccess{App: string(a.App), Admin: a.Admin.Value, PermissionSetID: string(a.PermissionSetID)})
		}
	}
	slices.SortStableFunc(access, func(a, b person.PipedriveAccess) int { return strings.Compare(a.App, b.App) })
	return access
}

// grants gives the company, and each app of the access list. A deactivated user
// reaches nothing, whatever access the record still lists.
func (c *Company) grants(state person.State, u *person.PipedriveUser) []person.Grant {
	if state == person.StateInactive {
		return nil
	}
	grants := []person.Grant{{Resource: c.resource, Level: level(u.IsAdmin())}}
	for _, a := range u.Access {
		if a.App == globalApp {
			continue
		}
		g := person.Grant{Resource: c.app(a.App), Level: level(a.Admin)}
		// The entries are ordered: a doubled app is beside itself, and the stronger stays.
		if last := &grants[len(grants)-1]; last.Resource == g.Resource {
			last.Level = max(last.Level, g.Level)
			continue
		}
		grants = append(grants, g)
	}
	return grants
}

func level(admin bool) person.Level {
	if admin {
		return person.LevelAdmin
	}
	return person.LevelMember
}

func (c *Company) app(name string) *person.Resource {
	r, ok := c.apps[name]
	if !ok {
		r = c.newResource(person.ResourceCompanyApp, name, name, c.resource)
		c.apps[name] = r
	}
	return r
}

func (p permissions) convert() []person.Permission {
	var all []person.Permission
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if granted := p[name]; granted.Valid {
			all = append(all, person.Permission{Name: name, Granted: granted.Value})
		}
	}
	return all
}

func (s roleSettings) convert() []person.RoleSetting {
	var all []person.RoleSetting
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if value := s[name]; value.Valid {
			all = append(all, person.RoleSetting{Name: name, Value: int(value.Value)})
		}
	}
	return all
}

func (a roleAssignment) convert() person.RoleAssignment {
	return person.RoleAssignment{
		RoleID: a.RoleID.Value, ParentRoleID: a.ParentRoleID.Ptr(), Name: string(a.Name), Type: string(a.Type),
		// Absent means assigned: the list holds the roles that the user has.
		IsActive: a.ActiveFlag.Value || a.ActiveFlag == lenient.Bool{},
	}
}
