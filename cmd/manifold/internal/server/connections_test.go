package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// serve runs a whole server on a real socket; stop ends it and waits for it.
func serve(t testing.TB, graphql http.Handler, o server.Options) (address string, stop func()) {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	s, err := server.New(graphql, o)
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return at.String(), stop
}

// dial opens a connection and says what is given.
func dial(t testing.TB, address, say string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, say); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second)) // none of the tests gets there
	return c
}

// rest is what the server still says until it closes the connection, which it must.
func rest(t testing.TB, c net.Conn) string {
	t.Helper()
	said, err := io.ReadAll(c)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Error("the connection is still open")
	}
	return string(said)
}

func goroutinesFallTo(t *testing.T, most int) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > most; runtime.Gosched() {
		if time.Now().After(until) {
			t.Errorf("%d goroutines, want at most %d", runtime.NumGoroutine(), most)
			return
		}
	}
}

func TestIdleSocketsAreShedForThoseWhoAsk(t *testing.T) {
	const sockets, bound = 3000, 100
	base := runtime.NumGoroutine()
	address, stop := serve(t, api(tiny{}, server.Limits{}), server.Options{Connections: bound})
	var idle []net.Conn
	for i := range sockets {
		idle = append(idle, dial(t, address, ""))
		if i%300 == 299 {
			if a := send(t, "POST", "http://"+address+"/graphql", ask("{who}"), asJSON); a.status != 200 {
				t.Fatalf("beside %d idle sockets: %d %s", i+1, a.status, a.body)
			}
		}
	}
	for _, c := range idle[:sockets-bound] {
		if said := rest(t, c); said != "" {
			t.Fatalf("an idle socket was told %q", said)
		}
	}
	goroutinesFallTo(t, base+bound+10)
	for _, c := range idle {
		c.Close()
	}
	stop()
	goroutinesFallTo(t, base)
}

func TestTheLongestIdleConnectionIsTheOneThatGoes(t *testing.T) {
	address, _ := serve(t, api(tiny{}, server.Limits{}), server.Options{Connections: 2})
	request := "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
	answered := func(c net.Conn, r *bufio.Reader) bool {
		if _, err := io.WriteString(c, request); err != nil {
			return false
		}
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			return false
		}
		_, err = io.Copy(io.Discard, a.Body)
		return err == nil && a.StatusCode == 200
	}
	first := dial(t, address, "")
	reader := bufio.NewReader(first)
	second := dial(t, address, "")
	// Of a connection that is asked again and again, most of the time only the answer is known, not that it is idle again.
	// Two answers tell that the first of them was over.
	for range 2 {
		if !answered(first, reader) {
			t.Fatal("no answer")
		}
	}
	third := dial(t, address, "")
	if said := rest(t, second); said != "" {
		t.Errorf("the idle one was told %q", said)
	}
	if !answered(first, reader) || !answered(third, bufio.NewReader(third)) {
		t.Error("one that was asked more recently was closed")
	}
}

func TestSlowClientsAreCutWhileAGoodOneIsAnswered(t *testing.T) {
	base := runtime.NumGoroutine()
	address, stop := serve(t, api(tiny{}, server.Limits{Concurrent: 2}), server.Options{
		Connections: 250, HeaderTimeout: 700 * time.Millisecond, BodyTimeout: 300 * time.Millisecond,
	})
	var headers, bodies []net.Conn
	for range 100 {
		headers = append(headers, dial(t, address, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))
		bodies = append(bodies, dial(t, address, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"))
	}
	for range 20 {
		if a := send(t, "POST", "http://"+address+"/graphql", ask("{who}"), asJSON); a.status != 200 {
			t.Fatalf("beside slow clients: %d %s", a.status, a.body)
		}
	}
	for _, c := range headers {
		if said := rest(t, c); strings.Contains(said, "200 OK") {
			t.Fatalf("headers that never ended were answered: %s", said)
		}
	}
	for _, c := range bodies {
		if said := rest(t, c); !strings.HasPrefix(said, "HTTP/1.1 408 ") || !strings.Contains(said, `"code":"BAD_USER_INPUT"`) {
			t.Fatalf("a body that never ended: %q", said)
		}
	}
	stop()
	goroutinesFallTo(t, base)
}

func TestBusyConnectionsAreNotCutForNewOnes(t *testing.T) {
	h := holding(10)
	address, _ := serve(t, h, server.Options{Connections: 2})
	request := fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(ask("{who}")), ask("{who}"))
	busy := []net.Conn{dial(t, address, request), dial(t, address, request)}
	for h.running.Load() < 2 {
		runtime.Gosched()
	}
	if said := rest(t, dial(t, address, "")); said != "" {
		t.Errorf("a third connection was told %q", said)
	}
	close(h.let)
	for _, c := range busy {
		if said := rest(t, c); !strings.HasPrefix(said, "HTTP/1.1 200 ") {
			t.Errorf("a request in flight: %q", said)
		}
	}
}

func TestOneAddressHasItsOwnBound(t *testing.T) {
	address, _ := serve(t, api(tiny{}, server.Limits{}), server.Options{Connections: 100, ConnectionsPerAddress: 3})
	var kept []net.Conn
	for range 3 {
		kept = append(kept, dial(t, address, ""))
	}
	if said := rest(t, dial(t, address, "")); said != "" {
		t.Errorf("a fourth connection was told %q", said)
	}
	for _, c := range kept {
		_, _ = io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if said := rest(t, c); !strings.HasPrefix(said, "HTTP/1.1 200 ") {
			t.Errorf("one of the three: %q", said)
		}
	}
}

// What an idle connection costs in memory, after one answer: about what net/http keeps, its buffers and one goroutine.
func BenchmarkIdleConnection(b *testing.B) {
	address, _ := serve(b, api(tiny{}, server.Limits{}), server.Options{})
	const sockets = 1000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var open []net.Conn
		for range sockets {
			c, err := net.Dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.WriteString(c, "HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
			var answer [4096]byte
			if _, err := c.Read(answer[:]); err != nil {
				b.Fatal(err)
			}
			open = append(open, c)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/sockets, "heap-B/conn")
		b.ReportMetric(float64(int64(after.StackInuse)-int64(before.StackInuse))/sockets, "stack-B/conn")
		for _, c := range open {
			c.Close()
		}
	}
}
