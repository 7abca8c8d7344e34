package contract_test

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdream "github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

// pipedreamFacts is the oracle of one environment.
func pipedreamFacts(account string, env simdream.Environment) *facts {
	f := newFacts()
	key := func(kind person.ResourceKind, id string) person.ResourceKey {
		return person.ResourceKey{System: person.Pipedream, Account: account, Kind: kind, ID: id}
	}
	project := key(person.ResourceProject, account)
	f.resources[project] = account
	who := func(id string) person.Key { return person.Key{System: person.Pipedream, Account: account, ID: id} }
	for _, u := range env.Users {
		f.identities[who(u.ExternalID)] = person.StateActive
		f.grants[grant{who(u.ExternalID), project}] = "external_user"
	}
	for _, a := range env.Accounts {
		app := key(person.ResourceConnectedApp, a.App.NameSlug)
		f.resources[app] = a.App.Name
		g := grant{who(a.ExternalID), app}
		if _, met := f.grants[g]; !met {
			f.grants[g] = "dead"
		}
		if a.Dead == nil || !*a.Dead {
			f.grants[g] = ""
		}
	}
	return f
}

func TestPipedreamReadingIsWhole(t *testing.T) {
	t.Parallel()
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			st := play(t, setting{sim: sim.Options{World: world(), Pipedream: simdream.Options{RequireEnvironment: true}}})
			b := reading(t, collect.NewPipedream(dream, st.pipedream))
			env := st.production()
			account := st.pipedream.Project().Account()
			pipedreamFacts(account, env).compare(t, b)
			st.known(t, b)
			if c := b.Coverage; !c.Complete || c.Seen != len(env.Users) || c.Total != len(env.Users) || len(c.Gaps) != 0 {
				t.Errorf("coverage %+v of %d users", c, len(env.Users))
			}
			accounts := 0
			for _, i := range b.Identities {
				accounts += len(i.Pipedream.Accounts)
			}
			if accounts != len(env.Accounts) {
				t.Errorf("%d accounts of %d", accounts, len(env.Accounts))
			}
			holdsNone(t, b, "never-show", "invalid_grant") // all credentials, keys and prose of the world
			st.faithful(t)

			used, pages := st.PipedreamServer.Usage(), func(n int) int { return (n + 99) / 100 }
			if used.ByRoute["GET /users"] != pages(len(env.Users)) || used.ByRoute["GET /accounts"] != pages(len(env.Accounts)) || used.ByRoute["POST /v1/oauth/token"] != 1 {
				t.Errorf("calls %v for %d users and %d accounts", used.ByRoute, len(env.Users), len(env.Accounts))
			}
			if n := st.gate.admitted(); n != used.Requests-1 {
				t.Errorf("%d admitted of %d requests, one of which is for the token", n, used.Requests)
			}
		})
	}
}
