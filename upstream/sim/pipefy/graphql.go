package pipefy

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

const bodyLimit = 4 << 20

// serveGraphQL answers /graphql. Everything that the server refuses before executing is refused
// here: method, bearer, rate, body, document, price.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	defer func() { s.meter.answered(counted.status) }()
	w = counted

	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	caller, known := s.bearer(token)
	if !ok || !known {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"errors": []map[string]string{
			{"title": "Unauthorized", "detail": "The access token is missing, malformed, expired or revoked."},
		}})
		return
	}
	if wait, ok := s.throttle.take(token, s.now()); !ok {
		s.serveThrottled(w, wait)
		return
	}
	var req exec.Request
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		writeJSON(w, http.StatusBadRequest, refusal("The body must be application/json"))
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&req); err != nil {
		writeJSON(w, http.StatusBadRequest, refusal("The body is not a JSON object with a query"))
		return
	}
	s.run(w, caller, req)
}

func (s *Server) run(w http.ResponseWriter, caller int64, req exec.Request) {
	op, errs := s.exec.Prepare(req)
	if errs != nil {
		for _, e := range errs {
			e.Extensions = validationCode(e.Message)
		}
		s.write(w, s.opts.InvalidStatus, exec.Response{Errors: errs})
		return
	}
	if n := op.Complexity(s.opts.PlainListWeight); n > s.opts.ComplexityLimit {
		s.write(w, http.StatusOK, refusal(fmt.Sprintf("Query has complexity of %d, which exceeds max complexity of %d", n, s.opts.ComplexityLimit)))
		return
	}
	if n := op.Depth(); n > s.opts.DepthLimit {
		s.write(w, http.StatusOK, refusal(fmt.Sprintf("Query has depth of %d, which exceeds max depth of %d", n, s.opts.DepthLimit)))
		return
	}
	s.meter.executed(op.RootFields())
	answer := s.execute(op, caller)
	for _, e := range answer.Errors {
		if e.Extensions != nil {
			e.Extensions["correlation_id"] = strings.ToLower(rand.Text())
		}
	}
	s.write(w, http.StatusOK, answer)
}

// execute holds the state for the whole operation, so that every answer is of one moment.
func (s *Server) execute(op *exec.Operation[*request], caller int64) exec.Response {
	if op.Mutation {
		s.state.mu.Lock()
		defer s.state.mu.Unlock()
	} else {
		s.state.mu.RLock()
		defer s.state.mu.RUnlock()
	}
	env := &request{state: s.state, opts: &s.opts, caller: caller, now: s.now()}
	return op.Run(env, s.opts.ObjectLimit)
}

func (s *Server) write(w http.ResponseWriter, status int, answer exec.Response) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = answer.WriteTo(w) // the reader may have gone
}

// serveThrottled answers 429 as an edge server would, which knows nothing of GraphQL.
func (s *Server) serveThrottled(w http.ResponseWriter, wait time.Duration) {
	if s.opts.RetryAfter {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte("<html><body><h1>429 Too Many Requests</h1></body></html>\n"))
}

func refusal(message string) exec.Response {
	return exec.Response{Errors: []*exec.Error{{Message: message}}}
}

// validationCode gives the one validation code that the documents name; they promise no others.
func validationCode(message string) map[string]any {
	if strings.Contains(message, "of required type") && strings.Contains(message, "was not provided") {
		return map[string]any{"code": "missingRequiredInputObjectAttribute"}
	}
	return nil
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
