package pipefy

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy/exec"
)

//go:embed schema.graphqls
var schemaText string

// Server is the pretend service. It is safe for concurrent use.
type Server struct {
	state    *State
	opts     Options
	mux      *http.ServeMux
	exec     *exec.Executor[*request]
	tokens   tokens
	throttle throttle
	meter    meter
}

// New serves state. The state may be read and changed by others meanwhile.
func New(state *State, opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{state: state, opts: opts, mux: http.NewServeMux()}
	s.tokens.given = map[string]grant{}
	s.throttle = throttle{limit: opts.RequestLimit, window: opts.RequestWindow, spent: map[string]window{}}
	s.ResetUsage()
	schema, resolvers := loadSchema(opts)
	var err error
	if s.exec, err = exec.New(schema, resolvers); err != nil {
		panic(err) // the schema and its resolvers are compiled in
	}
	s.mux.HandleFunc("POST /oauth/token", s.serveToken)
	s.mux.HandleFunc("/graphql", s.serveGraphQL)
	return s
}

// loadSchema leaves out the spelling of the pipe removal that the options deny.
func loadSchema(opts Options) (*ast.Schema, exec.Resolvers[*request]) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: schemaText})
	all := resolvers()
	drop := func(name string) {
		kept := schema.Mutation.Fields[:0]
		for _, f := range schema.Mutation.Fields {
			if f.Name != name {
				kept = append(kept, f)
			}
		}
		schema.Mutation.Fields = kept
		delete(all["Mutation"], name)
	}
	if opts.NoRepoSpelling {
		drop("removeUserFromRepo")
	}
	if opts.NoPipeSpelling {
		drop("removeUserFromPipe")
	}
	return schema, all
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !pause(r.Context(), s.opts.Latency) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) now() time.Time { return s.opts.Now() }

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

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader may have gone
}
