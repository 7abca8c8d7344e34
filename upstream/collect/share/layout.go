package share

import (
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// layoutVersion is the number of the layout that this file describes. Whoever changes the layout raises it: it is a
// part of every key, so replicas of two versions share nothing with each other and misread nothing.
const layoutVersion = 1

// Every function below describes one type in both directions: it writes what its argument holds, or fills it.

// A reading holds OwnerPhone, which only the credential's owner may see at the vendor. All replicas read a source
// with the same credential, so each could read it.
func (c *codec) reading(r *collect.Reading) {
	c.text(&r.Title)
	c.key(&r.Owner)
	c.text(&r.OwnerPhone)
	b := &r.Batch
	word(c, &b.Source)
	enum(c, &b.System, person.Pipedream)
	word(c, &b.Account)
	c.time(&b.AsOf)
	c.coverage(&b.Coverage)
	if !c.decoding() {
		for _, resource := range b.Resources {
			c.enlist(resource, 0)
		}
		for _, i := range b.Identities {
			c.enlistGrants(i)
		}
	}
	c.resources()
	list(c, &b.Resources, (*codec).resourceRef)
	list(c, &b.Identities, (*codec).newIdentity)
}

func (c *codec) changes(all *[]directory.Change) {
	if !c.decoding() {
		for _, ch := range *all {
			c.enlistGrants(ch.Identity)
		}
	}
	c.resources()
	list(c, all, (*codec).change)
}

func (c *codec) change(ch *directory.Change) {
	c.key(&ch.Key)
	c.time(&ch.ObservedAt)
	optional(c, &ch.Identity, (*codec).identity)
}

func (c *codec) coverage(v *person.Coverage) {
	c.int(&v.Seen)
	c.int(&v.Total)
	c.bool(&v.Complete)
	c.bool(&v.GrantsComplete)
	list(c, &v.Gaps, (*codec).text)
}

func (c *codec) key(k *person.Key) {
	enum(c, &k.System, person.Pipedream)
	word(c, &k.Account)
	c.text(&k.ID)
}

func (c *codec) newIdentity(i **person.Identity) {
	if c.decoding() {
		*i = new(person.Identity)
	}
	c.identity(*i)
}

func (c *codec) identity(i *person.Identity) {
	c.key(&i.Key)
	word(c, &i.Source)
	c.text(&i.Name)
	c.text(&i.Email)
	c.bool(&i.EmailVerified)
	c.text(&i.AvatarURL)
	enum(c, &i.State, person.StateErased)
	enum(c, &i.Kind, person.KindOrganization)
	c.time(&i.CreatedAt)
	c.time(&i.LastSeenAt)
	list(c, &i.Grants, (*codec).grant)
	id := i.Key.ID
	optional(c, &i.Pipedrive, (*codec).pipedrive)
	optional(c, &i.Pipefy, func(c *codec, u *person.PipefyUser) { c.pipefy(u, id) })
	optional(c, &i.Pipedream, func(c *codec, u *person.PipedreamUser) { c.pipedream(u, id) })
	c.check(i.Key.System != 0, "an identity of no system")
	c.check((i.Pipedrive != nil) == (i.Key.System == person.Pipedrive) && (i.Pipefy != nil) == (i.Key.System == person.Pipefy) &&
		(i.Pipedream != nil) == (i.Key.System == person.Pipedream), "an identity of another system than its key says")
}

func (c *codec) grant(g *person.Grant) {
	c.resourceRef(&g.Resource)
	enum(c, &g.Level, person.LevelOwner)
	word(c, &g.Role)
}

func (c *codec) pipedrive(u *person.PipedriveUser) {
	c.int64(&u.UserID)
	c.int64(&u.CompanyID)
	optional(c, &u.Lang, (*codec).int)
	word(c, &u.Locale)
	word(c, &u.TimezoneName)
	word(c, &u.TimezoneOffset)
	word(c, &u.DefaultCurrency)
	optional(c, &u.RoleID, (*codec).int64)
	c.bool(&u.ActiveFlag)
	c.bool(&u.IsDeleted)
	c.bool(&u.HasCreatedCompany)
	optional(c, &u.Activated, (*codec).bool)
	c.time(&u.Modified)
	c.time(&u.LastLogin)
	list(c, &u.Access, (*codec).access)
}

func (c *codec) access(a *person.PipedriveAccess) {
	word(c, &a.App)
	c.bool(&a.Admin)
	word(c, &a.PermissionSetID)
}

func (c *codec) pipefy(u *person.PipefyUser, id string) {
	c.like(&u.UserID, id)
	c.text(&u.UUID)
	c.text(&u.Username)
	word(c, &u.Locale)
	word(c, &u.Timezone)
	optional(c, &u.Invited, (*codec).bool)
	optional(c, &u.Confirmed, (*codec).bool)
	word(c, &u.OrganizationRole)
	optional(c, &u.Billable, (*codec).bool)
}

func (c *codec) pipedream(u *person.PipedreamUser, id string) {
	c.like(&u.ExternalUserID, id)
	c.text(&u.UserID)
	word(c, &u.ProjectID)
	word(c, &u.Environment)
	list(c, &u.Accounts, (*codec).account)
}

func (c *codec) account(a *person.PipedreamAccount) {
	c.text(&a.ID)
	c.text(&a.Name)
	word(c, &a.AppSlug)
	word(c, &a.AppName)
	word(c, &a.AuthType)
	optional(c, &a.Healthy, (*codec).bool)
	optional(c, &a.Dead, (*codec).bool)
	list(c, &a.AuthorizedScopes, word[string])
	c.time(&a.CreatedAt)
	c.time(&a.UpdatedAt)
	c.time(&a.ExpiresAt)
	c.time(&a.LastRefreshedAt)
	c.time(&a.NextRefreshAt)
}
