package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/person"
)

// FactState says in one word how good a fact is.
type FactState uint8

// The states. What is OverBudget is old, or was never read, because the budget to read it anew is spent.
const (
	FactFresh FactState = iota
	FactStale
	FactUnavailable
	FactOverBudget
)

// String is the state as the graph spells it.
func (f FactState) String() string {
	return [...]string{"FRESH", "STALE", "UNAVAILABLE", "OVER_BUDGET"}[f]
}

// SourceState is how good what is shown of one source is.
type SourceState struct {
	Source directory.Source
	State  FactState
	// ObservedAt is the oldest fact's; zero where there is none.
	ObservedAt time.Time
	code       string
}

// Code is the fault behind a state that is not fresh; nil when it is.
func (s SourceState) Code() *string { return optional.Text(s.code) }

// StateOf is how good what is known of a source is.
func StateOf(s directory.Source) SourceState {
	out := SourceState{Source: s}
	f, code := s.Freshness(), s.State().Code
	switch {
	case f != nil && !f.IsStale:
		out.ObservedAt = f.ObservedAt
		return out
	case f != nil:
		out.ObservedAt, out.State = f.ObservedAt, FactStale
	default:
		out.State = FactUnavailable
	}
	if code == "" { // nothing has failed yet
		code = fault.SourceUnavailable.Code()
	}
	if code == fault.BudgetExhausted.Code() {
		out.State = FactOverBudget
	}
	out.code = code
	return out
}

// SourceStates says it of a person, source by source: by the oldest of their accounts there, and where they have none by the
// source itself, which is what their absence rests on.
func SourceStates(p directory.Person) []SourceState {
	oldest := make(map[person.SourceID]time.Time)
	for _, i := range p.Identities() {
		at, known := oldest[i.Raw().Source]
		if observed := i.Freshness().ObservedAt; !known || observed.Before(at) {
			oldest[i.Raw().Source] = observed
		}
	}
	sources := p.View().Sources()
	out := make([]SourceState, len(sources))
	for n, s := range sources {
		out[n] = StateOf(s)
		if at, ok := oldest[s.ID()]; ok {
			out[n].ObservedAt = at
		}
	}
	return out
}

// Age is how old a fact is, in whole seconds; nil where there is none.
func (s *Service) Age(observed time.Time) *int {
	if observed.IsZero() {
		return nil
	}
	return new(int(max(s.now().Sub(observed), 0) / time.Second))
}
