package pipedrive

import "maps"

// Usage is what the simulator has counted since it began or was last reset.
type Usage struct {
	// Tokens are the tokens charged, by company id; what Spend adds is not in it.
	Tokens map[int64]int
	// Requests are the requests let in, by operation ("listUsers").
	Requests map[string]int
	// Peak is the most requests, refused ones too, in any 2 s, by token.
	Peak map[string]int
	// Refused are the refusals: unauthorized, forbidden, burst, daily, blocked.
	Refused map[string]int
}

func newUsage() Usage {
	return Usage{Tokens: map[int64]int{}, Requests: map[string]int{}, Peak: map[string]int{}, Refused: map[string]int{}}
}

func (m *Usage) arrived(token string, inWindow int) { m.Peak[token] = max(m.Peak[token], inWindow) }

// Usage is a copy of the counters.
func (s *Server) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Usage{Tokens: maps.Clone(s.meter.Tokens), Requests: maps.Clone(s.meter.Requests),
		Peak: maps.Clone(s.meter.Peak), Refused: maps.Clone(s.meter.Refused)}
}

// ResetUsage sets the counters to nothing. Budgets and windows stay as they are.
func (s *Server) ResetUsage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter = newUsage()
}
