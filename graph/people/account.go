package people

import (
	"net/mail"
	"slices"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// Node is anything with an id of its own: directory.Person, Resource and Source,
// and every Account.
type Node any

// Account is an identity in its system's own words: PipedriveUser, PipefyUser or
// PipedreamUser.
type Account interface {
	// Entry is the identity behind it.
	Entry() directory.Identity
}

// Accounts gives identities their systems' words.
func Accounts(identities []directory.Identity) []Account {
	out := make([]Account, len(identities))
	for i, id := range identities {
		out[i] = AccountOf(id)
	}
	return out
}

// AccountOf gives one identity its system's words.
func AccountOf(id directory.Identity) Account {
	switch raw := id.Raw(); raw.Key.System {
	case person.Pipedrive:
		return PipedriveUser{account{id}, raw.Pipedrive}
	case person.Pipefy:
		return PipefyUser{account{id}, raw.Pipefy}
	default:
		return PipedreamUser{account{id}, raw.Pipedream}
	}
}

// account is what all systems' accounts answer alike.
type account struct{ directory.Identity }

func (a account) Entry() directory.Identity { return a.Identity }
func (a account) Created() *time.Time       { return optional.Instant(a.Raw().CreatedAt) }

// SourceID is the vendor's own id. It fails as vendorID does.
func (a account) SourceID() (string, error) { return vendorID(a.View(), a.Raw().Key.ID) }

// vendorID is the id that a vendor has for an account. Customers choose those of Pipedream, often an address: such a one is
// Forbidden to who may not see addresses, as an address is.
func vendorID(v directory.View, id string) (string, error) {
	if !v.ShowsID(id) {
		return "", needsScope("An id that may be an address", access.ScopeEmailsRead)
	}
	return id, nil
}

// PipedriveUser is a user of a Pipedrive company.
type PipedriveUser struct {
	account
	user *person.PipedriveUser
}

func (u PipedriveUser) CompanyID() string        { return u.Raw().Key.Account }
func (u PipedriveUser) ActiveFlag() bool         { return u.user.ActiveFlag }
func (u PipedriveUser) IsDeleted() bool          { return u.user.IsDeleted }
func (u PipedriveUser) IsAdmin() bool            { return u.user.IsAdmin() }
func (u PipedriveUser) Lang() *int               { return u.user.Lang }
func (u PipedriveUser) Locale() *string          { return optional.Text(u.user.Locale) }
func (u PipedriveUser) TimezoneName() *string    { return optional.Text(u.user.TimezoneName) }
func (u PipedriveUser) TimezoneOffset() *string  { return optional.Text(u.user.TimezoneOffset) }
func (u PipedriveUser) DefaultCurrency() *string { return optional.Text(u.user.DefaultCurrency) }
func (u PipedriveUser) IconURL() *string         { return optional.Text(u.Raw().AvatarURL) }
func (u PipedriveUser) Modified() *time.Time     { return optional.Instant(u.user.Modified) }
func (u PipedriveUser) LastLogin() *time.Time    { return optional.Instant(u.user.LastLogin) }
func (u PipedriveUser) HasCreatedCompany() bool  { return u.user.HasCreatedCompany }

// RoleID is the role's number as text.
func (u PipedriveUser) RoleID() *string { return number(u.user.RoleID) }

// IsYou says whether this user's credential reads the source.
func (u PipedriveUser) IsYou() bool { return u.Source().State().CredentialOwner == u.Raw().Key }

// Phone is known for the credential's owner alone.
func (u PipedriveUser) Phone() *string {
	if !u.IsYou() {
		return nil
	}
	return optional.Text(u.Source().State().OwnerPhone)
}

// Apps names the apps of Access, sorted, each once.
func (u PipedriveUser) Apps() []string {
	apps := make([]string, len(u.user.Access))
	for i, a := range u.user.Access {
		apps[i] = a.App
	}
	slices.Sort(apps)
	return slices.Compact(apps)
}

// Access is the vendor's access list.
func (u PipedriveUser) Access() []person.PipedriveAccess {
	if u.user.Access == nil {
		return []person.PipedriveAccess{}
	}
	return u.user.Access
}

// PipefyUser is a member of a Pipefy organization.
type PipefyUser struct {
	account
	user *person.PipefyUser
}

func (u PipefyUser) OrganizationID() string    { return u.Raw().Key.Account }
func (u PipefyUser) UUID() *string             { return optional.Text(u.user.UUID) }
func (u PipefyUser) Username() *string         { return optional.Text(u.user.Username) }
func (u PipefyUser) Locale() *string           { return optional.Text(u.user.Locale) }
func (u PipefyUser) Timezone() *string         { return optional.Text(u.user.Timezone) }
func (u PipefyUser) OrganizationRole() *string { return optional.Text(u.user.OrganizationRole) }
func (u PipefyUser) IsBillable() *bool         { return u.user.Billable }
func (u PipefyUser) IsPending() bool           { return u.Raw().State == person.StateUnconfirmed }

// PipedreamUser is an external user of a Pipedream Connect project.
type PipedreamUser struct {
	account
	user *person.PipedreamUser
}

// Email is the external id where it is an address: Pipedream knows no other.
func (u PipedreamUser) Email() *string {
	if a, err := mail.ParseAddress(u.user.ExternalUserID); err != nil || a.Address != u.user.ExternalUserID {
		return nil
	}
	return &u.user.ExternalUserID
}

// ExternalUserID is the id by the vendor's name. It fails as vendorID does.
func (u PipedreamUser) ExternalUserID() (string, error) {
	return vendorID(u.View(), u.user.ExternalUserID)
}

func (u PipedreamUser) ProjectID() string   { return u.user.ProjectID }
func (u PipedreamUser) Environment() string { return u.user.Environment }

func number(n *int64) *string {
	if n == nil {
		return nil
	}
	s := strconv.FormatInt(*n, 10)
	return &s
}
