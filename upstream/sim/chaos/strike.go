package chaos

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// HugeBytes is how long the body of a HugeBody is.
const HugeBytes = 600 << 20

const slowByte = 100 * time.Millisecond

// Wrap puts the schedule in front of a service.
func (s *Schedule) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.pick(r, Kinds)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		s.strike(f, w, r, next)
	})
}

func (s *Schedule) strike(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Kind != SlowBody && f.Kind != Hang && !s.sleep(r, time.Duration(f.Delay)) {
		return
	}
	switch f.Kind {
	case Slow:
		next.ServeHTTP(w, r)
	case Hang:
		s.hang(r)
	case Reset:
		reset(w)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "\x1f\x8b{\"data\":[}\xff\x00 not json")
	case HugeBody:
		s.huge(w, r)
	case Truncated, SlowBody:
		kept := &keeper{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r)
		body := kept.body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(kept.status)
		if f.Kind == Truncated {
			w.Write(body[:len(body)/2])
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		s.trickle(w, r, body, time.Duration(f.Delay))
	default:
		if h := s.vendor.Answers[f.Kind]; h != nil {
			h.ServeHTTP(w, r)
			return
		}
		plain(w, f.Kind)
	}
}

// keeper holds an answer back. Its headers are the real ones.
type keeper struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keeper) WriteHeader(status int)      { k.status = status }
func (k *keeper) Write(b []byte) (int, error) { return k.body.Write(b) }

// plain answers a status without any vendor's manners.
func plain(w http.ResponseWriter, k Kind) {
	status := map[Kind]int{Status500: 500, Status503: 503, Unauthorized: 401, Burst429: 429, Daily429: 429, HTML403: 403}[k]
	if k == HTML403 {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(status)
		io.WriteString(w, "<!DOCTYPE html>\n<html><head><title>Access denied</title></head><body><h1>Sorry, you have been blocked</h1></body></html>\n")
		return
	}
	http.Error(w, http.StatusText(status), status)
}

// sleep waits and tells whether the caller is still there.
func (s *Schedule) sleep(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.done:
	}
	return false
}

// hang waits for the caller to give up. The server notices that only once the body is read.
func (s *Schedule) hang(r *http.Request) {
	io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	select {
	case <-r.Context().Done():
	case <-s.done:
	}
	panic(http.ErrAbortHandler)
}

// reset sends RST where the connection can be had, and closes it otherwise.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		conn.Close()
		return
	}
	panic(http.ErrAbortHandler)
}

func (s *Schedule) trickle(w http.ResponseWriter, r *http.Request, body []byte, gap time.Duration) {
	if gap == 0 {
		gap = slowByte
	}
	rc := http.NewResponseController(w)
	for i := range body {
		if !s.sleep(r, gap) {
			panic(http.ErrAbortHandler)
		}
		w.Write(body[i : i+1])
		rc.Flush()
	}
}

func (s *Schedule) huge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte("0,"), 32<<10)
	if _, err := io.WriteString(w, `{"success":true,"data":[`); err != nil {
		return
	}
	for sent := 0; sent < HugeBytes && r.Context().Err() == nil; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	io.WriteString(w, "0]}")
}
