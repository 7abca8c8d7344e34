package cachetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
)

// ErrAway is the error of a Memory that was cut off.
var ErrAway = errors.New("cachetest: away")

// Memory is a second level in this process. Caches over one Memory are replicas of each other.
type Memory struct {
	now func() time.Time

	mu        sync.Mutex
	slots     map[string]*slot
	token     int64
	away      bool
	mute      bool
	listeners map[*func(cache.Notice)]struct{}
	trips     int
}

type slot struct {
	held         cache.Held
	fence        int64
	leased       int64
	leaseEnds    time.Time
	failure      []byte
	failureEnds  time.Time
	valueExpires time.Time
}

// NewMemory makes an empty Memory; a nil now is time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, slots: map[string]*slot{}, listeners: map[*func(cache.Notice)]struct{}{}}
}

// Cut makes every request fail until it is called with false.
func (m *Memory) Cut(away bool) { m.set(func() { m.away = away }) }

// Mute loses every notice until it is called with false.
func (m *Memory) Mute(mute bool) { m.set(func() { m.mute = mute }) }

// Forget empties m.
func (m *Memory) Forget() { m.set(func() { m.slots = map[string]*slot{} }) }

// Spoil changes every record that is held.
func (m *Memory) Spoil(change func([]byte) []byte) {
	m.set(func() {
		for _, s := range m.slots {
			if s.held.Version != 0 {
				s.held.Record = change(s.held.Record)
			}
		}
	})
}

// Trips is how many requests were made.
func (m *Memory) Trips() (n int) {
	m.set(func() { n = m.trips })
	return n
}

func (m *Memory) set(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
}

// slot is tag's, without what has expired. The caller holds mu.
func (m *Memory) slot(tag string) *slot {
	s, now := m.slots[tag], m.now()
	if s == nil {
		s = &slot{}
		m.slots[tag] = s
	}
	if s.held.Version != 0 && !now.Before(s.valueExpires) {
		s.held = cache.Held{}
	}
	if s.leased != 0 && !now.Before(s.leaseEnds) {
		s.leased = 0
	}
	if s.failure != nil && !now.Before(s.failureEnds) {
		s.failure = nil
	}
	return s
}

// Join is cache.Remote's.
func (m *Memory) Join(_ context.Context, asks []cache.Join) []cache.Joined {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trips++
	all := make([]cache.Joined, len(asks))
	for i, a := range asks {
		if m.away {
			all[i].Err = ErrAway
			continue
		}
		s, j := m.slot(a.Tag), &all[i]
		j.Held = s.held
		switch {
		case s.held.Version > a.Beyond && !s.held.Outdated && !s.held.Observed.Before(a.Since):
			j.Enough = true
		case s.failure != nil:
			j.Failure, j.FailureFor = s.failure, s.failureEnds.Sub(m.now())
		case s.leased != 0:
			j.Left = s.leaseEnds.Sub(m.now())
		default:
			m.token++
			s.leased, s.fence, s.leaseEnds = m.token, m.token, m.now().Add(a.Lease)
			j.Token = m.token
		}
	}
	return all
}

// Peek is cache.Remote's.
func (m *Memory) Peek(_ context.Context, tags []string) ([]cache.Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trips++
	if m.away {
		return nil, ErrAway
	}
	all := make([]cache.Held, len(tags))
	for i, tag := range tags {
		all[i] = m.slot(tag).held
	}
	return all, nil
}

// Renew is cache.Remote's.
func (m *Memory) Renew(_ context.Context, tag string, token int64, lease time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return false, ErrAway
	}
	s := m.slot(tag)
	if s.fence != 0 && s.fence != token {
		return false, nil
	}
	s.fence, s.leased, s.leaseEnds = token, token, m.now().Add(lease)
	return true, nil
}

// Land is cache.Remote's.
func (m *Memory) Land(_ context.Context, tag string, token int64, l cache.Landing) (bool, error) {
	m.mu.Lock()
	if m.away {
		m.mu.Unlock()
		return false, ErrAway
	}
	s := m.slot(tag)
	if s.fence != 0 && s.fence != token {
		m.mu.Unlock()
		return false, nil
	}
	switch {
	case len(l.Record) > 0:
		s.held = cache.Held{Record: l.Record, Observed: l.Observed.Truncate(time.Microsecond), Version: token}
		s.fence, s.failure, s.valueExpires = token, nil, m.now().Add(l.For)
	case len(l.Failure) > 0 && l.For > 0:
		s.failure, s.failureEnds = l.Failure, m.now().Add(l.For)
	}
	if s.leased == token {
		s.leased = 0
	}
	m.mu.Unlock()
	m.tell(cache.Notice{Tag: tag, Version: token})
	return true, nil
}

// Invalidate is cache.Remote's.
func (m *Memory) Invalidate(_ context.Context, tag string) (int64, error) {
	m.mu.Lock()
	if m.away {
		m.mu.Unlock()
		return 0, ErrAway
	}
	s := m.slot(tag)
	m.token++
	version := m.token
	s.fence, s.leased, s.failure = version, 0, nil
	s.held.Outdated = s.held.Version != 0
	m.mu.Unlock()
	m.tell(cache.Notice{Tag: tag, Version: version, Invalidated: true})
	return version, nil
}

// Listen is cache.Remote's.
func (m *Memory) Listen(heard func(cache.Notice)) (stop func()) {
	m.set(func() { m.listeners[&heard] = struct{}{} })
	return func() { m.set(func() { delete(m.listeners, &heard) }) }
}

// tell calls all listeners, without the lock, for they may ask again.
func (m *Memory) tell(n cache.Notice) {
	var all []func(cache.Notice)
	m.set(func() {
		if !m.mute {
			for l := range m.listeners {
				all = append(all, *l)
			}
		}
	})
	for _, l := range all {
		l(n)
	}
}
