package shared

import (
	"maps"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// memo is what a replica remembers of an account, for a server that forgets.
type memo struct {
	mu     sync.Mutex
	limits map[string]budget.Limits // by credential
	// granted is what this replica was ever granted, by class; history is what it was at moments of the past, oldest first.
	granted [3]int
	history []mark
	// last is what the server said last, at the elapsed time heard.
	last  facts
	heard time.Duration
	open  map[uint64]openFlight
}

type mark struct {
	at      time.Duration
	granted [3]int
}

type openFlight struct {
	budget.Ask
	credential string
	at         time.Duration
}

// marksPerWindow is how finely a window's past is remembered.
const marksPerWindow = 96

func (m *memo) note(f facts, now time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f.now >= m.last.now || m.last.stranger {
		m.last, m.heard = f, now
	}
}

// grant remembers what was granted now.
func (m *memo) grant(l budget.Limits, r budget.Reservation, now time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.history); n == 0 || now-m.history[n-1].at >= l.Span()/marksPerWindow {
		m.history = append(m.history, mark{at: now, granted: m.granted})
		for len(m.history) > 2*marksPerWindow || len(m.history) > 1 && m.history[1].at < now-l.Span() {
			m.history = m.history[1:]
		}
	}
	m.granted[r.Class] += r.Tokens
	m.open[r.ID] = openFlight{Ask: r.Ask, credential: l.Credential, at: now}
}

func (m *memo) settle(id uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, id)
}

// account is what a report tells: the arguments of report.lua. timeout is the age at which an open flight is given up.
func (m *memo) account(now, timeout time.Duration) []any {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.open, func(_ uint64, f openFlight) bool { return now-f.at > timeout })
	age := now - m.heard
	var before [3]int
	for _, past := range m.history {
		if past.at > now-(m.last.span+age) {
			break
		}
		before = past.granted
	}
	args := []any{
		m.granted[0], m.granted[1], m.granted[2], before[0], before[1], before[2],
		m.last.used[0], m.last.used[1], m.last.used[2], int64(age), len(m.open),
	}
	for id, f := range m.open {
		args = append(args, id, int64(now-f.at), int(f.Class), f.Tokens, f.Slots, f.By.Client, purposeOf(f.Ask), hashed(f.credential))
	}
	return args
}
