package directory

import (
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// absentSources lists the sources that a filter wants people to be absent from.
// Unknown is not absent: it refuses while one of them is down or not completely
// read.
func (s *Snapshot) absentSources(f *PeopleFilter, now time.Time) ([]person.SourceID, error) {
	var sources []person.SourceID
	for _, system := range f.AbsentIn {
		before := len(sources)
		for i := range s.sources {
			if s.sources[i].System == system {
				sources = append(sources, s.sources[i].ID)
			}
		}
		if len(sources) == before {
			return nil, fault.New(fault.BadUserInput, "No source of %s is configured, so nobody's absence from it can be known.", system)
		}
	}
	sources = append(sources, f.AbsentInSources...)
	for _, id := range sources {
		if err := s.knowsAbsence(id, now); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// knowsAbsence tells whether who is not in a configured source is not there.
func (s *Snapshot) knowsAbsence(id person.SourceID, now time.Time) error {
	n, _ := s.source(id)
	state, batch := &s.sources[n], s.batches[id]
	why := ""
	switch {
	case batch == nil && state.Health == person.HealthPending:
		why = "it has not been read yet"
	case batch == nil || state.Health == person.HealthUnavailable:
		why = "it cannot be read"
	case state.Health == person.HealthDegraded:
		why = "its last reading failed"
	case !batch.Coverage.Complete:
		why = "it has only been read in part"
	default:
		return nil
	}
	err := fault.New(fault.SourceUnavailable,
		"Who is absent from %s cannot be told: %s. Ask again later, or leave it out of the filter.", id, why)
	err.Source = string(id)
	if wait := state.RetryAt.Sub(now); !now.IsZero() && wait > 0 {
		err.RetryAfter = wait
	}
	return err
}
