package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// ConnectedAccount is a Pipedream account as its user's workflows see it.
type ConnectedAccount struct {
	user      PipedreamUser
	raw       *person.PipedreamAccount
	effective bool
}

// AccountHealth says whether a connected account works.
type AccountHealth uint8

// The healths of connected accounts.
const (
	AccountUnknown AccountHealth = iota
	AccountHealthy
	AccountUnhealthy
	AccountDead
)

// Connected lists the accounts, of one app unless app is nil, by app and newest first.
func (u PipedreamUser) Connected(app *string) []ConnectedAccount {
	var out []ConnectedAccount
	for i := range u.user.Accounts {
		a := &u.user.Accounts[i]
		// Accounts stand by app, newest first: the first of each app is the one in effect.
		effective := i == 0 || u.user.Accounts[i-1].AppSlug != a.AppSlug
		if app == nil || *app == a.AppSlug {
			out = append(out, ConnectedAccount{user: u, raw: a, effective: effective})
		}
	}
	return out
}

// Effective is the account that a workflow uses for app, whatever its health; nil when there is none.
func (u PipedreamUser) Effective(app string) *ConnectedAccount {
	if of := u.Connected(&app); len(of) > 0 {
		return &of[0]
	}
	return nil
}

func (a ConnectedAccount) AccountID() string     { return a.raw.ID }
func (a ConnectedAccount) Name() *string         { return optional.Text(a.raw.Name) }
func (a ConnectedAccount) App() *string          { return optional.Text(a.raw.AppSlug) }
func (a ConnectedAccount) AppName() *string      { return optional.Text(a.raw.AppName) }
func (a ConnectedAccount) AuthType() *string     { return optional.Text(a.raw.AuthType) }
func (a ConnectedAccount) IsEffective() bool     { return a.effective }
func (a ConnectedAccount) CreatedAt() *time.Time { return optional.Instant(a.raw.CreatedAt) }
func (a ConnectedAccount) UpdatedAt() *time.Time { return optional.Instant(a.raw.UpdatedAt) }
func (a ConnectedAccount) ExpiresAt() *time.Time { return optional.Instant(a.raw.ExpiresAt) }
func (a ConnectedAccount) LastRefreshedAt() *time.Time {
	return optional.Instant(a.raw.LastRefreshedAt)
}
func (a ConnectedAccount) NextRefreshAt() *time.Time { return optional.Instant(a.raw.NextRefreshAt) }

// AuthorizedScopes is never nil.
func (a ConnectedAccount) AuthorizedScopes() []string {
	if a.raw.AuthorizedScopes == nil {
		return []string{}
	}
	return a.raw.AuthorizedScopes
}

// Health is dead before unhealthy before healthy; what the vendor leaves out is unknown.
func (a ConnectedAccount) Health() AccountHealth {
	switch {
	case a.raw.Dead != nil && *a.raw.Dead:
		return AccountDead
	case a.raw.Healthy == nil:
		return AccountUnknown
	case *a.raw.Healthy:
		return AccountHealthy
	}
	return AccountUnhealthy
}
