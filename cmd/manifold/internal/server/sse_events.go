package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// events writes one event stream. It is used by one goroutine.
type events struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// openEvents sends the headers at once, so that a client knows that it is heard. Nothing bounds the stream as a whole.
func (s *streams) openEvents(w http.ResponseWriter) (*events, error) {
	e := &events{w: w, control: http.NewResponseController(w), patience: s.Patience}
	h := w.Header()
	h.Set("Content-Type", mediaEvents+"; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	// The server's limit for reading a request would end the request's context when it is over.
	if err := e.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	return e, e.write([]byte(":\n\n"))
}

// next sends an answer. JSON of json.Marshal has no line breaks.
func (e *events) next(response *graphql.Response) error {
	data, err := json.Marshal(response)
	if err != nil {
		return err
	}
	line := append([]byte("event: next\ndata: "), data...)
	return e.write(append(line, "\n\n"...))
}

// complete says that there are no more. EventSource hears of no event without data.
func (e *events) complete() error { return e.write([]byte("event: complete\ndata: \n\n")) }

// beat keeps proxies from closing what is silent, and finds peers that are gone.
func (e *events) beat() error { return e.write([]byte(":\n\n")) }

// write sends b whole, or fails when the peer does not take it in time.
func (e *events) write(b []byte) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(e.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.w.Write(b); err != nil {
		return err
	}
	if err := e.control.Flush(); err != nil {
		return err
	}
	if err := e.control.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// lost is why a stream whose peer takes nothing more has ended.
func lost(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "slow"
	}
	return "client"
}
