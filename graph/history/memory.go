package history

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Memory is a Store that forgets. Its zero value is empty.
type Memory struct {
	mu      sync.Mutex
	known   map[person.SourceID]*recorded
	changes []Change
}

type recorded struct {
	observed time.Time
	whole    bool
	facts    map[person.Key]Fact
}

func (m *Memory) KnownSince(_ context.Context, source person.SourceID) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.known[source]; k != nil {
		return k.observed, nil
	}
	return time.Time{}, nil
}

func (m *Memory) Known(_ context.Context, source person.SourceID) (Known, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := Known{Source: source}
	if k := m.known[source]; k != nil {
		out.Observed, out.Whole = k.observed, k.whole
		for _, f := range k.facts {
			out.Facts = append(out.Facts, f)
		}
	}
	return out, nil
}

func (m *Memory) AppendChanges(_ context.Context, r Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.known[r.Source]
	if k == nil {
		k = &recorded{facts: make(map[person.Key]Fact)}
	}
	if !k.observed.Equal(r.Since) {
		return ErrRecorded
	}
	if m.known == nil {
		m.known = make(map[person.SourceID]*recorded)
	}
	m.known[r.Source] = k
	k.observed, k.whole = r.Observed, r.Whole
	for _, f := range r.Facts {
		k.facts[f.Key] = f
	}
	for _, c := range r.Changes {
		c.Seq = int64(len(m.changes)) + 1
		m.changes = append(m.changes, c)
	}
	return nil
}

func (m *Memory) Changes(_ context.Context, p Page) (found []Change, more bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range slices.Backward(m.changes) {
		if p.Before != 0 && c.Seq >= p.Before || !p.Filter.fits(c) {
			continue
		}
		if len(found) == p.Limit {
			return found, true, nil
		}
		found = append(found, c)
	}
	return found, false, nil
}

func (f Filter) fits(c Change) bool {
	someone := len(f.People) == 0 && len(f.Identities) == 0 || slices.Contains(f.People, c.Person) ||
		c.OldPerson != (person.ID{}) && slices.Contains(f.People, c.OldPerson) || slices.Contains(f.Identities, c.Identity)
	return someone && (f.Source == "" || f.Source == c.Source) && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, c.Kind)) &&
		!c.Observed.Before(f.From) && (f.To.IsZero() || c.Observed.Before(f.To))
}
