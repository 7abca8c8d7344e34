package directory

import (
	"github.com/manifold-graph/manifold/graph/person"
)

// Source is one configured account of a system.
type Source struct {
	v View
	n int32
}

// ID is the source's configured name.
func (s Source) ID() person.SourceID { return s.state().ID }

// System is which system it is of.
func (s Source) System() person.System { return s.state().System }

// State is what is known of it; its slices are read-only.
func (s Source) State() person.SourceState { return *s.state() }

// state of a source that is not configured any more is the zero state.
func (s Source) state() *person.SourceState {
	if s.n < 0 {
		return &person.SourceState{}
	}
	return &s.v.s.sources[s.n]
}

// Freshness is how old its facts are; nil until it has been read once.
func (s Source) Freshness() *person.Freshness {
	b := s.v.s.batches[s.ID()]
	if b == nil {
		return nil
	}
	f := person.Freshness{ObservedAt: b.AsOf}
	f.IsStale, f.Reason = staleness(s.state())
	return &f
}

// Coverage is how much of it has been seen, by the reading that is served; nil
// until there was one.
func (s Source) Coverage() *person.Coverage {
	b := s.v.s.batches[s.ID()]
	if b == nil {
		return nil
	}
	return &b.Coverage
}

// CredentialOwner is the identity whose credential reads it; nil where there is
// none, or none is known.
func (s Source) CredentialOwner() *Identity {
	k := s.state().CredentialOwner
	if k.IsZero() {
		return nil
	}
	i, ok := s.v.Identity(k)
	if !ok {
		return nil
	}
	return &i
}

// staleness tells whether facts of a source are older than they should be: its
// last reading failed, or none has ended since the start.
func staleness(state *person.SourceState) (stale bool, reason string) {
	switch {
	case state.Health == person.HealthOK:
		return false, ""
	case state.Reason != "":
		return true, state.Reason
	case state.Health == person.HealthPending:
		return true, "The source has not been read since the start."
	}
	return true, "The last reading of the source failed."
}
