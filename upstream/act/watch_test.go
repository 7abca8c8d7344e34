package act

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Whoever comes back is found: with the account of before, with a new one beside it, or with a new one where nothing of
// before is left; and nobody else is.
func TestWhoComesBackIsFound(t *testing.T) {
	left := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	company := &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"}, Source: "pd"}
	organization := &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourceOrganization, ID: "301"}, Source: "pf"}
	drive := func(id, email string, state person.State) *person.Identity {
		return &person.Identity{
			Key: person.Key{System: person.Pipedrive, Account: "7001", ID: id}, Source: "pd", Email: email, EmailVerified: true, State: state,
			Grants: []person.Grant{{Resource: company, Level: person.LevelMember}}, Pipedrive: &person.PipedriveUser{ActiveFlag: state == person.StateActive},
		}
	}
	fy := func(id, email string, in ...*person.Resource) *person.Identity {
		i := &person.Identity{Key: person.Key{System: person.Pipefy, Account: "301", ID: id}, Source: "pf", Email: email, EmailVerified: true, Pipefy: &person.PipefyUser{UserID: id}}
		for _, r := range in {
			i.Grants = append(i.Grants, person.Grant{Resource: r, Level: person.LevelMember})
		}
		return i
	}
	ann, annFy := drive("1", "ann@acme.example", person.StateInactive), fy("901", "ann@acme.example")
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	// A person is called after the number of their smallest account.
	named := func(k person.Key) person.ID { return person.ID{byte(k.System), k.ID[0], k.ID[len(k.ID)-1]} }
	whom := named(ann.Key)
	for name, tc := range map[string]struct {
		there []*person.Identity
		at    time.Time
		want  string
	}{
		"nothing has changed":                       {[]*person.Identity{ann, annFy}, left.Add(time.Hour), ""},
		"the account is active again":               {[]*person.Identity{drive("1", "ann@acme.example", person.StateActive), annFy}, left.Add(time.Hour), "1"},
		"it was read before she left":               {[]*person.Identity{drive("1", "ann@acme.example", person.StateActive), annFy}, left.Add(-time.Hour), ""},
		"she is a member again":                     {[]*person.Identity{ann, fy("901", "ann@acme.example", organization)}, left.Add(time.Hour), "901"},
		"she was invited anew":                      {[]*person.Identity{ann, fy("977", "ann@acme.example", organization)}, left.Add(time.Hour), "977"},
		"a new account that opens nothing":          {[]*person.Identity{ann, fy("977", "ann@acme.example")}, left.Add(time.Hour), ""},
		"nothing of before is left but the address": {[]*person.Identity{fy("977", "Ann@Acme.example", organization)}, left.Add(time.Hour), "977"},
		"somebody else joins":                       {[]*person.Identity{ann, annFy, drive("2", "bob@acme.example", person.StateActive)}, left.Add(time.Hour), ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := directory.Input{At: tc.at, Linker: linker, PersonID: named, Sources: []person.SourceState{
				{ID: "pd", System: person.Pipedrive, Account: "7001", AsOf: tc.at, Health: person.HealthOK}, {ID: "pf", System: person.Pipefy, Account: "301", AsOf: tc.at, Health: person.HealthOK},
			}, Batches: []person.Batch{
				{Source: "pd", System: person.Pipedrive, Account: "7001", AsOf: tc.at, Resources: []*person.Resource{company}},
				{Source: "pf", System: person.Pipefy, Account: "301", AsOf: tc.at, Resources: []*person.Resource{organization}},
			}}
			for _, i := range tc.there {
				n := 0
				if i.Key.System == person.Pipefy {
					n = 1
				}
				in.Batches[n].Identities = append(in.Batches[n].Identities, i)
			}
			step := func(kind action.StepKind, i *person.Identity, place person.ResourceKey) action.Step {
				return action.Step{Kind: kind, Source: i.Source, Target: i.Key, Person: whom, Place: place, Address: i.Email, State: action.StepDone, EndedAt: left}
			}
			a := action.Action{Steps: []action.Step{
				step(action.Deactivate, ann, person.ResourceKey{}), step(action.RemoveFromOrganization, annFy, organization.Key),
			}}
			found := returns(directory.Build(in).View(access.Principal{}), a)
			got := ""
			for _, f := range found {
				got += f.key.ID
			}
			if got != tc.want {
				t.Errorf("found %q, not %q", got, tc.want)
			}
		})
	}
}
