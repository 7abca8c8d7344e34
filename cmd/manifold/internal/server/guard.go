package server

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/fault"
)

// allowHosts takes requests under known names alone: a page that makes its own name point to
// this machine (DNS rebinding) still sends its own name.
func allowHosts(allowed []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.Host)
		if !config.IsLoopbackHost(host) && !slices.ContainsFunc(allowed, func(a string) bool { return a != "" && strings.EqualFold(hostOf(a), host) }) {
			refuse(w, http.StatusMisdirectedRequest, fault.Forbidden, "Manifold is not served under this host name. The operator lists its names under hosts in the configuration.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// allowOrigins refuses what pages of foreign origins send, and answers the preflights of those that are allowed.
func allowOrigins(allowed []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origins := r.Header.Values("Origin")
		if len(origins) == 0 || len(origins) == 1 && sameOrigin(origins[0], r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		if len(origins) > 1 || !slices.Contains(allowed, origins[0]) {
			refuse(w, http.StatusForbidden, fault.Forbidden, "Pages of this origin may not ask. The operator lists those that may under origins in the configuration.")
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origins[0])
		h.Set("Access-Control-Expose-Headers", "Age, Cache-Status, ETag, Retry-After, X-Request-Id")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Cache-Control, Content-Type, If-None-Match, Manifold-Explain, X-Api-Key, X-Request-Id, "+strings.Join(append(slices.Clone(preflightHeaders), clientHeaders...), ", "))
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}

// policy lets the page run its own files and talk to its own origin, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// secure sets the headers that every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// noStore keeps what may hold people's data out of every cache, unless the answer says better.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// reading takes GET and HEAD alone.
func reading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			refuseOtherMethod(w, "GET, HEAD")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refuseOtherMethod(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	refuse(w, http.StatusMethodNotAllowed, fault.BadUserInput, "This address takes "+allow+".")
}

// notFound answers what no route takes in the same form as every other refusal.
func notFound(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern == "" {
			probe := statusOnly{header: http.Header{}}
			h.ServeHTTP(&probe, r)
			if allow := probe.header.Get("Allow"); probe.status == http.StatusMethodNotAllowed {
				refuseOtherMethod(w, allow)
				return
			}
			refuse(w, http.StatusNotFound, fault.NotFound, "Nothing is here. The API is at /graphql.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// statusOnly learns what the router would have answered.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
