package pipedream

import (
	"maps"
	"sync"
)

// Usage is what a Server has been asked.
type Usage struct {
	Requests int
	// ByRoute counts by documented route, the project left out: "GET /users",
	// "DELETE /accounts/{id}", "POST /v1/oauth/token". Unknown paths are "".
	ByRoute map[string]int
	// ByStatus counts by HTTP status.
	ByStatus map[int]int
	// CredentialReads counts calls that asked for include_credentials. A client that keeps secrets
	// out of its process leaves it at zero.
	CredentialReads int
	// NoEnvironment counts project-scoped calls without x-pd-environment.
	NoEnvironment int
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
	u.ByRoute, u.ByStatus = maps.Clone(u.ByRoute), maps.Clone(u.ByStatus)
	return u
}

// ResetUsage sets the counters to zero.
func (s *Server) ResetUsage() {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.usage = Usage{ByRoute: map[string]int{}, ByStatus: map[int]int{}}
}

func (m *meter) count(c *call, status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.Requests++
	m.usage.ByRoute[c.route.name()]++
	m.usage.ByStatus[status]++
	if c.query.Get("include_credentials") == "true" {
		m.usage.CredentialReads++
	}
	if c.route.inProject() && c.r.Header.Get("x-pd-environment") == "" {
		m.usage.NoEnvironment++
	}
}
