package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/requestid"
)

// request is what is told of one request once it is answered. It is written by its own goroutine alone.
type request struct {
	who string
	op  operation
}

type requestKey struct{}

// requestOf is where to note what becomes of the request of ctx; a note that nobody reads outside one.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// saneID is what a caller's id may look like; anything else could forge lines of a log.
var saneID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

// withRequestID says in the request's context by which id the log knows it, and which program asks.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !saneID.MatchString(id) || betrays(r, id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(requestid.WithClient(requestid.With(r.Context(), id), program(r))))
	})
}

// report writes one line per request and counts it. Paths that are not ours, queries, headers and addresses of
// callers stay out: any of them may hold a person's data or a secret.
func (s *Server) report(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		counted := &counter{ResponseWriter: w}
		req := &request{}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
		defer func() {
			took, route := time.Since(start), routeName(r.URL.Path)
			line := []slog.Attr{
				slog.String("method", methodName(r.Method)), slog.String("route", route), slog.Int("status", counted.status),
				slog.Int("bytes", counted.bytes), slog.Int64("ms", took.Milliseconds()), slog.String("principal", req.who),
			}
			if route == "/graphql" && !upgrades(r) && (r.Method == http.MethodPost || r.Method == http.MethodGet && r.URL.RawQuery != "") {
				if req.op.outcome == "" {
					req.op.outcome = refused
				}
				line = append(line, req.op.attrs()...)
				if req.op.stream == nil { // the time of a stream is no time to answer
					s.options.Answered(req.op.kind(), req.op.outcome, took)
				}
			}
			s.options.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", line...)
		}()
		next.ServeHTTP(counted, r)
	})
}

func routeName(path string) string {
	if strings.HasPrefix(path, "/webhooks/") {
		return "/webhooks/" // what follows may be a secret
	}
	switch path {
	case "/graphql", "/", "/livez", "/readyz", "/metrics":
		return path
	}
	return "other"
}

func methodName(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch:
		return m
	}
	return "other"
}

// recoverPanics turns a panic into an answer; what it was goes to the log alone.
func recoverPanics(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			log.ErrorContext(r.Context(), "panic", "value", fault.Panicked(v), "stack", string(debug.Stack()))
			if c, ok := w.(*counter); ok && c.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is out: cut it, so that nobody takes it for a whole one
			}
			refuse(w, http.StatusInternalServerError, fault.Internal, fault.From(http.ErrAbortHandler).Message)
		}()
		next.ServeHTTP(w, r)
	})
}

// counter notices what was answered.
type counter struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (c *counter) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(b)
	c.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
