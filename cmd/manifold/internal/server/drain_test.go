package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// ran is a server that runs until its stop is called, which returns what Run does.
func ran(t *testing.T, h http.Handler, o server.Options) (address string, stop func() error) {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	s, err := server.New(h, o)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(cancel)
	return addr.String(), func() error {
		cancel()
		return <-done
	}
}

// Neither says complete, so that clients connect again, which is to another replica.
func TestShutdownEndsStreamsSoThatClientsConnectAgain(t *testing.T) {
	es, saw := newTicker(), &watched{}
	address, stop := ran(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}})
	w := speak(t, nil, "ws://"+address+"/graphql").ready()
	w.send(`{"id":"1","type":"subscribe","payload":` + renamed + `}`)
	es.events <- "a"
	w.expect(`{"id":"1","type":"next"`)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	_, lines := listen(t, &http.Client{Transport: transport}, "http://"+address+"/graphql", "subscription{renamed}")
	es.events <- "b" // either gets it
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for got := w.hear(); got != "1001 The server is shutting down."; got = w.hear() {
		if got == "lost" {
			t.Fatal(got)
		}
	}
	rest, err := io.ReadAll(lines)
	if err != nil || string(rest) != "" && string(rest) != "event: next\ndata: {\"data\":{\"renamed\":\"b\"}}\n\n" {
		t.Errorf("%q %v", rest, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if es.open.Load() != 0 || saw.count("closed websocket shutdown") != 1 || saw.count("closed sse shutdown") != 1 || saw.count("socket closed 1001") != 1 {
		t.Errorf("%v", saw.saw)
	}
}

// Whoever has asked is answered first, and a mutation is not cut off in the middle.
func TestShutdownWaitsForAnswersOverSockets(t *testing.T) {
	es := newTicker()
	going := make(chan struct{})
	es.answering = func() { going <- struct{}{}; <-going }
	address, stop := ran(t, es.handler(server.Limits{}), server.Options{})
	w := speak(t, nil, "ws://"+address+"/graphql").ready()
	w.send(`{"id":"1","type":"subscribe","payload":{"query":"mutation{rename}"}}`)
	<-going
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for got := ""; !strings.Contains(got, "shutting down"); got = w.hear() { // once it is, it takes no more
		w.send(`{"id":"2","type":"subscribe","payload":{"query":"{nothing}"}}`)
	}
	going <- struct{}{}
	w.expect(`{"id":"1","type":"next"`, `{"id":"1","type":"complete"}`, "1001 ")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Several streams over one connection, as a proxy in front has them.
func TestEventStreamsOverHTTP2(t *testing.T) {
	es, saw := newTicker(), &watched{}
	s, err := server.New(es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw}})
	if err != nil {
		t.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	ts := httptest.NewUnstartedServer(s.Handler())
	ts.Config.Protocols = protocols
	ts.Start()
	defer ts.Close()
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	one, lines := listen(t, client, ts.URL+"/graphql", "subscription{renamed}")
	if one.ProtoMajor != 2 {
		t.Fatal(one.Proto)
	}
	es.events <- "a"
	expectLines(t, lines, "event: next", `data: {"data":{"renamed":"a"}}`, "")
	two, more := listen(t, client, ts.URL+"/graphql", "subscription{renamed}")
	_ = one.Body.Close()
	es.events <- "b"
	for got := ""; !strings.Contains(got, `"b"`); { // until the server has noticed, the one that is gone may get it
		select {
		case es.events <- "b":
		default:
		}
		if got, err = more.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	_ = two.Body.Close()
}

func TestSocketsAreConnections(t *testing.T) {
	es := newTicker()
	address, stop := ran(t, es.handler(server.Limits{}), server.Options{ConnectionsPerAddress: 2})
	one := speak(t, nil, "ws://"+address+"/graphql").ready()
	two := speak(t, nil, "ws://"+address+"/graphql").ready()
	options := &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}}
	if conn, _, err := websocket.Dial(t.Context(), "ws://"+address+"/graphql", options); err == nil {
		_ = conn.CloseNow()
		t.Fatal("a third connection of one address was taken")
	}
	_ = one.conn.Close(websocket.StatusNormalClosure, "")
	for {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+address+"/graphql", options)
		if err != nil {
			continue // the place is free as soon as the server has noticed
		}
		_ = conn.CloseNow()
		break
	}
	_ = two.conn.CloseNow()
	if err := stop(); err != nil {
		t.Error(err)
	}
}
