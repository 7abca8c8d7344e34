package budget

import (
	"context"
	"sync"
	"time"
)

// Memory is the Store of one process. What it knows dies with it: it suits a single replica, and a restart
// forgets what was spent, unless the vendor's headers tell.
type Memory struct {
	clock Clock

	mu          sync.Mutex
	accounts    map[string]*account
	credentials map[string]*slots
	latest      uint64
}

var _ Store = (*Memory)(nil)

// NewMemory makes an empty store that lives by clock.
func NewMemory(clock Clock) *Memory {
	return &Memory{clock: clock, accounts: map[string]*account{}, credentials: map[string]*slots{}}
}

// present finds what l names and brings it to the present. Call it with m.mu held.
func (m *Memory) present(l Limits) (*account, *slots, time.Time, time.Duration) {
	wall, now := m.clock.Wall(), m.clock.Elapsed()
	a, ok := m.accounts[l.Account]
	if !ok {
		a = &account{open: map[uint64]*flight{}, purses: purses{}}
		m.accounts[l.Account] = a
	}
	a.tick(l, wall, now)
	s, ok := m.credentials[l.Credential]
	if !ok {
		s = &slots{limit: l.Burst, window: l.burstWindow()}
		m.credentials[l.Credential] = s
	}
	return a, s, wall, now
}

// Reserve is Store's.
func (m *Memory) Reserve(_ context.Context, l Limits, ask Ask) (Decision, Reservation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, s, wall, now := m.present(l)
	d := decide(a, s, l, ask, 0, wall, now)
	if !d.Allowed {
		return d, Reservation{}, nil
	}
	if d.Remaining != Unlimited {
		d.Remaining = max(d.Remaining-ask.Tokens, 0)
	}
	ask.Slots = s.of(ask)
	m.latest++
	r := Reservation{ID: m.latest, Ask: ask}
	a.reserve(r, now)
	s.take(ask.Slots)
	return d, r, nil
}

// Peek is Store's.
func (m *Memory) Peek(_ context.Context, l Limits, ask Ask, ahead int) (Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, s, wall, now := m.present(l)
	return decide(a, s, l, ask, ahead, wall, now), nil
}

// decide asks the tokens first: their refusal lasts longer.
func decide(a *account, s *slots, l Limits, ask Ask, ahead int, wall time.Time, now time.Duration) Decision {
	d := a.decide(l, ask, wall, now)
	if !d.Allowed {
		return d
	}
	if at := s.earliest(now, s.of(ask), ahead); at > now {
		d.Allowed, d.RetryIn, d.Because = false, at-now, BurstFull
		switch {
		case s.blocked > now:
			d.Because = Blocked
		case s.paused > now:
			d.Because = BurstPaused
		case ahead > 0:
			d.Because = Queued
		}
	}
	return d
}

// Settle is Store's.
func (m *Memory) Settle(_ context.Context, l Limits, r Reservation, o Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, s, wall, now := m.present(l)
	f, ok := a.open[r.ID]
	if !ok {
		return ErrNotOpen
	}
	r.Ask = f.Ask
	a.settle(r.ID, o, wall, now, m.latest)
	s.settle(r, o, l.Burst, now, m.latest)
	return nil
}

// Read is Store's.
func (m *Memory) Read(_ context.Context, l Limits) (Readout, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, s, wall, now := m.present(l)
	return read(a, s, l, wall, now), nil
}

// Spent is Store's.
func (m *Memory) Spent(_ context.Context, l Limits) ([]Spending, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, _, wall, now := m.present(l)
	return a.purposes.since(a.period.from(wall, now)), nil
}
