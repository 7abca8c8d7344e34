package server

import (
	"encoding/json"
	"net/http"
)

// Readiness tells whether there is anything to answer from.
type Readiness struct {
	// Ready is set once at least one source can be answered from.
	Ready bool `json:"ready"`
	// Redis is "ok" or "lost" for a replica that shares one. A lost one does not make it unready: it goes on from what it
	// holds, and so do the others, so taking it out of service would help nobody.
	Redis   string        `json:"redis,omitempty"`
	Sources []SourceState `json:"sources,omitempty"`
}

// SourceState is one source in brief. Reason is public: no vendor's prose.
type SourceState struct {
	ID     string `json:"id"`
	System string `json:"system"`
	// State is the source's health as the API spells it.
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write([]byte("{\"live\":true}\n"))
}

// ready answers 200 or 503. Sources and Redis are shown to those whom the API hides no source
// from.
func (s *Server) ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := Readiness{Ready: true}
		if s.options.Ready != nil {
			now = s.options.Ready()
		}
		if s.draining.Load() {
			now.Ready = false
		}
		if p, err := s.options.Authenticator.Authenticate(r); err != nil || !p.Rows().All() {
			now.Sources, now.Redis = nil, ""
		}
		status := http.StatusOK
		if !now.Ready {
			status = http.StatusServiceUnavailable
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(now)
	})
}
