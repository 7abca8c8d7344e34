package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
)

// request is what the log knows of one request. It is written by its own goroutine alone.
type request struct {
	id  string
	who string
}

type requestKey struct{}

// RequestID is the id under which the log has the request of ctx; "" outside one.
func RequestID(ctx context.Context) string {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r.id
	}
	return ""
}

func note(ctx context.Context, who string) {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		r.who = who
	}
}

// saneID is what a caller's id may look like; anything else could forge lines of a log.
var saneID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !saneID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{id: id})))
	})
}

// logRequests writes one line per request. Paths that are not ours, queries, headers and
// addresses of callers stay out: any of them may hold a person's data or a secret.
func logRequests(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		counted := &counter{ResponseWriter: w}
		defer func() {
			route := r.URL.Path
			switch route {
			case "/graphql", "/", "/livez", "/readyz":
			default:
				route = "other"
			}
			who := ""
			if req, ok := r.Context().Value(requestKey{}).(*request); ok {
				who = req.who
			}
			log.InfoContext(r.Context(), "request", "method", methodName(r.Method), "route", route, "status", counted.status,
				"bytes", counted.bytes, "ms", time.Since(start).Milliseconds(), "principal", who)
		}()
		next.ServeHTTP(counted, r)
	})
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
			log.ErrorContext(r.Context(), "panic", "value", v, "stack", string(debug.Stack()))
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
