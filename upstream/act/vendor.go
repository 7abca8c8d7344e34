// Package act does what was decided: it runs the steps of actions at the vendors,
// each at most once at a time and never again before a reading has shown that it
// had no effect. What it is told to do, and what came of it, lies in an
// action.Store, so that any replica can go on where another one stopped.
package act

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// Vendor is one source as acts need it. Its methods are safe for concurrent use.
// Errors are *wire.Failure, *fault.Error, or wrap one. known is what the directory
// holds of the step's target; nil when that is nothing.
type Vendor interface {
	// Look reads how things stand for a step, live. It changes nothing.
	Look(ctx context.Context, w collect.Work, s action.Step, known *person.Identity) (Sight, error)
	// Do makes the step's one call. seen is what Look found just before. An error whose
	// wire.Failure is Ambiguous leaves open whether it had an effect; any other one says that
	// it had none.
	Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, seen Sight) (Effect, error)
}

// Standing is how things stand for a step.
type Standing uint8

// The standings. NotSo is as before the step, So is as after it. Missing: what the
// step would change is not there, and it is not the step's aim that it is gone.
// Unknown: only doing it tells.
const (
	Unknown Standing = iota
	NotSo
	So
	Missing
)

// Sight is what Look found.
type Sight struct {
	Standing Standing
	// Before says how things stand in a word: "active", "admin", "gone"; "" where that is not known.
	Before string
	// Changes bring the picture up to what was seen.
	Changes []directory.Change
	// Hint is for the same Vendor's Do.
	Hint any
}

// Effect is what Do brought about.
type Effect struct {
	// Already says that it was so before.
	Already bool
	// After says how things stand now, in a word.
	After string
	// Changes let the picture follow at once.
	Changes []directory.Change
	// Check asks for another Look, for the vendor's word alone has been wrong.
	Check bool
	// Doubt asks for a reading of the whole source, soon: more has changed than Changes tell.
	Doubt bool
}

// Clock tells the time.
type Clock func() time.Time
