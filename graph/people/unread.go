package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// Unknown is not absent: what is not found may be in a source that has never
// been read, and then nobody may say that it is nowhere.

// unread refuses while a source has never been read, of one system, or of any
// when system is 0; named narrows it to one source.
func (s *Service) unread(v directory.View, system person.System, named *string) error {
	for _, src := range v.Sources() {
		if src.Freshness() != nil || system != 0 && src.System() != system || named != nil && src.Name() != *named {
			continue
		}
		return s.neverRead(src.State())
	}
	return nil
}

// askedOf refuses when all that a filter asks for is in what has never been read:
// one of the sources that it names, or every source of a system that it names.
func (s *Service) askedOf(v directory.View, systems []person.System, names []string) error {
	for _, name := range names {
		if err := s.unread(v, 0, &name); err != nil {
			return err
		}
	}
	for _, system := range systems {
		if err := s.noneRead(v, system); err != nil {
			return err
		}
	}
	return nil
}

// noneRead refuses when no source of a system has been read.
func (s *Service) noneRead(v directory.View, system person.System) error {
	var first *person.SourceState
	for _, src := range v.Sources() {
		if system != 0 && src.System() != system {
			continue
		}
		if src.Freshness() != nil {
			return nil
		}
		if first == nil {
			state := src.State()
			first = &state
		}
	}
	if first == nil {
		return nil
	}
	return s.neverRead(*first)
}

// nothingRead refuses while no source at all has been read: a list would be
// empty, and empty means that there is nobody.
func (s *Service) nothingRead(v directory.View) error {
	return s.noneRead(v, 0)
}

func (s *Service) neverRead(state person.SourceState) error {
	f := fault.New(fault.SourceUnavailable, "%s has not been read yet, so nobody knows what is in it. Ask again.", state.ID)
	if state.Reason != "" {
		f.Message = string(state.ID) + " has never been read, so nobody knows what is in it: " + state.Reason
	}
	f.Source = string(state.ID)
	f.RetryAfter = max(state.RetryAt.Sub(s.now()), time.Second)
	return f
}
