package pipedream

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Server is the pretend service. It is safe for concurrent use.
type Server struct {
	state                  *State
	opts                   Options
	tokens                 tokens
	accountRate, tokenRate *rate
	meter                  meter
}

const bodyLimit = 1 << 20

// New serves state. The state may be read and changed by others meanwhile.
func New(state *State, opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.RepeatedDelete = cmp.Or(opts.RepeatedDelete, http.StatusNotFound)
	opts.UnknownUserDelete = cmp.Or(opts.UnknownUserDelete, http.StatusNotFound)
	opts.TokenLifetime = cmp.Or(opts.TokenLifetime, time.Hour)
	s := &Server{
		state: state, opts: opts,
		accountRate: newRate(cmp.Or(opts.AccountRequests, 2000), cmp.Or(opts.AccountWindow, 5*time.Minute)),
		tokenRate:   newRate(100, time.Minute),
	}
	s.tokens.given = map[string]principal{}
	s.ResetUsage()
	return s
}

func (s *Server) now() time.Time { return s.opts.Now() }

// reply is an answer: a nil body is none.
type reply struct {
	status int
	body   any
}

// refuse is the generic error answer.
func refuse(status int, message string) reply {
	return reply{status, map[string]string{"error": message}}
}

func notFound() reply { return refuse(http.StatusNotFound, "record not found") }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !pause(r.Context(), s.opts.Latency) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	c := &call{w: w, r: r, query: r.URL.Query()}
	out := s.answer(c)
	s.meter.count(c, out.status)
	if out.body == nil {
		w.WriteHeader(out.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(out.status)
	_ = json.NewEncoder(w).Encode(out.body) // the reader may have gone
}

// answer checks, in this order: path, bearer, environment, project, scope, rate.
func (s *Server) answer(c *call) reply {
	var projectID string
	var wrongMethod bool
	c.route, projectID, c.id, wrongMethod = match(c.r.Method, c.r.URL)
	if wrongMethod {
		return refuse(http.StatusMethodNotAllowed, "method not allowed")
	}
	if c.route == nil {
		return notFound()
	}
	var known bool
	if c.who, known = s.bearer(c.r); !known && !c.route.open {
		if c.route.path == "/v1/connect/projects" {
			return notFound() // what the OpenAPI file says of this one route
		}
		return refuse(http.StatusUnauthorized, "unauthorized")
	}
	if c.route.writes {
		s.state.mu.Lock()
		defer s.state.mu.Unlock()
	} else {
		s.state.mu.RLock()
		defer s.state.mu.RUnlock()
	}
	if c.route.inProject() {
		if refused := s.enter(c, projectID); refused != nil {
			return *refused
		}
	}
	if c.route.scope != "" && !covers(c.who.scopes, c.route.scope) || c.route.oauthOnly && c.who.connect != nil {
		return refuse(http.StatusForbidden, "insufficient scope")
	}
	if c.route.limited && !s.accountRate.take(c, projectID, s.now()) {
		if c.r.Method == http.MethodDelete {
			return reply{status: http.StatusTooManyRequests} // documented with headers and no body
		}
		return refuse(http.StatusTooManyRequests, "Throttled")
	}
	return c.route.handle(s, c)
}

// enter resolves the project and the environment of a call. A Connect token opens its own alone.
func (s *Server) enter(c *call, projectID string) *reply {
	refused := notFound()
	if c.project = s.state.byID[projectID]; c.project == nil {
		return &refused
	}
	c.environment = c.r.Header.Get("x-pd-environment")
	if c.environment == "" && !s.opts.RequireEnvironment {
		c.environment = "production"
	}
	if c.env = s.state.environment(projectID, c.environment); c.env == nil {
		refused = refuse(http.StatusBadRequest, "x-pd-environment must be development or production")
		return &refused
	}
	if u := c.who.connect; u != nil && (u.project != projectID || u.environment != c.environment) {
		return &refused
	}
	return nil
}

// pause waits for the latency; false when the caller went away first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
