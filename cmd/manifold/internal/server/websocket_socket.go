package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

// socket is one WebSocket. One goroutine reads it, one asks whether the peer is there, each operation has one, and serve's
// own waits for an end. Whoever finds a reason to end it says so by end, and serve closes it. There is no queue: whoever
// has something to send waits until it is sent.
type socket struct {
	transport
	exec    graphql.GraphExecutor
	streams *streams
	conn    *websocket.Conn
	request *http.Request

	// ctx ends with the socket, before its close frame is sent: nothing follows a decision to close.
	ctx     context.Context
	cancel  context.CancelFunc
	ending  sync.Once
	closing *closure

	// known is closed once it is known who this is, and what follows it is set.
	known        chan struct{}
	who          string
	credentialed *http.Request
	renewal      *renewal

	// writing holds one token, which whoever writes takes.
	writing chan struct{}
	running sync.WaitGroup

	mu         sync.Mutex
	operations map[string]*socketOperation
	// open are the operations whose goroutines are there, which may be a little longer than their ids are taken.
	open int
}

func newSocket(t transport, exec graphql.GraphExecutor, s *streams, conn *websocket.Conn, r *http.Request) *socket {
	out := &socket{
		transport: t, exec: exec, streams: s, conn: conn, request: r,
		known: make(chan struct{}), writing: make(chan struct{}, 1), operations: map[string]*socketOperation{},
	}
	out.ctx, out.cancel = context.WithCancel(r.Context())
	return out
}

// end closes the socket for the first reason that is given.
func (s *socket) end(c *closure) {
	s.ending.Do(func() {
		s.closing = c
		s.cancel()
	})
}

// serve returns once the socket is closed and nothing of it goes on.
func (s *socket) serve() {
	s.running.Go(s.read)
	s.running.Go(s.beat)
	s.watch()
	s.end(closeGone) // where the request's context has ended by itself
	if s.closing.code != 0 {
		_ = s.conn.Close(websocket.StatusCode(s.closing.code), s.closing.reason)
	}
	_ = s.conn.CloseNow()
	s.running.Wait()
	if s.isKnown() {
		s.streams.forget(s.who)
	}
	s.streams.Observer.SocketClosed(s.closing.code)
}

func (s *socket) isKnown() bool {
	select {
	case <-s.known:
		return true
	default:
		return false
	}
}

// watch waits for a reason to end.
func (s *socket) watch() {
	init := time.NewTimer(s.streams.Init)
	defer init.Stop()
	renew := time.NewTimer(s.streams.Renew)
	defer renew.Stop()
	known := s.known
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.streams.draining:
			s.end(closeShutdown)
		case <-known:
			known = nil
			init.Stop()
			requestOf(s.request.Context()).who = s.who
			renew.Reset(s.renewal.next(s.streams.Renew))
		case <-init.C:
			s.end(closeInit)
		case <-renew.C:
			if known != nil {
				continue
			}
			if _, err := s.renewal.renew(); err != nil {
				s.end(closingFor(err))
				return
			}
			renew.Reset(s.renewal.next(s.streams.Renew))
		}
	}
}

// beat ends a socket whose peer does not answer.
func (s *socket) beat() {
	tick := time.NewTicker(s.streams.Beat)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.streams.Patience)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil {
			s.end(closeGone)
			return
		}
	}
}

// read takes messages until the socket is closed, one after another.
func (s *socket) read() {
	for {
		typ, text, err := s.conn.Read(context.WithoutCancel(s.ctx))
		switch {
		case errors.Is(err, websocket.ErrMessageTooBig): // it has been told so
			s.end(closeTooBig)
		case err != nil:
			s.end(closeGone)
		case typ != websocket.MessageText:
			s.end(closeBinary)
		default:
			if c := s.take(text); c != nil {
				s.end(c)
			}
		}
		if err != nil || s.ctx.Err() != nil {
			return
		}
	}
}

// take acts on one message.
func (s *socket) take(text []byte) *closure {
	m, closing := readMessage(text)
	if closing != nil {
		return closing
	}
	switch m.typ {
	case "connection_init":
		if s.isKnown() {
			return closeTwice
		}
		return s.init(m.payload)
	case "ping":
		s.write(messagePong)
	case "subscribe":
		if !s.isKnown() {
			return closeEarly
		}
		return s.subscribe(m.id, m.payload)
	case "complete":
		s.withdraw(m.id)
	}
	return nil
}

// write sends a message, and ends a socket that does not take it in time.
func (s *socket) write(text []byte) { _ = s.writeWhile(s.ctx, text) }

var errEnded = errors.New("nobody waits for it any more")

// writeWhile sends a message unless ctx has ended.
func (s *socket) writeWhile(while context.Context, text []byte) error {
	select {
	case s.writing <- struct{}{}:
	case <-while.Done():
		return errEnded
	case <-s.ctx.Done():
		return errEnded
	}
	defer func() { <-s.writing }()
	if while.Err() != nil || s.ctx.Err() != nil {
		return errEnded
	}
	slow := time.AfterFunc(s.streams.Patience, func() { s.end(closeSlow) })
	defer slow.Stop()
	err := s.conn.Write(context.WithoutCancel(s.ctx), websocket.MessageText, text)
	if err != nil {
		s.end(closeGone)
	}
	return err
}
