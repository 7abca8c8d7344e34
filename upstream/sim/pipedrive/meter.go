package pipedrive

import "maps"

// Meter is what the simulator has counted since it began or was last reset.
type Meter struct {
	// Tokens are the tokens charged, by company id; what Spend adds is not in it.
	Tokens map[int64]int
	// Requests are the requests let in, by operation ("listUsers").
	Requests map[string]int
	// Peak is the most requests, refused ones too, in any 2 s, by token.
	Peak map[string]int
	// Refused are the refusals: unauthorized, forbidden, burst, daily, blocked.
	Refused map[string]int
}

func newMeter() Meter {
	return Meter{Tokens: map[int64]int{}, Requests: map[string]int{}, Peak: map[string]int{}, Refused: map[string]int{}}
}

func (m *Meter) arrived(token string, inWindow int) { m.Peak[token] = max(m.Peak[token], inWindow) }

// Meter is a copy of the counters.
func (s *Server) Meter() Meter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Meter{Tokens: maps.Clone(s.meter.Tokens), Requests: maps.Clone(s.meter.Requests),
		Peak: maps.Clone(s.meter.Peak), Refused: maps.Clone(s.meter.Refused)}
}

// ResetMeter sets the counters to nothing. Budgets and windows stay as they are.
func (s *Server) ResetMeter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter = newMeter()
}
