package pipedream

import (
	"errors"
	"fmt"
	"slices"
)

// environment is an Environment with its lists in order of id and what belongs to each user.
type environment struct {
	users      keyset[*user]
	byExternal map[string]*user
	accounts   keyset[*Account]
	triggers   keyset[*Trigger]
}

// user is an external user with what hangs on them.
type user struct {
	ExternalUser
	accounts keyset[*Account]
	triggers keyset[*Trigger]
}

// externalIDLimit is the documented length of an external_user_id.
const externalIDLimit = 250

func newEnvironment(data Environment) (*environment, error) {
	e := &environment{byExternal: make(map[string]*user, len(data.Users))}
	users := make([]*user, len(data.Users))
	for i, u := range data.Users {
		if u.ExternalID == "" || len([]rune(u.ExternalID)) > externalIDLimit {
			return nil, fmt.Errorf("the external id of %s is empty or longer than %d characters", u.ID, externalIDLimit)
		}
		if e.byExternal[u.ExternalID] != nil {
			return nil, fmt.Errorf("external id %q is repeated", u.ExternalID)
		}
		users[i] = &user{ExternalUser: u}
		e.byExternal[u.ExternalID] = users[i]
	}
	accounts := make([]*Account, len(data.Accounts))
	for i := range data.Accounts {
		accounts[i] = &data.Accounts[i]
	}
	triggers := make([]*Trigger, len(data.Triggers))
	for i := range data.Triggers {
		triggers[i] = &data.Triggers[i]
	}
	e.users, e.accounts, e.triggers = newKeyset(users), newKeyset(accounts), newKeyset(triggers)
	if err := errors.Join(distinct(e.users), distinct(e.accounts), distinct(e.triggers)); err != nil {
		return nil, err
	}
	for _, a := range e.accounts.items {
		u := e.byExternal[a.ExternalID]
		if u == nil || a.App == nil {
			return nil, fmt.Errorf("account %s has no app or belongs to unknown external user %q", a.ID, a.ExternalID)
		}
		u.accounts.items = append(u.accounts.items, a)
	}
	for _, t := range e.triggers.items {
		u := e.byExternal[t.ExternalID]
		if u == nil {
			return nil, fmt.Errorf("trigger %s belongs to unknown external user %q", t.ID, t.ExternalID)
		}
		u.triggers.items = append(u.triggers.items, t)
	}
	return e, nil
}

func distinct[T record](k keyset[T]) error {
	for i, r := range k.items {
		if r.key() == "" || i > 0 && k.items[i-1].key() == r.key() {
			return fmt.Errorf("id %q is empty or repeated", r.key())
		}
	}
	return nil
}

// copyOut lists everything in order of id.
func (e *environment) copyOut() Environment {
	var out Environment
	for _, u := range e.users.items {
		out.Users = append(out.Users, u.ExternalUser)
	}
	for _, a := range e.accounts.items {
		out.Accounts = append(out.Accounts, a.clone())
	}
	for _, t := range e.triggers.items {
		out.Triggers = append(out.Triggers, t.clone())
	}
	return out
}

// dropAccount removes the account and the triggers that use it.
func (e *environment) dropAccount(a *Account) {
	u := e.byExternal[a.ExternalID]
	e.accounts.remove(a.ID)
	u.accounts.remove(a.ID)
	for _, t := range slices.Clone(u.triggers.items) {
		if slices.Contains(t.AccountIDs, a.ID) {
			e.dropTrigger(t)
		}
	}
}

func (e *environment) dropTrigger(t *Trigger) {
	e.triggers.remove(t.ID)
	e.byExternal[t.ExternalID].triggers.remove(t.ID)
}

// dropUser removes the user with every account and trigger.
func (e *environment) dropUser(u *user) {
	e.accounts.removeAll(func(a *Account) bool { return a.ExternalID == u.ExternalID })
	e.triggers.removeAll(func(t *Trigger) bool { return t.ExternalID == u.ExternalID })
	e.users.remove(u.ID)
	delete(e.byExternal, u.ExternalID)
}

// dropApp removes every account of an app, whosever it is.
func (e *environment) dropApp(app string) {
	for _, a := range slices.Clone(e.accounts.items) {
		if a.App.is(app) {
			e.dropAccount(a)
		}
	}
}

// is tells whether app names this app, by slug or by id.
func (a *App) is(app string) bool {
	return app != "" && (a.NameSlug == app || a.ID == app)
}

func (a *App) slugOrID() string {
	if a.NameSlug != "" {
		return a.NameSlug
	}
	return a.ID
}
