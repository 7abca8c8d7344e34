package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// calm makes every failure final, so that a test sees one attempt.
var calm = wire.Limits{MaxRetries: -1}

func TestAnswersAreClassified(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=UTF-8")
			w.WriteHeader(status)
			io.WriteString(w, "<!doctype html><title>blocked</title>")
		}
	}
	body := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		kind wire.Kind
		code fault.Kind
	}{
		"400":               {body(400, `{}`), wire.BadRequest, fault.BadUserInput},
		"422":               {body(422, `{}`), wire.BadRequest, fault.BadUserInput},
		"401":               {body(401, `{}`), wire.Unauthorized, fault.SourceUnavailable},
		"402":               {body(402, `{}`), wire.PaymentRequired, fault.SourceUnavailable},
		"403 JSON":          {body(403, `{"success":false}`), wire.Denied, fault.SourceUnavailable},
		"403 HTML":          {html(403), wire.Blocked, fault.SourceUnavailable},
		"403 unlabelled":    {body(403, "\n <html>"), wire.Blocked, fault.SourceUnavailable},
		"404":               {body(404, ``), wire.NotFound, fault.NotFound},
		"410":               {body(410, ``), wire.NotFound, fault.NotFound},
		"429":               {body(429, ``), wire.BurstLimited, fault.RateLimited},
		"500":               {body(500, `{}`), wire.ServerError, fault.SourceUnavailable},
		"503 empty":         {body(503, ``), wire.ServerError, fault.SourceUnavailable},
		"524 HTML":          {html(524), wire.ServerError, fault.SourceUnavailable},
		"302":               {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, wire.Malformed, fault.SourceUnavailable},
		"200 HTML":          {html(200), wire.Malformed, fault.SourceUnavailable},
		"200 cut short":     {body(200, `{"data":[{"id":1`), wire.Malformed, fault.SourceUnavailable},
		"200 two values":    {body(200, `{} {}`), wire.Malformed, fault.SourceUnavailable},
		"200 empty":         {body(200, ` `), wire.Malformed, fault.SourceUnavailable},
		"200 wrong shape":   {body(200, `["ann@example.com"]`), wire.Malformed, fault.SourceUnavailable},
		"204 for an answer": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, wire.Malformed, fault.SourceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			gate := &ledger{}
			client := newClient(t, wire.Config{BaseURL: serve(t, c.h), Limits: calm}).As(wire.Refresh, gate)
			var out struct{ Data []struct{ ID int } }
			_, err := client.Do(t.Context(), get("users.list"), &out)
			f := kindOf(t, err, c.kind)
			public := fault.From(err)
			if public.Kind != c.code || public.Source != "pipedrive-acme" || !strings.Contains(public.Message, "pipedrive-acme") {
				t.Errorf("public face %+v, want %s", public, c.code.Code())
			}
			if o := gate.settled(t); len(o) != 1 || o[0].Kind != c.kind || !o[0].Sent || o[0].Status != f.Status || f.Status == 0 {
				t.Errorf("outcomes %+v", o)
			}
			if !strings.HasPrefix(err.Error(), "pipedrive-acme users.list: "+c.kind.String()) || strings.Contains(err.Error(), address) {
				t.Errorf("text %q", err)
			}
		})
	}
}

