package server

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// Authenticator tells who sends a request. Its errors carry a *fault.Error: Unauthenticated, Forbidden, RateLimited with
// the time to wait, or SourceUnavailable where nobody can tell now.
type Authenticator interface {
	Authenticate(r *http.Request) (access.Principal, error)
}

// whoever is the Authenticator of a server that asks nobody who they are.
type whoever struct{ principal access.Principal }

func (w whoever) Authenticate(*http.Request) (access.Principal, error) { return w.principal, nil }

// local is who asks when nobody is told apart: whoever can reach loopback is the operator.
func local(limits access.Limits, reads bool) access.Principal {
	scopes := slices.Clone(access.Scopes)
	if reads {
		scopes = slices.DeleteFunc(scopes, func(s access.Scope) bool { return slices.Contains(access.WriteScopes, s) })
	}
	p := access.NewPrincipal("local", scopes...)
	p.Limits = limits
	return p
}

// require lets known clients through, as the principal in the request's context.
func (s *Server) require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.options.Authenticator.Authenticate(r)
		if err != nil {
			refuseUnknown(w, err)
			return
		}
		requestOf(r.Context()).who = p.Name
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), p)))
	})
}

// requireOrAsk is require, but for WebSockets that do not say yet who they are: browsers give an upgrade no headers, so
// they are let through as nobody, and next has to ask.
func (s *Server) requireOrAsk(next http.Handler) http.Handler {
	required := s.require(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.open && upgrades(r) && anonymous(r) {
			next.ServeHTTP(w, r)
			return
		}
		required.ServeHTTP(w, r)
	})
}

func refuseUnknown(w http.ResponseWriter, err error) {
	f := fault.From(err)
	status := http.StatusInternalServerError
	switch f.Kind {
	case fault.Unauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer realm="manifold"`)
	case fault.Forbidden:
		status = http.StatusForbidden
	case fault.RateLimited:
		status = http.StatusTooManyRequests
	case fault.SourceUnavailable:
		status = http.StatusServiceUnavailable
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-store")
	refuse(w, status, f.Kind, f.Message)
}
