package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
)

// ticker is an executable schema whose subscription sends what is put into events, until that is closed.
type ticker struct {
	tiny
	events chan string
	// open counts subscriptions, executed all operations.
	open, executed *atomic.Int64
	// resolving is entered while an event's fields are resolved; nil: it takes no time.
	resolving func(ctx context.Context)
	// answering is entered while a query or mutation is executed; nil: it takes no time.
	answering func()
}

func newTicker() ticker {
	return ticker{events: make(chan string), open: new(atomic.Int64), executed: new(atomic.Int64)}
}

func (s ticker) Exec(ctx context.Context) graphql.ResponseHandler {
	s.executed.Add(1)
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation != ast.Subscription {
		if s.answering != nil {
			s.answering()
		}
		return graphql.OneShot(&graphql.Response{Data: json.RawMessage(fmt.Sprintf(`{"who":%q}`, access.From(ctx).Name))})
	}
	if op.Operation.Name == "Refused" {
		graphql.AddError(ctx, &gqlerror.Error{Message: "no such thing", Extensions: map[string]any{"code": "NOT_FOUND"}})
		return nil
	}
	s.open.Add(1)
	context.AfterFunc(ctx, func() { s.open.Add(-1) })
	return func(ctx context.Context) *graphql.Response {
		select {
		case to, ok := <-s.events:
			if !ok {
				return nil
			}
			switch to {
			case "panic":
				panic("the cause")
			case "forbidden":
				return &graphql.Response{Errors: gqlerror.List{{Message: "not any more", Extensions: map[string]any{"code": "FORBIDDEN"}}}}
			}
			_, _ = op.ResolverMiddleware(ctx, func(ctx context.Context) (any, error) {
				if s.resolving != nil {
					s.resolving(ctx)
				}
				return to, nil
			})
			return &graphql.Response{Data: json.RawMessage(fmt.Sprintf(`{"renamed":%q}`, to))}
		case <-ctx.Done():
			return nil
		}
	}
}

func (s ticker) handler(l server.Limits) http.Handler {
	h := server.NewGraphQL(s, l, server.Protocol{})
	h.SetErrorPresenter(presented)
	return h
}

const renamed = `{"query":"subscription{renamed}"}`

// pipes is a network of one host whose connections hold nothing back: what is written is being read. Time can be faked
// over it.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// faked serves o over pipes, inside a bubble of testing/synctest, until the returned function is called.
func faked(t *testing.T, h http.Handler, o server.Options) (*http.Client, func()) {
	t.Helper()
	s, err := server.New(h, o)
	if err != nil {
		t.Fatal(err)
	}
	network := newPipes()
	srv := &http.Server{Handler: s.Handler(), ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}
	go func() { _ = srv.Serve(network) }()
	transport := &http.Transport{DialContext: network.dial, DisableCompression: true}
	return &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
	}
}

// wire is a raw client of graphql-transport-ws.
type wire struct {
	t    testing.TB
	conn *websocket.Conn
}

// speak opens a WebSocket; headers are "Name: value".
func speak(t testing.TB, client *http.Client, url string, headers ...string) wire {
	t.Helper()
	h := http.Header{}
	for _, each := range headers {
		name, value, _ := strings.Cut(each, ": ")
		h.Add(name, value)
	}
	conn, resp, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: client, HTTPHeader: h, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatalf("%v %v", err, resp)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return wire{t, conn}
}

func (w wire) send(text string) {
	w.t.Helper()
	if err := w.conn.Write(w.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// hear is the next message, or "CODE reason" of the close.
func (w wire) hear() string {
	w.t.Helper()
	_, text, err := w.conn.Read(w.t.Context())
	if err != nil {
		if closed, ok := errors.AsType[websocket.CloseError](err); ok {
			return fmt.Sprintf("%d %s", closed.Code, closed.Reason)
		}
		return "lost"
	}
	return string(text)
}

func (w wire) expect(want ...string) {
	w.t.Helper()
	for _, each := range want {
		if got := w.hear(); !strings.HasPrefix(got, each) {
			w.t.Fatalf("got %s, want %s", got, each)
		}
	}
}

func (w wire) ready() wire {
	w.t.Helper()
	w.send(`{"type":"connection_init"}`)
	w.expect(`{"type":"connection_ack"}`)
	return w
}

// watched counts what an observer hears.
type watched struct {
	mu  sync.Mutex
	saw map[string]int
}

func (w *watched) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.saw == nil {
		w.saw = map[string]int{}
	}
	w.saw[what]++
}

func (w *watched) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.saw[what]
}