func TestBrokenConnectionsAreUnreachable(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	hijacked := func(say string, linger bool) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(conn, say)
			if linger {
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
		})
	}
	for name, c := range map[string]struct {
		base string
		sent bool
		text string
	}{
		"refused":          {closed.URL, false, "connection was refused"},
		"foreign TLS":      {tls.URL, false, "certificate"},
		"TLS to plain":     {strings.Replace(hijacked("", false), "http:", "https:", 1), false, ""},
		"reset":            {hijacked("", true), true, ""},
		"closed":           {hijacked("", false), true, "closed early"},
		"not HTTP":         {hijacked("220 "+address+" ready\r\n", false), true, "transport failed"},
		"cut in the body":  {hijacked("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"data\":", false), true, "closed early"},
		"cut in a chunk":   {hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"da", false), true, "closed early"},
		"bad gzip":         {hijacked("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", false), true, ""},
		"reset after head": {hijacked("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", true), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			gate := &ledger{}
			var out any
			_, err := newClient(t, wire.Config{BaseURL: c.base, Limits: calm}).As(wire.Refresh, gate).Do(t.Context(), get("users.list"), &out)
			f := kindOf(t, err, wire.Unreachable)
			if f.Sent != c.sent || gate.settled(t)[0].Sent != c.sent || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), address) {
				t.Errorf("sent %v, text %q", f.Sent, err)
			}
			if fault.KindOf(err) != fault.SourceUnavailable {
				t.Errorf("public kind %v", fault.KindOf(err))
			}
		})
	}
	t.Run("no such host", func(t *testing.T) {
		c := newClient(t, wire.Config{BaseURL: "http://nowhere.example", Limits: calm,
			Transport: play(breaks(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", IsNotFound: true}}))})
		_, err := c.Do(t.Context(), get("users.list"), nil)
		if f := kindOf(t, err, wire.Unreachable); !f.Sent || !strings.Contains(err.Error(), "does not resolve") {
			t.Errorf("%+v: a transport that reports no connections must count as having sent", f)
		}
	})
}

func TestSlownessEndsAsTimeout(t *testing.T) {
	for name, slow := range map[string]func(http.ResponseWriter){
		"before the status": func(http.ResponseWriter) {},
		"inside the body": func(w http.ResponseWriter) {
			io.WriteString(w, `{"data":[`)
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				slow(w)
				<-r.Context().Done()
			})
			var out any
			limits := wire.Limits{Timeout: 400 * time.Millisecond, MaxRetries: -1}
			_, err := newClient(t, wire.Config{BaseURL: base, Limits: limits}).Do(t.Context(), get("users.list"), &out)
			if f := kindOf(t, err, wire.Timeout); !f.Sent || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%+v", f)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = newClient(t, wire.Config{BaseURL: base}).Do(ctx, get("users.list"), &out)
			kindOf(t, err, wire.Timeout)
		})
	}
}

func TestCallerWhoLeavesIsNotTheSourcesFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	gate := &ledger{}
	req := get("users.update")
	req.Method, req.Write = http.MethodPut, true
	_, err := newClient(t, wire.Config{BaseURL: base}).As(wire.Mutation, gate).Do(ctx, req, nil)
	f := kindOf(t, err, wire.Canceled)
	if !f.Ambiguous || !errors.Is(err, context.Canceled) || len(gate.settled(t)) != 1 {
		t.Errorf("%+v", f)
	}
}

func TestHugeBodiesCostAtMostTheCap(t *testing.T) {
	const limit = 1 << 20
	endless := func(w io.Writer) (n int64) {
		chunk := []byte(strings.Repeat(`"x",`, 16<<10))
		for n < 500<<20 {
			wrote, err := w.Write(chunk)
			if n += int64(wrote); err != nil {
				break
			}
		}
		return n
	}
	var sent atomic.Int64
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.CopyN(z, zeros{}, 8*limit)
	z.Close()
	for name, h := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) { sent.Store(endless(w)) },
		"declared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "524288000")
			sent.Store(endless(w))
		},
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			base := serve(t, func(w http.ResponseWriter, r *http.Request) { h(w, r); close(done) })
			c := newClient(t, wire.Config{BaseURL: base, Limits: wire.Limits{MaxBody: limit, MaxRetries: -1, Timeout: time.Minute}})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var out any
			_, err := c.Do(t.Context(), get("users.list"), &out)
			runtime.ReadMemStats(&after)
			kindOf(t, err, wire.TooLarge)
			<-done
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 24*limit {
				t.Errorf("allocated %d bytes for a cap of %d", grown, limit)
			}
			if sent.Load() > 32<<20 {
				t.Errorf("the server could send %d bytes", sent.Load())
			}
		})
	}
	t.Run("a body of exactly the cap is good", func(t *testing.T) {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `"`+strings.Repeat("a", limit-2)+`"`) })
		var out string
		if _, err := newClient(t, wire.Config{BaseURL: base, Limits: wire.Limits{MaxBody: limit}}).Do(t.Context(), get("x"), &out); err != nil || len(out) != limit-2 {
			t.Errorf("%d bytes, %v", len(out), err)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestRedirectsAreNotFollowed(t *testing.T) {
	thief := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed with %v", r.Header)
	})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief, http.StatusTemporaryRedirect) })
	_, err := newClient(t, wire.Config{BaseURL: base, Credential: wire.BearerToken(secret)}).Do(t.Context(), get("users.list"), nil)
	kindOf(t, err, wire.Malformed)
	if public := fault.From(err).Message; !strings.Contains(public, "redirect") {
		t.Errorf("public sentence %q does not say what happened", public)
	}
}
