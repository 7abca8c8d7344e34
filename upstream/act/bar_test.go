package act_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/act"
)

// Whoever has become the last administrator since it was decided stays, and the report says why.
func TestTheLastAdministratorByNowStays(t *testing.T) {
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	key := person.Key{System: person.Pipedrive, Account: "7001", ID: "1"}
	company := &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"}, Source: "x"}
	p := picture{directory.Build(directory.Input{
		Linker: linker, PersonID: func(person.Key) person.ID { return person.ID{1} },
		Sources: []person.SourceState{{ID: "x", System: person.Pipedrive, Account: "7001", Health: person.HealthOK}},
		Batches: []person.Batch{{Source: "x", System: person.Pipedrive, Account: "7001", Resources: []*person.Resource{company}, Identities: []*person.Identity{{
			Key: key, Source: "x", Grants: []person.Grant{{Resource: company, Level: person.LevelAdmin}}, Pipedrive: &person.PipedriveUser{ActiveFlag: true},
		}}}},
	})}
	synctest.Test(t, func(t *testing.T) {
		store, v := action.NewMemory(), newVendor(func() int { return 0 })
		a := decided(time.Now(), rand.New(rand.NewPCG(1, 2)), action.Step{Kind: action.Deactivate, Target: key, Person: person.ID{1}, Leads: true})
		if _, _, err := store.Create(t.Context(), a, action.Key{}); err != nil {
			t.Fatal(err)
		}
		if _, err := act.New(store, map[person.SourceID]act.Vendor{"x": v}, p, costs, act.Options{}).Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := store.Get(t.Context(), a.ID)
		if err != nil || got.Steps[0].State != action.StepFailed || got.Steps[0].Code != "CONFLICT" || len(v.calls) > 0 || len(got.Holds) > 0 {
			t.Errorf("%+v after %d calls, holding %v: %v", got.Steps[0], len(v.calls), got.Holds, err)
		}
	})
}
