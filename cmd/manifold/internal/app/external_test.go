package app_test

import (
	"slices"
	"testing"
	"time"

	sim "github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

const externalUser = `query($id: String!, $source: String, $app: String, $one: String! = "slack", $live: Boolean = false) {
	person(by: {pipedreamUser: {externalUserId: $id, source: $source}}) { pipedreamUsers {
		externalUserId environment
		accounts(first: 100, app: $app) { totalCount nodes { accountId name app health isEffective createdAt authorizedScopes } }
		effectiveAccount(app: $one) { accountId health }
		deployedTriggers @include(if: $live) { triggerId type isActive } } } }`

// external asks for one external user of production.
func (s *stage) external(id string, variables ...any) any {
	s.t.Helper()
	r := s.ask(externalUser, append(variables, "id", id, "source", "pipedream-production")...)
	for _, u := range items(r.Data, "person", "pipedreamUsers") {
		if text(u, "externalUserId") == id && text(u, "environment") == "production" {
			return u
		}
	}
	s.t.Errorf("the external user %q is missing", id)
	return nil
}

func accountsOf(env sim.Environment, external string) []sim.Account {
	var own []sim.Account
	for _, a := range env.Accounts {
		if a.ExternalID == external {
			own = append(own, a)
		}
	}
	return own
}

func TestExternalUsersWithAccounts(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	project := s.world.World.Pipedream.Projects[0]
	for environment, env := range map[string]sim.Environment{"production": project.Production, "development": project.Development} {
		got := s.identities("pipedream-" + environment)
		if len(got) != len(env.Users) {
			t.Errorf("%s has %d external users, want %d", environment, len(got), len(env.Users))
		}
		for _, u := range env.Users {
			if user := got[u.ExternalID]; text(user, "externalUserId") != u.ExternalID || text(user, "projectId") != project.ID || text(user, "environment") != environment {
				t.Errorf("the external user %q is %v", u.ExternalID, user)
			}
		}
	}
	for _, u := range project.Production.Users[:20] {
		want := accountsOf(project.Production, u.ExternalID)
		user := s.external(u.ExternalID)
		accounts := items(user, "accounts", "nodes")
		if len(accounts) != len(want) || dig(user, "accounts", "totalCount") != float64(len(want)) {
			t.Errorf("%q has %d accounts, want %d", u.ExternalID, len(accounts), len(want))
		}
		for _, a := range want {
			i := slices.IndexFunc(accounts, func(x any) bool { return text(x, "accountId") == a.ID })
			if i < 0 || text(accounts[i], "app") != a.App.NameSlug || a.Name != nil && text(accounts[i], "name") != *a.Name ||
				text(accounts[i], "health") != healthOf(a) {
				t.Errorf("%q lacks the account %+v: %v", u.ExternalID, a, accounts)
			}
		}
		if len(want) > 0 {
			app := want[0].App.NameSlug
			for _, a := range items(s.external(u.ExternalID, "app", app), "accounts", "nodes") {
				if text(a, "app") != app {
					t.Errorf("asked for %s and got %v", app, a)
				}
			}
		}
	}
	if reads := s.world.PipedreamServer.Usage().CredentialReads; reads != 0 {
		t.Errorf("credentials were asked for %d times", reads)
	}
}

func healthOf(a sim.Account) string {
	switch {
	case a.Dead != nil && *a.Dead:
		return "DEAD"
	case !a.Healthy:
		return "UNHEALTHY"
	}
	return "HEALTHY"
}

func TestEffectiveAccountNewestWins(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	env := s.world.World.Pipedream.Projects[0].Production
	twice := 0
	for _, u := range env.Users {
		newest, count := map[string]sim.Account{}, map[string]int{}
		for _, a := range accountsOf(env, u.ExternalID) {
			count[a.App.NameSlug]++
			if a.CreatedAt.After(newest[a.App.NameSlug].CreatedAt) {
				newest[a.App.NameSlug] = a
			}
		}
		for app, want := range newest {
			if count[app] < 2 {
				continue
			}
			twice++
			user := s.external(u.ExternalID, "one", app, "app", app)
			if text(user, "effectiveAccount", "accountId") != want.ID || text(user, "effectiveAccount", "health") != healthOf(want) {
				t.Errorf("%q uses %v for %s, want %s", u.ExternalID, dig(user, "effectiveAccount"), app, want.ID)
			}
			previous := time.Time{}
			for i, a := range items(user, "accounts", "nodes") {
				if (dig(a, "isEffective") == true) != (i == 0) {
					t.Errorf("account %d of %q is effective: %v", i, u.ExternalID, a)
				}
				at, err := time.Parse(time.RFC3339, text(a, "createdAt"))
				if err != nil || i > 0 && at.After(previous) {
					t.Errorf("accounts of %q are not newest first: %v", u.ExternalID, err)
				}
				previous = at
			}
		}
	}
	if twice == 0 {
		t.Error("nobody connected an app twice, so this shows nothing")
	}
	if none := s.external(env.Users[0].ExternalID, "one", "no_such_app"); dig(none, "effectiveAccount") != nil {
		t.Errorf("an app that is not connected is answered with %v", none)
	}
}

func TestDeployedTriggers(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	env := s.world.World.Pipedream.Projects[0].Production
	want := map[string][]string{}
	for _, trigger := range env.Triggers {
		want[trigger.ExternalID] = append(want[trigger.ExternalID], trigger.ID)
	}
	if len(want) == 0 {
		t.Fatal("nothing runs in this world")
	}
	for external, ids := range want {
		var got []string
		for _, trigger := range items(s.external(external, "live", true), "deployedTriggers") {
			got = append(got, text(trigger, "triggerId"))
		}
		if slices.Sort(ids); !slices.Equal(got, ids) {
			t.Errorf("%q runs %v, want %v", external, got, ids)
		}
	}
	before := s.callCount()
	for external := range want {
		s.external(external, "live", true)
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("asking again took %d calls", n)
	}
}
