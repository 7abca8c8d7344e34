package action

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Memory is a Store that forgets when the process ends. It is complete: what it
// lacks is only that others can read it.
type Memory struct {
	mu       sync.Mutex
	actions  map[ID]*kept
	keys     map[[2]string]keyed
	locks    map[string]ID
	notes    []Note
	findings []Finding
}

type kept struct {
	Action
	holder string
	until  time.Time
	fence  int64
}

type keyed struct {
	input [32]byte
	id    ID
}

// NewMemory makes an empty Memory.
func NewMemory() *Memory {
	return &Memory{actions: map[ID]*kept{}, keys: map[[2]string]keyed{}, locks: map[string]ID{}}
}

var _ Store = (*Memory)(nil)

// Notes are all notes that were written, in their order.
func (m *Memory) Notes() []Note {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes)
}

// Create implements Store.
func (m *Memory) Create(_ context.Context, a Action, key Key, notes ...Note) (Action, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if key.Value != "" {
		if k, known := m.keys[[2]string{key.Actor, key.Value}]; known {
			if k.input != key.Input {
				return Action{}, false, ErrKeyReused
			}
			return m.actions[k.id].Clone(), false, nil
		}
		m.keys[[2]string{key.Actor, key.Value}] = keyed{key.Input, a.ID}
	}
	a = a.Clone()
	a.Revision, a.Fence = 1, 0
	m.actions[a.ID] = &kept{Action: a}
	m.notes = append(m.notes, notes...)
	return a.Clone(), true, nil
}

// ByKey implements Store.
func (m *Memory) ByKey(_ context.Context, key Key) (Action, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, known := m.keys[[2]string{key.Actor, key.Value}]
	switch {
	case !known || key.Value == "":
		return Action{}, ErrNotFound
	case k.input != key.Input:
		return Action{}, ErrKeyReused
	}
	return m.actions[k.id].Clone(), nil
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, id ID) (Action, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.actions[id]
	if !ok {
		return Action{}, ErrNotFound
	}
	return k.Clone(), nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, f Filter, after ID, limit int) ([]Action, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Action
	for _, k := range m.actions {
		if f.accepts(k.Action) && (after.IsZero() || bytes.Compare(k.ID[:], after[:]) < 0) {
			out = append(out, k.Clone())
		}
	}
	slices.SortFunc(out, func(a, b Action) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return out[:min(limit, len(out))], nil
}

func (f Filter) accepts(a Action) bool {
	return (len(f.People) == 0 || slices.ContainsFunc(a.People(), func(p person.ID) bool { return slices.Contains(f.People, p) })) &&
		(f.Actor == "" || f.Actor == a.Actor) &&
		(len(f.Acts) == 0 || slices.Contains(f.Acts, a.Act)) &&
		(len(f.States) == 0 || slices.Contains(f.States, a.State())) &&
		(f.Since.IsZero() || !a.CreatedAt.Before(f.Since)) &&
		(f.Until.IsZero() || a.CreatedAt.Before(f.Until))
}

// Claim implements Store.
func (m *Memory) Claim(_ context.Context, holder string, now, until time.Time) (Action, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var best *kept
	var since time.Time
	for _, k := range m.actions {
		due, open := k.DueAt()
		if !open || due.After(now) || k.holder != "" && now.Before(k.until) {
			continue
		}
		if best == nil || cmp.Or(due.Compare(since), bytes.Compare(k.ID[:], best.ID[:])) < 0 {
			best, since = k, due
		}
	}
	if best == nil {
		return Action{}, false, nil
	}
	best.holder, best.until = holder, until
	best.fence++
	a := best.Clone()
	a.Fence = best.fence
	return a, true, nil
}

// Extend implements Store.
func (m *Memory) Extend(_ context.Context, id ID, fence int64, now, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.actions[id]
	switch {
	case !ok:
		return ErrNotFound
	case k.holder == "" || k.fence != fence || !now.Before(k.until):
		return ErrLeaseLost
	}
	k.until = until
	return nil
}

// Release implements Store.
func (m *Memory) Release(_ context.Context, id ID, fence int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.actions[id]; ok && k.fence == fence {
		k.holder = ""
	}
	return nil
}

// Update implements Store.
func (m *Memory) Update(_ context.Context, a Action, notes ...Note) (Action, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.actions[a.ID]
	switch {
	case !ok:
		return Action{}, ErrNotFound
	case a.Fence != 0 && (a.Fence != k.fence || k.holder == ""):
		return Action{}, ErrLeaseLost
	case a.Revision != k.Revision:
		return Action{}, ErrChanged
	}
	for _, lock := range a.Holds {
		if by, held := m.locks[lock]; held && by != a.ID {
			return Action{}, ErrBusy
		}
	}
	for lock, by := range m.locks {
		if by == a.ID {
			delete(m.locks, lock)
		}
	}
	for _, lock := range a.Holds {
		m.locks[lock] = a.ID
	}
	fence := a.Fence
	a = a.Clone()
	a.Revision++
	a.Fence = 0
	k.Action = a
	m.notes = append(m.notes, notes...)
	a = a.Clone()
	a.Fence = fence
	return a, nil
}

// Find implements Store.
func (m *Memory) Find(_ context.Context, f Finding, notes ...Note) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.findings {
		if g.Action == f.Action && g.Identity == f.Identity && g.What == f.What {
			return false, nil
		}
	}
	m.findings = append(m.findings, f)
	m.notes = append(m.notes, notes...)
	return true, nil
}

// Findings implements Store.
func (m *Memory) Findings(_ context.Context, after ID, limit int) ([]Finding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Finding
	for _, f := range m.findings {
		if after.IsZero() || bytes.Compare(f.ID[:], after[:]) < 0 {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Finding) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return out[:min(limit, len(out))], nil
}
