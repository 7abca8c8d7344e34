package action

import (
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// Going is what goes with a step's target.
type Going struct {
	// Accounts are connected accounts of Pipedream.
	Accounts []GoingAccount `json:",omitempty"`
	// Triggers are deployed for the external user. TriggersUnknown: they could not be read.
	Triggers        []GoingTrigger `json:",omitempty"`
	TriggersUnknown bool           `json:",omitempty"`
	// Pipes and Tables are those of Pipefy in which a membership is known.
	Pipes  []person.ResourceKey `json:",omitempty"`
	Tables []person.ResourceKey `json:",omitempty"`
	// CardAssignments go too; Pipefy does not list them, so nobody can count them.
	CardAssignments bool `json:",omitempty"`
}

// GoingAccount is one connected account. App is its slug.
type GoingAccount struct{ AccountID, App string }

// GoingTrigger is one deployed trigger. Type is the vendor's word.
type GoingTrigger struct{ TriggerID, Type string }

// goingOf is what goes when all of an identity goes, or all that is below its organization.
func goingOf(i directory.Identity) Going {
	var g Going
	raw := i.Raw()
	for _, grant := range raw.Grants {
		switch k := grant.Resource.Key; k.Kind {
		case person.ResourcePipe:
			g.Pipes = append(g.Pipes, k)
		case person.ResourceTable:
			g.Tables = append(g.Tables, k)
		}
	}
	if raw.Pipefy != nil {
		g.CardAssignments = true
	}
	if raw.Pipedream != nil {
		for _, a := range raw.Pipedream.Accounts {
			g.Accounts = append(g.Accounts, GoingAccount{a.ID, a.AppSlug})
		}
	}
	return g
}
