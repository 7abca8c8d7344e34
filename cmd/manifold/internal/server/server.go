// Package server is the HTTP side of Manifold: who may ask, how requests and
// answers are framed, and what one request may cost before it is executed.
//
//	/graphql  the API: POST of application/json, and GET of queries with a preflight header; WebSockets and event streams for subscriptions
//	/         the page, with the files beside it
//	/livez    the process is alive
//	/readyz   there is something to answer from
//	/metrics  what Prometheus reads
//	/webhooks what vendors post when something changes
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
)

// Options says how to serve. The zero value serves loopback, and whoever comes.
type Options struct {
	// Listen is host:port; "" means config.DefaultListen. Port 0 takes a free one.
	Listen string
	// Hosts are the names, without port, under which requests are taken beside loopback names.
	Hosts []string
	// Origins are the foreign web origins ("https://admin.example.com") whose pages may ask.
	Origins []string
	// Authenticator tells who asks. nil: everybody on loopback may read everything, and other addresses are refused.
	Authenticator Authenticator
	// LocalReads keeps whoever asks from changing anything where there is no Authenticator.
	LocalReads bool
	// LocalLimits are what whoever asks may spend where there is no Authenticator.
	LocalLimits access.Limits
	// Page is served at / and below; nil: nothing is.
	Page *http.ServeMux
	// Ready tells the state of the sources; nil: always ready.
	Ready func() Readiness
	// Log takes one line per request; nil: nothing is logged.
	Log *slog.Logger
	// Answered hears of every GraphQL request: its operation's type ("none" if none was chosen), its outcome ("ok",
	// "partial", "error", "invalid", "refused") and how long it took; nil: nobody does.
	Answered func(operation, outcome string, took time.Duration)
	// Metrics answers /metrics, for those who hold access.ScopeBudgetsRead; nil: nothing does.
	Metrics http.Handler
	// Webhooks answers below /webhooks/; nil: nothing does. It knows by itself who may post.
	Webhooks http.Handler
	// OperationTimeout bounds one operation; the connection gets 30 s more. 0 means 30 s.
	OperationTimeout time.Duration
	// DrainTimeout is how long requests in flight may take after Run's context ended; 0 means 20 s.
	DrainTimeout time.Duration
	// Connections are those open at once, and ConnectionsPerAddress those of one address; 0 means 10,000, and no bound.
	Connections, ConnectionsPerAddress int
	// Shed hears of each connection that is closed for being one too many: "total", or "address" for those of one address;
	// nil: nobody does.
	Shed func(reason string)
	// HeaderTimeout is how long a request's headers may take to arrive, BodyTimeout how long its body; 0 means 5 s and 10 s.
	HeaderTimeout, BodyTimeout time.Duration
	// Streams bounds subscriptions.
	Streams Streams
}

// Server serves until its Run ends.
type Server struct {
	options Options
	// open is set where nobody is told apart.
	open     bool
	http     *http.Server
	streams  *streams
	draining atomic.Bool

	mu       sync.Mutex
	listener net.Listener
}

// New makes a server that asks graphql for everything at /graphql. It refuses an
// address that other machines can reach when nobody is told apart.
func New(graphql http.Handler, o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = config.DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Answered == nil {
		o.Answered = func(string, string, time.Duration) {}
	}
	if o.Shed == nil {
		o.Shed = func(string) {}
	}
	if o.OperationTimeout == 0 {
		o.OperationTimeout = 30 * time.Second
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 20 * time.Second
	}
	o.Connections = cmp.Or(o.Connections, 10_000)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 5*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 10*time.Second)
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen %q: write it like %s", o.Listen, config.DefaultListen)
	}
	s := &Server{open: o.Authenticator == nil}
	if s.open {
		if !config.IsLoopbackHost(host) {
			return nil, fmt.Errorf("listen %q: other machines can reach this address, so an API key is needed: add api_keys or keys_file to the configuration, or listen on %s", o.Listen, config.DefaultListen)
		}
		o.Authenticator = whoever{local(o.LocalLimits, o.LocalReads)}
	}
	s.options = o
	connections := newConnections(o.Connections, o.ConnectionsPerAddress, o.Log, o.Shed)
	s.streams = newStreams(o, connections)
	s.http = &http.Server{
		Handler:           s.handler(graphql, host),
		ReadHeaderTimeout: o.HeaderTimeout,
		ReadTimeout:       o.HeaderTimeout + o.BodyTimeout,
		WriteTimeout:      o.OperationTimeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
		ConnState:         connections.follow,
		ConnContext:       withConn,
	}
	return s, nil
}

// Handler is everything that Run serves.
func (s *Server) Handler() http.Handler { return s.http.Handler }

func (s *Server) handler(graphql http.Handler, listenHost string) http.Handler {
	mux := http.NewServeMux()
	guarded := func(h http.Handler) http.Handler {
		return allowHosts(append([]string{listenHost}, s.options.Hosts...), allowOrigins(s.options.Origins, h))
	}
	mux.Handle("/graphql", guarded(s.requireOrAsk(noStore(s.streams.offer(graphql)))))
	// Probes come with whatever name or address the machine has, so these two ask for no host.
	mux.Handle("/livez", reading(http.HandlerFunc(live)))
	mux.Handle("/readyz", reading(s.ready()))
	// Vendors post under whatever name the operator's proxy has, and no page of a foreign origin knows their secrets:
	// neither hosts nor origins nor API keys say anything about them.
	if s.options.Webhooks != nil {
		mux.Handle("/webhooks/", noStore(s.options.Webhooks))
	}
	if s.options.Page != nil {
		mux.Handle("/", guarded(notFound(s.options.Page)))
	}
	if s.options.Metrics != nil {
		mux.Handle("/metrics", s.scraped(guarded))
	}
	return withRequestID(s.report(recoverPanics(s.options.Log, secure(notFound(mux)))))
}

// Listen takes the address, so that it is known before Run. Calling it again changes nothing.
func (s *Server) Listen() (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		l, err := net.Listen("tcp", s.options.Listen)
		if err != nil {
			return nil, err
		}
		s.listener = l
	}
	return s.listener.Addr(), nil
}

// Run serves until ctx ends, then takes no more requests, ends subscriptions, finishes the requests in flight
// and returns nil. What is not done after DrainTimeout is cut off, with an error.
func (s *Server) Run(ctx context.Context) error {
	if _, err := s.Listen(); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.DrainTimeout)
	defer cancel()
	s.streams.drain()
	err := s.http.Shutdown(drain)
	if err == nil && !s.streams.wait(drain) {
		err = drain.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(fmt.Errorf("requests were still running %s after the signal to stop", s.options.DrainTimeout), s.http.Close())
	}
	<-served
	return err
}
