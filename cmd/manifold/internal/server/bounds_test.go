package server_test

import (
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// TestHeadersOverTheBoundAreRefused on a real socket, before anything is asked, in one header and in many.
func TestHeadersOverTheBoundAreRefused(t *testing.T) {
	h := holding(1)
	address, _ := serve(t, h, server.Options{})
	for name, headers := range map[string]string{
		"one long header": "X-Long: " + strings.Repeat("x", 40<<10) + "\r\n",
		"many headers":    strings.Repeat("X-Many: "+strings.Repeat("y", 90)+"\r\n", 500),
		"a long path":     "",
	} {
		path := "/graphql"
		if headers == "" {
			path += "?query=" + strings.Repeat("z", 40<<10)
		}
		c := dial(t, address, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\n")
		go func() { _, _ = io.WriteString(c, headers+"\r\n") }() // the server need not read it to its end
		if said := make([]byte, 13); !reads(c, said) || string(said) != "HTTP/1.1 431 " {
			t.Errorf("%s: %q", name, said)
		}
	}
	if h.entered.Load() != 0 {
		t.Error("one of them was executed")
	}
	close(h.let)
}

func reads(r io.Reader, into []byte) bool {
	_, err := io.ReadFull(r, into)
	return err == nil
}

// TestWhoIsShedIsCounted, by the bound that sheds them.
func TestWhoIsShedIsCounted(t *testing.T) {
	var (
		mu   sync.Mutex
		shed = map[string]int{}
	)
	count := func(reason string) { mu.Lock(); defer mu.Unlock(); shed[reason]++ }
	for reason, o := range map[string]server.Options{
		"total": {Connections: 5}, "address": {Connections: 100, ConnectionsPerAddress: 5},
	} {
		o.Shed = count
		address, stop := serve(t, api(tiny{}, server.Limits{}), o)
		for range 12 {
			dial(t, address, "")
		}
		counted := func() int { mu.Lock(); defer mu.Unlock(); return shed[reason] }
		for until := time.Now().Add(30 * time.Second); counted() < 7 && time.Now().Before(until); runtime.Gosched() {
		}
		if n := counted(); n != 7 {
			t.Errorf("%s: %d of 7 are counted", reason, n)
		}
		stop()
	}
}

// BenchmarkSlowBody tells what a client costs that has sent headers and a part of a body, and takes its time with the rest: bytes
// of heap, and how many times the largest body that is.
func BenchmarkSlowBody(b *testing.B) {
	const sockets, limit = 300, 256 << 10
	half := "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 262144\r\n\r\n" + strings.Repeat(" ", 100<<10)
	for b.Loop() {
		address, stop := serve(b, api(tiny{}, server.Limits{}), server.Options{BodyTimeout: time.Hour, DrainTimeout: 10 * time.Second})
		before := heap()
		var open []io.Closer
		for range sockets {
			open = append(open, dial(b, address, half))
		}
		// What has been sent is read when the heap has stood still for a while.
		most := before
		for still := 0; still < 5; still++ {
			if now := heap(); now > most+most/100 {
				most, still = now, 0
			}
		}
		b.ReportMetric(float64(most-before)/sockets, "heap-B/conn")
		b.ReportMetric(float64(most-before)/sockets/limit, "heap/body-limit")
		for _, c := range open {
			c.Close()
		}
		stop()
	}
}

// heap is what lives, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
