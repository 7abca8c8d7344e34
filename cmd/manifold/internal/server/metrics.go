package server

import (
	"net/http"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// scraped guards /metrics like any other answer. Where clients are told apart a scraper must be one that may read budgets, and may come
// by whatever address the machine has. Coming from loopback proves nothing: a proxy on this machine does too.
func (s *Server) scraped(guarded func(http.Handler) http.Handler) http.Handler {
	allowed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.From(r.Context()).Has(access.ScopeBudgetsRead) {
			refuse(w, http.StatusForbidden, fault.Forbidden, "Metrics need a key with the scope "+string(access.ScopeBudgetsRead)+".")
			return
		}
		s.options.Metrics.ServeHTTP(w, r)
	})
	h := s.require(noStore(reading(allowed)))
	if !s.open {
		return h
	}
	return guarded(h)
}
