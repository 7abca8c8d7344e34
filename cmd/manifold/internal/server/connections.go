package server

import (
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// connections bounds what is open. It follows each connection by the states that net/http tells of it: new and idle
// ones wait for a request, active ones have one. When all are taken, the one that has waited longest is closed for the
// next; when none waits, the next is closed itself.
type connections struct {
	most, perAddress int
	log              *slog.Logger
	shed             func(reason string)

	mu        sync.Mutex
	open      map[net.Conn]*connection
	byAddress map[string]int
	// waiting has those without a request, the one that has waited longest first.
	waiting list.List
	// told is when it was last logged that some were closed.
	told time.Time
}

type connection struct {
	address string
	// place is in waiting; nil while there is a request.
	place *list.Element
}

// newConnections bounds all connections, and those of one address unless perAddress is 0.
func newConnections(most, perAddress int, log *slog.Logger, shed func(reason string)) *connections {
	return &connections{most: most, perAddress: perAddress, log: log, shed: shed, open: map[net.Conn]*connection{}, byAddress: map[string]int{}}
}

// follow is the server's ConnState hook.
func (c *connections) follow(conn net.Conn, state http.ConnState) {
	if closed := c.note(conn, state); closed != nil {
		_ = closed.Close() // net/http notices, and says StateClosed
	}
}

// note returns the connection to close, if there is one.
func (c *connections) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateNew {
		return c.admit(conn)
	}
	known := c.open[conn]
	if known == nil { // one that was closed here
		return nil
	}
	switch state {
	case http.StateActive:
		if known.place != nil {
			c.waiting.Remove(known.place)
			known.place = nil
		}
	case http.StateHijacked: // a WebSocket: net/http says no more of it, so release does
	case http.StateIdle:
		known.place = c.waiting.PushBack(conn)
	default:
		c.forget(conn)
	}
	return nil
}

func (c *connections) admit(conn net.Conn) (closed net.Conn) {
	address := addressOf(conn)
	if c.perAddress > 0 && c.byAddress[address] >= c.perAddress {
		c.shed("address")
		c.tell("one address has as many connections as limits.connections_per_address allows; more of it are closed")
		return conn
	}
	if len(c.open) >= c.most {
		c.shed("total")
		c.tell("as many connections are open as limits.connections allows; those that have waited longest are closed for new ones")
		longest := c.waiting.Front()
		if longest == nil {
			return conn
		}
		closed = longest.Value.(net.Conn)
		c.forget(closed)
	}
	c.open[conn] = &connection{address: address, place: c.waiting.PushBack(conn)}
	c.byAddress[address]++
	return closed
}

func (c *connections) forget(conn net.Conn) {
	known := c.open[conn]
	delete(c.open, conn)
	if known.place != nil {
		c.waiting.Remove(known.place)
	}
	less(c.byAddress, known.address)
}

// release forgets a connection that net/http has given away, once it is closed.
func (c *connections) release(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[conn] != nil {
		c.forget(conn)
	}
}

type connKey struct{}

// withConn lets a handler tell which connection its request has come by.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// tell warns at most once a minute.
func (c *connections) tell(what string) {
	if now := time.Now(); now.Sub(c.told) >= time.Minute {
		c.told = now
		c.log.Warn("connections shed", "why", what, "open", len(c.open))
	}
}

// addressOf is whom a connection is from: an address, or of IPv6 the network of 64 bits, which one host may have whole.
func addressOf(conn net.Conn) string {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return conn.RemoteAddr().String()
	}
	address := from.Addr().Unmap()
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
