package server

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
)

// Streams bounds what goes on for longer than one answer: subscriptions, and the WebSockets that carry them. Zero fields
// take the defaults beside them.
type Streams struct {
	// Subscriptions are those open at once, at most half of them of one principal. 10,000
	Subscriptions int
	// PerSocket are the operations that one WebSocket has open at once. 100
	PerSocket int
	// Init is how long a WebSocket may take to say who it is. 5 s
	Init time.Duration
	// Beat is how often a silent peer is asked whether it is there. 15 s
	Beat time.Duration
	// Patience is how long a peer may take to answer that, and to take one message. 10 s
	Patience time.Duration
	// Renew is how often a credential is looked at again while nothing happens. 15 s
	Renew time.Duration
	// Observer hears of them; nil: nobody does.
	Observer StreamObserver
}

// StreamObserver hears of what goes on for longer than one answer. Transport is "websocket" or "sse". The reason of an
// end is "completed", "client", "credential", "shutdown", "slow" or "error".
type StreamObserver interface {
	SubscriptionOpened(transport string)
	SubscriptionClosed(transport, reason string)
	EventSent(transport string)
	SocketOpened()
	// SocketClosed tells by which close code; 0 is an end without one.
	SocketClosed(code int)
}

const (
	overSocket = "websocket"
	overEvents = "sse"
)

type nobody struct{}

func (nobody) SubscriptionOpened(string)         {}
func (nobody) SubscriptionClosed(string, string) {}
func (nobody) EventSent(string)                  {}
func (nobody) SocketOpened()                     {}
func (nobody) SocketClosed(int)                  {}

func (s Streams) withDefaults() Streams {
	s.Subscriptions = cmp.Or(s.Subscriptions, 10_000)
	s.PerSocket = cmp.Or(s.PerSocket, 100)
	s.Init = cmp.Or(s.Init, 5*time.Second)
	s.Beat = cmp.Or(s.Beat, 15*time.Second)
	s.Patience = cmp.Or(s.Patience, 10*time.Second)
	s.Renew = cmp.Or(s.Renew, 15*time.Second)
	if s.Observer == nil {
		s.Observer = nobody{}
	}
	return s
}

// streams are those that a server has open.
type streams struct {
	Streams
	authenticator Authenticator
	log           *slog.Logger
	answered      func(operation, outcome string, took time.Duration)
	connections   *connections
	// mostSockets are those of one principal.
	mostSockets int

	// draining is closed once the server takes no more.
	draining chan struct{}
	sockets  sync.WaitGroup

	mu            sync.Mutex
	drained       bool
	subscriptions int
	// by counts the subscriptions of each principal, and socketsBy its sockets.
	by, socketsBy map[string]int
}

func newStreams(o Options, c *connections) *streams {
	return &streams{
		Streams: o.Streams.withDefaults(), authenticator: o.Authenticator, log: o.Log, answered: o.Answered, connections: c,
		mostSockets: max(1, o.Connections/2), draining: make(chan struct{}), by: map[string]int{}, socketsBy: map[string]int{},
	}
}

type streamsKey struct{}

// offer lets next keep requests open for longer than one answer.
func (s *streams) offer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), streamsKey{}, s)))
	})
}

// streamsOf are those of the server that has taken the request of ctx; nil outside one.
func streamsOf(ctx context.Context) *streams {
	s, _ := ctx.Value(streamsKey{}).(*streams)
	return s
}

// drain ends all streams, and lets none begin.
func (s *streams) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.drained {
		s.drained = true
		close(s.draining)
	}
}

// wait returns once every WebSocket is closed, which net/http does not wait for; false: ctx has ended before.
func (s *streams) wait(ctx context.Context) bool {
	closed := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(closed)
	}()
	select {
	case <-closed:
		return true
	case <-ctx.Done():
		return false
	}
}

// upgrade counts a WebSocket; false: the server takes no more.
func (s *streams) upgrade() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drained {
		return false
	}
	s.sockets.Add(1)
	return true
}

// downgrade ends what upgrade began, for the request of ctx.
func (s *streams) downgrade(ctx context.Context) {
	if conn, ok := ctx.Value(connKey{}).(net.Conn); ok {
		s.connections.release(conn)
	}
	s.sockets.Done()
}

// identify counts a socket as who's; false: there are too many of theirs.
func (s *streams) identify(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socketsBy[who] >= s.mostSockets {
		return false
	}
	s.socketsBy[who]++
	return true
}

func (s *streams) forget(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	less(s.socketsBy, who)
}

// subscribe counts a subscription of who; false: too many are open. Whoever is let in calls unsubscribe.
func (s *streams) subscribe(who, transport string) bool {
	s.mu.Lock()
	if s.subscriptions >= s.Subscriptions || s.by[who] >= max(1, s.Subscriptions/2) {
		s.mu.Unlock()
		return false
	}
	s.subscriptions++
	s.by[who]++
	s.mu.Unlock()
	s.Observer.SubscriptionOpened(transport)
	return true
}

func (s *streams) unsubscribe(who, transport, reason string) {
	s.mu.Lock()
	s.subscriptions--
	less(s.by, who)
	s.mu.Unlock()
	s.Observer.SubscriptionClosed(transport, reason)
}

const tooManySubscriptions = "Too many subscriptions are open. End some, or ask again later."

// renewal asks anew who has sent r, which p was let in by.
func (s *streams) renewal(r *http.Request, p access.Principal) *renewal {
	return &renewal{authenticator: s.authenticator, request: r, principal: p, at: time.Now()}
}
