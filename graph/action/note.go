package action

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Phase says when in a step's life a Note was written.
type Phase string

// The phases. Decided is written when an action is made, Intent before a call,
// Outcome after it, Withdrawn when somebody cancels, Found for a finding.
const (
	Decided   Phase = "DECIDED"
	Intent    Phase = "INTENT"
	Outcome   Phase = "OUTCOME"
	Withdrawn Phase = "WITHDRAWN"
	Found     Phase = "FOUND"
)

// Note is one entry of the audit log in the words of acts: the store makes of it
// what its chain needs. Secrets and vendor prose never enter. Email and the ids of
// identities are personal values; everything else is not.
type Note struct {
	Phase Phase
	At    time.Time
	Actor string
	// Client is the program that asked; "" where it did not say.
	Client string
	Act    Act
	Action ID
	// Step is the place in Action.Steps; -1 where the note is of the whole action.
	Step int
	Kind StepKind
	// State is the step's after the note.
	State    StepState
	Source   person.SourceID
	Person   person.ID
	Identity person.Key
	Place    person.ResourceKey
	Email    string
	Reason   string
	// Before and After are short words of closed vocabularies and vendors' role
	// names ("active", "inactive", "gone", "admin"); "" where not known.
	Before, After string
	// Code is the fault kind of a failure.
	Code      string
	RequestID string
	// Correlation are the vendors' own ids of the calls.
	Correlation []string
	// Calls and Tokens are what was spent since the last note of the step.
	Calls, Tokens int
}
