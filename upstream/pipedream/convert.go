package pipedream

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// project converts the records of one environment of one project. It holds the
// resources that the grants share.
type project struct {
	Project
	source   person.SourceID
	complete bool
	resource *person.Resource
	apps     map[string]*person.Resource
}

func newProject(source person.SourceID, p Project, complete bool) *project {
	c := &project{Project: p, source: source, complete: complete, apps: map[string]*person.Resource{}}
	c.resource = c.newResource(person.ResourceProject, p.Account(), p.Account(), nil)
	return c
}

func (p *project) newResource(kind person.ResourceKind, id, name string, parent *person.Resource) *person.Resource {
	return &person.Resource{
		Key:    person.ResourceKey{System: person.Pipedream, Account: p.Account(), Kind: kind, ID: id},
		Source: p.source, Name: name, Parent: parent, MembersComplete: p.complete,
	}
}

// Convert groups one whole reading, begun at asOf, into identities by external
// user id. Accounts whose owner is in no user row make an identity of their own.
func Convert(source person.SourceID, in Project, users List[User], accounts List[Account], asOf time.Time) person.Batch {
	byID := make(map[string]*group, len(users.Items))
	of := func(id string) *group {
		g, ok := byID[id]
		if !ok {
			g = &group{}
			byID[id] = g
		}
		return g
	}
	for _, u := range users.Items {
		of(string(u.ExternalID)).user = u
	}
	orphans := 0
	for _, a := range accounts.Items {
		if a.ExternalID == "" {
			orphans++
			continue
		}
		g := of(string(a.ExternalID))
		g.accounts = append(g.accounts, a)
	}
	coverage := coverageOf(len(byID), orphans, users, accounts)
	p := newProject(source, in, coverage.Complete)
	b := person.Batch{Source: source, System: person.Pipedream, Account: in.Account(), AsOf: asOf, Coverage: coverage}
	b.Identities = make([]*person.Identity, 0, len(byID))
	for id, g := range byID {
		b.Identities = append(b.Identities, p.identity(id, g.user, g.accounts))
	}
	b.Resources = append(slices.Collect(maps.Values(p.apps)), p.resource)
	return b
}

// group is what was read of one external user.
type group struct {
	user     User
	accounts []Account
}

func coverageOf(seen, orphans int, users List[User], accounts List[Account]) person.Coverage {
	c := person.Coverage{Seen: seen, Total: -1, Complete: users.Complete() && accounts.Complete() && orphans == 0}
	if users.Total >= 0 {
		c.Total = seen + max(0, users.Total-len(users.Items))
	}
	gap := func(what string, n int) {
		if n > 0 {
			c.Gaps = append(c.Gaps, what+": "+strconv.Itoa(n))
		}
	}
	gap("external users without a readable id", users.Dropped)
	gap("external users promised but not sent", users.Total-len(users.Items)-users.Dropped)
	gap("accounts without a readable id", accounts.Dropped)
	gap("accounts promised but not sent", accounts.Total-len(accounts.Items)-accounts.Dropped)
	gap("accounts that do not name their external user", orphans)
	if users.cut || accounts.cut {
		c.Gaps = append(c.Gaps, "the pages of a list ran in a circle")
	}
	c.GrantsComplete = c.Complete
	return c
}

// Identity converts one external user with all accounts of theirs, outside a
// whole reading. Its resources are its own.
func Identity(source person.SourceID, in Project, externalUserID string, user User, accounts []Account) *person.Identity {
	return newProject(source, in, false).identity(externalUserID, user, accounts)
}

func (p *project) identity(externalUserID string, user User, records []Account) *person.Identity {
	accounts := convertAccounts(records)
	return &person.Identity{
		Key:    person.Key{System: person.Pipedream, Account: p.Account(), ID: externalUserID},
		Source: p.source, CreatedAt: user.CreatedAt.Time, Grants: p.grants(accounts),
		Pipedream: &person.PipedreamUser{
			ExternalUserID: externalUserID, UserID: string(user.ID), ProjectID: p.ID, Environment: p.Environment, Accounts: accounts,
		},
	}
}

// convertAccounts orders by app, then newest first, then id. A record met twice counts once.
func convertAccounts(records []Account) []person.PipedreamAccount {
	accounts := make([]person.PipedreamAccount, 0, len(records))
	for _, r := range records {
		accounts = append(accounts, r.convert())
	}
	slices.SortFunc(accounts, func(a, b person.PipedreamAccount) int {
		return cmp.Or(strings.Compare(a.AppSlug, b.AppSlug), b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(accounts, func(a, b person.PipedreamAccount) bool { return a.ID == b.ID })
}

func (a Account) convert() person.PipedreamAccount {
	app := a.App.Value
	out := person.PipedreamAccount{
		ID: string(a.ID), Name: string(a.Name), AppSlug: string(app.NameSlug), AppName: string(app.Name), AuthType: string(app.AuthType),
		Healthy: a.Healthy.Ptr(), Dead: a.Dead.Ptr(), CreatedAt: a.CreatedAt.Time, UpdatedAt: a.UpdatedAt.Time,
		ExpiresAt: a.ExpiresAt.Time, LastRefreshedAt: a.LastRefreshedAt.Time, NextRefreshAt: a.NextRefreshAt.Time,
	}
	for _, scope := range a.AuthorizedScopes.Items {
		out.AuthorizedScopes = append(out.AuthorizedScopes, string(scope))
	}
	return out
}

// The roles that grants show: the vendor has no word for either.
const (
	roleExternalUser = "external_user"
	roleDead         = "dead"
)

// grants gives the project, and each app with an account. Where every account of
// an app is dead the grant says so, for it reaches nothing until reconnected.
func (p *project) grants(accounts []person.PipedreamAccount) []person.Grant {
	grants := []person.Grant{{Resource: p.resource, Level: person.LevelOther, Role: roleExternalUser}}
	at := map[*person.Resource]int{}
	for _, a := range accounts {
		app := p.app(a)
		if app == nil {
			continue
		}
		i, met := at[app]
		if !met {
			i = len(grants)
			at[app] = i
			grants = append(grants, person.Grant{Resource: app, Level: person.LevelOther, Role: roleDead})
		}
		if a.Dead == nil || !*a.Dead {
			grants[i].Level, grants[i].Role = person.LevelMember, ""
		}
	}
	slices.SortFunc(grants, func(a, b person.Grant) int { return a.Resource.Key.Compare(b.Resource.Key) })
	return grants
}

// app is the resource of an account's app; nil when the account names none. Its
// key is the slug, or the name where an old answer has that alone.
func (p *project) app(a person.PipedreamAccount) *person.Resource {
	id := cmp.Or(a.AppSlug, a.AppName)
	if id == "" {
		return nil
	}
	r, ok := p.apps[id]
	if !ok {
		r = p.newResource(person.ResourceConnectedApp, id, cmp.Or(a.AppName, id), p.resource)
		p.apps[id] = r
	}
	return r
}

// convert names the type by the emitter that was asked for where the record does
// not name it.
func (t trigger) convert(emitter string) person.DeployedTrigger {
	return person.DeployedTrigger{
		ID: string(t.ID), Name: string(t.Name), Type: cmp.Or(string(t.Type), emitter), ComponentKey: string(t.ComponentKey),
		Active: t.Active.Ptr(), Accounts: t.Props, CreatedAt: t.CreatedAt.Time, UpdatedAt: t.UpdatedAt.Time,
	}
}
