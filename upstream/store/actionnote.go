package store

import (
	"fmt"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/person"
)

// note writes what acts note into the audit log.
func (t *tx) note(notes []action.Note) error {
	for _, n := range notes {
		if err := t.append(recordOf(n)); err != nil {
			return err
		}
	}
	return nil
}

var phases = map[action.Phase]audit.Phase{
	action.Decided: audit.Note, action.Intent: audit.Intent, action.Outcome: audit.Outcome, action.Withdrawn: audit.Note, action.Found: audit.Note,
}

var results = map[action.StepState]audit.Result{
	action.StepDone: audit.Done, action.StepAlreadySo: audit.Already, action.StepFailed: audit.Failed, action.StepUncertain: audit.Uncertain,
	action.StepSkipped: audit.Skipped, action.StepCancelled: audit.Skipped,
}

// recordOf says in the words of the audit log what acts note.
func recordOf(n action.Note) audit.Record {
	r := audit.Record{
		Phase: phases[n.Phase], Act: string(n.Act), Actor: audit.Actor{Principal: n.Actor, Client: n.Client}, Person: n.Person, Source: n.Source, Place: n.Place,
		Action: n.Action.String(), Step: string(n.Phase), Request: n.RequestID, Correlations: n.Correlation, Code: n.Code,
		Personal: []audit.Value{{Name: audit.Reason, Text: n.Reason}, {Name: audit.Address, Text: n.Email}, {Name: audit.Before, Text: n.Before}, {Name: audit.After, Text: n.After}},
	}
	if n.Step >= 0 && n.Kind != "" {
		r.Step = fmt.Sprintf("%d %s", n.Step, n.Kind)
	}
	if n.Phase != action.Intent {
		r.Result = results[n.State]
	}
	if !n.Identity.IsZero() {
		r.Identities = []person.Key{n.Identity}
	}
	if n.Calls > 0 || n.Tokens > 0 {
		r.Costs = []audit.Cost{{Source: n.Source, Calls: n.Calls, Tokens: n.Tokens}}
	}
	return r
}
