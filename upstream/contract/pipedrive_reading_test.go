package contract_test

import (
	"slices"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// pipedriveFacts is the oracle of a company: what the simulator's state means.
func pipedriveFacts(c *simdrive.Company, users []*simdrive.User) *facts {
	f := newFacts()
	account := digits(c.ID)
	key := func(kind person.ResourceKind, id string) person.ResourceKey {
		return person.ResourceKey{System: person.Pipedrive, Account: account, Kind: kind, ID: id}
	}
	company := key(person.ResourceCompany, account)
	f.resources[company] = c.Name
	for _, u := range users {
		who := person.Key{System: person.Pipedrive, Account: account, ID: digits(u.ID)}
		switch {
		case u.Deleted:
			f.identities[who] = person.StateErased
		case !u.Active:
			f.identities[who] = person.StateInactive
		case u.Invited:
			f.identities[who] = person.StateUnconfirmed
		default:
			f.identities[who] = person.StateActive
		}
		if u.Deleted || !u.Active {
			continue // reaches nothing
		}
		f.grants[grant{who, company}] = ""
		for _, a := range u.Access {
			if a.App != "global" {
				app := key(person.ResourceCompanyApp, a.App)
				f.resources[app], f.grants[grant{who, app}] = a.App, ""
			}
		}
	}
	return f
}

func TestPipedriveReadingIsWhole(t *testing.T) {
	t.Parallel()
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			st := play(t, setting{sim: sim.Options{World: world()}})
			reader := collect.NewPipedrive(drive, st.pipedrive, digits(st.company()))
			b := reading(t, reader)
			users := st.PipedriveServer.Users(st.company())
			pipedriveFacts(st.World.Pipedrive.Companies[0], users).compare(t, b)
			st.known(t, b)
			if c := b.Coverage; !c.Complete || c.Seen != len(users) || c.Total != len(users) || len(c.Gaps) != 0 {
				t.Errorf("coverage %+v of %d users", c, len(users))
			}
			for _, r := range b.Resources {
				if !r.MembersComplete {
					t.Errorf("an administrator does not see all of %v", r.Key)
				}
			}
			erased := slices.IndexFunc(users, func(u *simdrive.User) bool { return u.Deleted })
			holdsNone(t, b, "+372555", users[erased].Email) // every phone begins so

			// Whose token it is was asked once: 2 tokens. The list costs 20 at any size.
			if spent := st.PipedriveServer.Usage().Tokens[st.company()]; spent != 22 {
				t.Errorf("the first reading cost %d tokens", spent)
			}
			reading(t, reader)
			if spent := st.PipedriveServer.Usage().Tokens[st.company()]; spent != 42 {
				t.Errorf("two readings cost %d tokens", spent)
			}
		})
	}
}

// TestPipedriveReadingOfAnotherCompany stops after the 2 tokens that show it.
func TestPipedriveReadingOfAnotherCompany(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	if _, err := collect.NewPipedrive(drive, st.pipedrive, "7002").Read(t.Context()); err == nil {
		t.Error("a token of another company was taken")
	}
	if spent := st.PipedriveServer.Usage().Tokens[st.company()]; spent != 2 {
		t.Errorf("%d tokens", spent)
	}
}
