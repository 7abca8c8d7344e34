package wire_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// dyingServer answers the first request of each connection and, when it has read
// a second one on it, closes the connection without a word: just what net/http
// repairs silently. It counts the requests that it has read.
func dyingServer(t *testing.T) (base string, requests *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int64)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for i := range 2 {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					requests.Add(1)
					if i == 0 {
						body := "{}"
						if req.Method == http.MethodHead {
							body = ""
						}
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"+body)
					}
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return "http://" + l.Addr().String(), requests
}

// TestEverySendIsCharged kills a kept-alive connection under a request. The
// transport alone would send it again, uncharged; through a Client each request
// that the server reads has its own ticket.
func TestEverySendIsCharged(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodPost, http.MethodPut} {
		for _, write := range []bool{false, true} {
			base, requests := dyingServer(t)
			transport := wire.NewTransport()
			gate := &ledger{}
			c := newClient(t, wire.Config{BaseURL: base, Transport: transport, Limits: calm}).As(wire.Refresh, gate)
			req := wire.Request{Method: method, Path: "/", Operation: "x", Write: write, Header: http.Header{"Idempotency-Key": {"k"}}}
			for _, want := range []wire.Kind{wire.OK, wire.Unreachable} {
				if _, err := c.Do(t.Context(), req, nil); wire.KindOf(err) != want {
					t.Fatalf("%s: %v, want %v", method, err, want)
				}
			}
			if n := len(gate.settled(t)); int64(n) != requests.Load() || n != 2 || !gate.outcomes[1].Sent {
				t.Errorf("%s: %d tickets for %d requests at the server", method, n, requests.Load())
			}
			transport.CloseIdleConnections()
		}
	}
}

// TestReadsOutliveADeadConnection shows the charged repair: the read succeeds,
// with three tickets for three requests.
func TestReadsOutliveADeadConnection(t *testing.T) {
	base, requests := dyingServer(t)
	transport := wire.NewTransport()
	defer transport.CloseIdleConnections()
	gate := &ledger{}
	c := newClient(t, wire.Config{BaseURL: base, Transport: transport}).As(wire.Refresh, gate)
	for range 2 {
		if _, err := c.Do(t.Context(), get("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(gate.settled(t)); n != 3 || requests.Load() != 3 {
		t.Errorf("%d tickets for %d requests", n, requests.Load())
	}
}

// TestTheTransportAloneReplays is the control: without it the tests above could
// pass because nothing ever replays.
func TestTheTransportAloneReplays(t *testing.T) {
	base, requests := dyingServer(t)
	transport := wire.NewTransport()
	defer transport.CloseIdleConnections()
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	if requests.Load() != 3 {
		t.Errorf("the server read %d requests; a replay would make it 3", requests.Load())
	}
}
