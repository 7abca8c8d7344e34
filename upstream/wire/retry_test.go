package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire"
)

// neverLeft fails as net/http does when no connection can be had.
func neverLeft(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GetConn("x")
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

var reset = breaks(&net.OpError{Op: "read", Err: syscall.ECONNRESET})

func TestRetries(t *testing.T) {
	type turn = func(*http.Request) (*http.Response, error)
	ok := answer(200, `{}`)
	burst := answer(429, `{}`, "Retry-After", "3")
	for name, c := range map[string]struct {
		write    bool
		turns    []turn
		deadline time.Duration
		kind     wire.Kind
		waits    []time.Duration // between attempts, with Rand at 0
	}{
		"a read survives two 5xx":                {turns: []turn{answer(500, ``), answer(524, `<html>`), ok}, waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}},
		"a third 5xx is final":                   {turns: []turn{answer(500, ``)}, kind: wire.ServerError, waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}},
		"a 503 names its own wait":               {turns: []turn{answer(503, ``, "Retry-After", "7"), ok}, waits: []time.Duration{7 * time.Second}},
		"a read that never left":                 {turns: []turn{neverLeft, neverLeft, ok}, waits: []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}},
		"a write that never left":                {write: true, turns: []turn{neverLeft, ok}, waits: []time.Duration{250 * time.Millisecond}},
		"a lost connection is retried once":      {turns: []turn{reset}, kind: wire.Unreachable, waits: []time.Duration{250 * time.Millisecond}},
		"a timeout is retried once":              {turns: []turn{hang}, kind: wire.Timeout, waits: []time.Duration{5*time.Second + 250*time.Millisecond}},
		"a burst limit is waited out":            {turns: []turn{burst, ok}, waits: []time.Duration{3*time.Second + 250*time.Millisecond}},
		"a burst limit without a time":           {turns: []turn{answer(429, ``), ok}, waits: []time.Duration{2*time.Second + 250*time.Millisecond}},
		"a burst limit beyond the deadline":      {turns: []turn{burst}, deadline: 2 * time.Second, kind: wire.BurstLimited},
		"a burst limit beyond all patience":      {turns: []turn{answer(429, ``, "Retry-After", "3600")}, kind: wire.BurstLimited},
		"a sent write is never repeated: 5xx":    {write: true, turns: []turn{answer(500, ``)}, kind: wire.ServerError},
		"a sent write is never repeated: reset":  {write: true, turns: []turn{reset}, kind: wire.Unreachable},
		"a sent write is never repeated: burst":  {write: true, turns: []turn{burst}, kind: wire.BurstLimited},
		"a sent write is never repeated: silent": {write: true, turns: []turn{hang}, kind: wire.Timeout},
		"a refusal is final: 401":                {turns: []turn{answer(401, ``)}, kind: wire.Unauthorized},
		"a refusal is final: 403":                {turns: []turn{answer(403, `{}`)}, kind: wire.Denied},
		"a refusal is final: blocked":            {turns: []turn{answer(403, `<html>`)}, kind: wire.Blocked},
		"a refusal is final: 404":                {turns: []turn{answer(404, `{}`)}, kind: wire.NotFound},
		"garbage is final":                       {turns: []turn{answer(200, `{`)}, kind: wire.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport, gate := play(c.turns...), &ledger{}
				client := newClient(t, wire.Config{BaseURL: "http://x", Transport: transport, Rand: func() float64 { return 0 },
					Limits: wire.Limits{Backoff: 500 * time.Millisecond}}).As(wire.Refresh, gate)
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				began := time.Now()
				var out any
				_, err := client.Do(ctx, wire.Request{Method: "POST", Path: "/x", Operation: "x", Write: c.write}, &out)
				if wire.KindOf(err) != c.kind {
					t.Errorf("ended as %v: %v", wire.KindOf(err), err)
				}
				if f, ok := err.(*wire.Failure); ok {
					unclear := map[wire.Kind]bool{wire.ServerError: true, wire.Unreachable: true, wire.Timeout: true}
					if f.Ambiguous != (c.write && unclear[c.kind]) {
						t.Errorf("ambiguous %v for a %v, write %v", f.Ambiguous, c.kind, c.write)
					}
				}
				if n := len(gate.settled(t)); n != len(c.waits)+1 || n != len(transport.at) {
					t.Fatalf("%d tickets, %d sends, want %d", n, len(transport.at), len(c.waits)+1)
				}
				for i, call := range gate.calls {
					if call.Retry != (i > 0) {
						t.Errorf("attempt %d says of itself that it is a retry: %t", i+1, call.Retry)
					}
				}
				for i, want := range c.waits {
					if got := transport.at[i+1].Sub(transport.at[i]); got != want {
						t.Errorf("wait %d was %v, want %v", i+1, got, want)
					}
				}
				if len(c.waits) == 0 && c.kind != wire.Timeout && time.Since(began) > 0 {
					t.Errorf("a final failure took %v", time.Since(began))
				}
			})
		})
	}
}

func TestJitterSpreadsTheWaitOverHalfAStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := play(answer(500, ``), answer(200, `{}`))
		c := newClient(t, wire.Config{BaseURL: "http://x", Transport: transport, Rand: func() float64 { return 0.5 },
			Limits: wire.Limits{Backoff: 400 * time.Millisecond}})
		if _, err := c.Do(t.Context(), get("x"), nil); err != nil {
			t.Fatal(err)
		}
		if got := transport.at[1].Sub(transport.at[0]); got != 300*time.Millisecond {
			t.Errorf("waited %v, want 300ms", got)
		}
	})
}

func TestCallerWhoLeavesEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		c := newClient(t, wire.Config{BaseURL: "http://x", Transport: play(answer(429, ``, "Retry-After", "20"))})
		_, err := c.Do(ctx, get("x"), nil)
		if kindOf(t, err, wire.BurstLimited).RetryAfter != 20*time.Second || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestRefusedRetryReportsTheGate(t *testing.T) {
	refusal := errors.New("no more")
	gate := &ledger{}
	transport := play(func(*http.Request) (*http.Response, error) {
		gate.mu.Lock()
		defer gate.mu.Unlock()
		gate.refuse = refusal
		return nil, io.ErrUnexpectedEOF
	})
	_, err := newClient(t, wire.Config{BaseURL: "http://x", Transport: transport}).As(wire.Refresh, gate).Do(t.Context(), get("x"), nil)
	if err != refusal || len(gate.settled(t)) != 1 {
		t.Errorf("%v after %d attempts", err, len(gate.outcomes))
	}
}

func TestTicketIsClosedAsSpentWhenAnAttemptPanics(t *testing.T) {
	gate := &ledger{}
	c := newClient(t, wire.Config{BaseURL: "http://x", Transport: play(func(*http.Request) (*http.Response, error) { panic("bug") })}).As(wire.Refresh, gate)
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Do(t.Context(), get("x"), nil)
	}()
	if o := gate.settled(t); len(o) != 1 || !o[0].Sent {
		t.Errorf("outcomes %+v", o)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "soon": 0, "NaN": 0, "1e300": 24 * time.Hour, "Inf": 24 * time.Hour,
		"Sat, 21 Nov 2026 12:00:09 GMT": 9 * time.Second, "Sat, 21 Nov 2020 12:00:09 GMT": 0,
	} {
		if got := wire.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q is %v, want %v", value, got, want)
		}
	}
}
