package pipefy

import (
	"maps"
	"sync"
)

// Usage is what a Server has been asked, for tests and for the bill.
type Usage struct {
	// Requests counts everything that reached /graphql; Tokens the tokens given out.
	Requests, Tokens int
	// Billed counts the requests that Pipefy's guide bills: 2xx and 3xx, 404, 408 and 422.
	Billed int
	// ByStatus counts answers of /graphql by HTTP status.
	ByStatus map[int]int
	// Operations counts executed root fields by their schema name, aliases one by one.
	Operations map[string]int
}

type meter struct {
	mu    sync.Mutex
	usage Usage
}

// Usage returns a copy of the counters.
func (s *Server) Usage() Usage {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	u := s.meter.usage
	u.ByStatus, u.Operations = maps.Clone(u.ByStatus), maps.Clone(u.Operations)
	return u
}

// ResetUsage sets the counters to zero.
func (s *Server) ResetUsage() {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.usage = Usage{ByStatus: map[int]int{}, Operations: map[string]int{}}
}

func (m *meter) token() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Tokens++
}

func (m *meter) answered(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Requests++
	m.usage.ByStatus[status]++
	if status/100 == 2 || status/100 == 3 || status == 404 || status == 408 || status == 422 {
		m.usage.Billed++
	}
}

func (m *meter) executed(roots []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range roots {
		m.usage.Operations[name]++
	}
}
