package person

import (
	"slices"
	"time"
)

// Same tells whether two records of one account say the same. When they were read is no part of either.
func (i *Identity) Same(o *Identity) bool {
	return i == o || i != nil && o != nil &&
		i.Key == o.Key && i.Source == o.Source && i.Name == o.Name && i.Email == o.Email && i.EmailVerified == o.EmailVerified &&
		i.AvatarURL == o.AvatarURL && i.State == o.State && i.Kind == o.Kind &&
		i.CreatedAt.Equal(o.CreatedAt) && i.LastSeenAt.Equal(o.LastSeenAt) &&
		slices.EqualFunc(i.Grants, o.Grants, Grant.Same) &&
		i.Pipedrive.same(o.Pipedrive) && i.Pipefy.same(o.Pipefy) && i.Pipedream.same(o.Pipedream)
}

// Same tells whether both reach a resource of which the same is known, equally far.
func (g Grant) Same(o Grant) bool {
	return g.Level == o.Level && g.Role == o.Role && g.Resource.Same(o.Resource)
}

// Same tells whether two records of one resource say the same, also of what holds it.
func (r *Resource) Same(o *Resource) bool {
	return r == o || r != nil && o != nil &&
		r.Key == o.Key && r.Source == o.Source && r.Name == o.Name && r.MembersComplete == o.MembersComplete && r.Parent.Same(o.Parent)
}

func (u *PipedriveUser) same(o *PipedriveUser) bool {
	return u == o || u != nil && o != nil &&
		u.UserID == o.UserID && u.CompanyID == o.CompanyID && equal(u.Lang, o.Lang) && u.Locale == o.Locale &&
		u.TimezoneName == o.TimezoneName && u.TimezoneOffset == o.TimezoneOffset && u.DefaultCurrency == o.DefaultCurrency &&
		equal(u.RoleID, o.RoleID) && u.ActiveFlag == o.ActiveFlag && u.IsDeleted == o.IsDeleted &&
		u.HasCreatedCompany == o.HasCreatedCompany && equal(u.Activated, o.Activated) &&
		u.Modified.Equal(o.Modified) && u.LastLogin.Equal(o.LastLogin) && slices.Equal(u.Access, o.Access)
}

func (u *PipefyUser) same(o *PipefyUser) bool {
	return u == o || u != nil && o != nil &&
		u.UserID == o.UserID && u.UUID == o.UUID && u.Username == o.Username && u.Locale == o.Locale && u.Timezone == o.Timezone &&
		equal(u.Invited, o.Invited) && equal(u.Confirmed, o.Confirmed) && u.OrganizationRole == o.OrganizationRole && equal(u.Billable, o.Billable)
}

func (u *PipedreamUser) same(o *PipedreamUser) bool {
	return u == o || u != nil && o != nil &&
		u.ExternalUserID == o.ExternalUserID && u.UserID == o.UserID && u.ProjectID == o.ProjectID && u.Environment == o.Environment &&
		slices.EqualFunc(u.Accounts, o.Accounts, PipedreamAccount.same)
}

func (a PipedreamAccount) same(o PipedreamAccount) bool {
	return a.ID == o.ID && a.Name == o.Name && a.AppSlug == o.AppSlug && a.AppName == o.AppName && a.AuthType == o.AuthType &&
		equal(a.Healthy, o.Healthy) && equal(a.Dead, o.Dead) && slices.Equal(a.AuthorizedScopes, o.AuthorizedScopes) &&
		slices.EqualFunc(
			[]time.Time{a.CreatedAt, a.UpdatedAt, a.ExpiresAt, a.LastRefreshedAt, a.NextRefreshAt},
			[]time.Time{o.CreatedAt, o.UpdatedAt, o.ExpiresAt, o.LastRefreshedAt, o.NextRefreshAt}, time.Time.Equal)
}

func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
