package pipefy

import "net/http"

// Server is the pretend service. It is safe for concurrent use.
type Server struct {
	state *State
	opts  Options
	mux   *http.ServeMux
}

// New serves state. The state may be read and changed by others meanwhile.
func New(state *State, opts Options) *Server {
	return &Server{state: state, opts: opts, mux: http.NewServeMux()}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