func (w *watched) SubscriptionOpened(transport string) { w.note("opened " + transport) }
func (w *watched) SubscriptionClosed(transport, reason string) {
	w.note("closed " + transport + " " + reason)
}
func (w *watched) EventSent(transport string) { w.note("event " + transport) }
func (w *watched) SocketOpened()              { w.note("socket opened") }
func (w *watched) SocketClosed(code int)      { w.note(fmt.Sprintf("socket closed %d", code)) }

// A subscription whose beginning takes longer than an operation may has no end like one that has told all.
func TestWhatCannotBeginInTimeIsSaid(t *testing.T) {
	for transport, hears := range map[string]func(*testing.T, *http.Client) string{
		"websocket": func(t *testing.T, client *http.Client) string {
			w := speak(t, client, "ws://localhost/graphql").ready()
			w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
			defer func() { _ = w.conn.CloseNow() }()
			return w.hear()
		},
		"sse": func(t *testing.T, client *http.Client) string {
			resp, lines := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
			defer func() { _ = resp.Body.Close() }()
			_, _ = lines.ReadString('\n')
			data, _ := lines.ReadString('\n')
			return data
		},
	} {
		t.Run(transport, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				never := tiny{exec: func(ctx context.Context) *graphql.Response {
					<-ctx.Done()
					return nil
				}}
				client, stop := faked(t, api(never, server.Limits{Timeout: 2 * time.Second}), server.Options{})
				defer stop()
				if got := hears(t, client); !strings.Contains(got, "could not begin in time") || !strings.Contains(got, "RATE_LIMITED") {
					t.Errorf("heard %s", got)
				}
			})
		})
	}
}

// An answer without data is the last one, whatever its source would say after it.
func TestNothingFollowsAnAnswerWithoutData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		es, saw := newTicker(), &watched{}
		client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}})
		defer stop()
		w := speak(t, client, "ws://localhost/graphql").ready()
		w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
		es.events <- "forbidden"
		w.expect(`{"id":"1","type":"error","payload":[{"message":"not any more","extensions":{"code":"FORBIDDEN"}}]}`)
		_, lines := listen(t, client, "http://localhost/graphql", "subscription{renamed}")
		es.events <- "forbidden"
		expectLines(t, lines, "event: next", `data: {"errors":[{"message":"not any more","extensions":{"code":"FORBIDDEN"}}]}`, "", "event: complete", "data: ", "")
		synctest.Wait()
		if es.open.Load() != 0 || saw.count("closed websocket error") != 1 || saw.count("closed sse error") != 1 {
			t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
		}
		w.send(`{"type":"ping"}`)
		w.expect(`{"type":"pong"}`)
		_ = w.conn.CloseNow()
	})
}

func TestASubscriptionHasOneField(t *testing.T) {
	es := newTicker()
	url := start1(t, es.handler(server.Limits{}), server.Options{})
	w := speak(t, nil, url).ready()
	for n, query := range []string{
		"subscription {a:renamed b:renamed}", "subscription S {a:renamed b:renamed}", "subscription S {renamed @skip(if:true)}",
		"subscription S {...A b:renamed} fragment A on Subscription {renamed}", "subscription S {__typename}", "subscription S {... @include(if:true) {__typename}}",
		"subscription S {renamed __typename}",
	} {
		w.send(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":%s}`, n, ask(query)))
		if got := w.hear(); !strings.HasPrefix(got, fmt.Sprintf(`{"id":"%d","type":"error"`, n)) || !strings.Contains(got, "BAD_USER_INPUT") {
			t.Errorf("%s is answered %s", query, got)
		}
	}
	if es.executed.Load() != 0 {
		t.Error("something was executed")
	}
	for _, query := range []string{"subscription {renamed renamed}", "subscription S {renamed ...A b:renamed @skip(if:true)} fragment A on Subscription {renamed}"} {
		es := newTicker()
		w := speak(t, nil, start1(t, es.handler(server.Limits{}), server.Options{})).ready()
		w.send(fmt.Sprintf(`{"id":"1","type":"subscribe","payload":%s}`, ask(query)))
		es.events <- "a"
		w.expect(`{"id":"1","type":"next"`)
	}
}
