package share

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/notify"
)

// Memory is an Exchange between collectors of one process, for tests. Watchers hear of everything at once.
type Memory struct {
	lease time.Duration
	keep  int
	bell  notify.Bell[person.SourceID]

	mu      sync.Mutex
	sources map[person.SourceID]*shelf
}

// shelf is what a Memory knows of one source.
type shelf struct {
	fence, holder collect.Fence
	until         time.Time

	version, reading uint64
	published        collect.Fence
	held             *collect.Reading
	standing         *collect.Standing
	changes          []announced
}

type announced struct {
	version uint64
	changes []directory.Change
}

var _ collect.Exchange = (*Memory)(nil)

// NewMemory makes an empty Memory. Lease and Announcements of the options count.
func NewMemory(o Options) *Memory {
	o = o.withDefaults()
	return &Memory{lease: o.Lease, keep: o.Announcements, sources: map[person.SourceID]*shelf{}}
}

// at locks m; callers unlock.
func (m *Memory) at(source person.SourceID) *shelf {
	m.mu.Lock()
	s := m.sources[source]
	if s == nil {
		s = new(shelf)
		m.sources[source] = s
	}
	return s
}

// tick is a version after all before, also those of an exchange that forgot them.
func (s *shelf) tick() uint64 {
	s.version = max(s.version+1, uint64(time.Now().UnixMicro()))
	return s.version
}

func (s *shelf) leased() bool { return s.holder != 0 && time.Now().Before(s.until) }

// TryLease implements collect.Exchange.
func (m *Memory) TryLease(ctx context.Context, source person.SourceID) (collect.Lease, error) {
	s := m.at(source)
	defer m.mu.Unlock()
	if s.leased() {
		return collect.Lease{For: time.Until(s.until)}, ctx.Err()
	}
	s.fence = max(s.fence+1, collect.Fence(time.Now().UnixMicro()))
	s.holder, s.until = s.fence, time.Now().Add(m.lease)
	return collect.Lease{Fence: s.fence, For: m.lease}, ctx.Err()
}

// Renew implements collect.Exchange.
func (m *Memory) Renew(ctx context.Context, source person.SourceID, fence collect.Fence) error {
	s := m.at(source)
	defer m.mu.Unlock()
	if !s.leased() || s.holder != fence {
		return collect.ErrLeaseLost
	}
	s.until = time.Now().Add(m.lease)
	return ctx.Err()
}

// Release implements collect.Exchange.
func (m *Memory) Release(ctx context.Context, source person.SourceID, fence collect.Fence) error {
	s := m.at(source)
	defer m.mu.Unlock()
	if s.holder == fence {
		s.holder = 0
		m.bell.Ring(source)
	}
	return ctx.Err()
}

// Publish implements collect.Exchange.
func (m *Memory) Publish(ctx context.Context, source person.SourceID, fence collect.Fence, r collect.Report) (uint64, error) {
	s := m.at(source)
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if s.published > fence {
		return 0, collect.ErrLeaseLost
	}
	s.published = fence
	version := s.tick()
	if r.Reading != nil && (r.ReadingVersion == 0 || r.ReadingVersion > s.reading) {
		s.held, s.reading = r.Reading, r.ReadingVersion
		if s.reading == 0 {
			s.reading = version
		}
	}
	if r.Standing != nil {
		s.standing = r.Standing
	}
	m.bell.Ring(source)
	return version, nil
}

// Announce implements collect.Exchange.
func (m *Memory) Announce(ctx context.Context, source person.SourceID, changes []directory.Change) error {
	s := m.at(source)
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.changes = append(s.changes, announced{s.tick(), slices.Clone(changes)})
	s.changes = s.changes[max(0, len(s.changes)-m.keep):]
	m.bell.Ring(source)
	return nil
}

// Latest implements collect.Exchange.
func (m *Memory) Latest(ctx context.Context, source person.SourceID, known, held uint64) (collect.Report, error) {
	s := m.at(source)
	defer m.mu.Unlock()
	r := collect.Report{Version: s.version, ReadingVersion: s.reading}
	if s.version == known {
		return r, ctx.Err()
	}
	r.Standing = s.standing
	if s.reading > held {
		r.Reading = s.held
	}
	for _, a := range s.changes {
		if a.version > known {
			r.Changes = append(r.Changes, a.changes...)
		}
	}
	return r, ctx.Err()
}

// Watch implements collect.Exchange.
func (m *Memory) Watch(source person.SourceID) (<-chan struct{}, func()) { return m.bell.Watch(source) }
