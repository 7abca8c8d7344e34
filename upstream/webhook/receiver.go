package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// Hook is one address that a vendor posts to, at Place.
type Hook struct {
	Source person.SourceID
	System person.System
	Lock   Lock
	Parse  collect.EventParser
}

// Sink is where events go; *collect.Events is one.
type Sink interface {
	// Take lets events of one source happen, in their order.
	Take(events []collect.Event)
	// Overflow says that events of a source were dropped. It does not block.
	Overflow(source person.SourceID)
}

// Outcome is what became of a request.
type Outcome string

// The outcomes. Overflowed and Unreadable put all of the source in doubt; the other refused ones do nothing.
const (
	Accepted   Outcome = "accepted"
	Duplicate  Outcome = "duplicate"
	Ignored    Outcome = "ignored"
	Overflowed Outcome = "overflowed"
	Refused    Outcome = "refused"
	Malformed  Outcome = "malformed"
	TooLarge   Outcome = "too large"
)

// Options are what a Receiver can do without.
type Options struct {
	// Body is the most bytes of a body; 64 KiB when 0.
	Body int64
	// Queue is how many events of one source may wait; 256 when 0.
	Queue int
	// Remember is how many deliveries of one source are known again, and Keep for how long; 1,024 and an hour when 0.
	Remember int
	Keep     time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log is silent when nil. It gets neither bodies nor addresses nor secrets.
	Log *slog.Logger
	// Count is told of every request to a known address; nil: nobody counts.
	Count func(person.SourceID, Outcome)
}

// Receiver is the HTTP side of all hooks. It answers while Run works.
type Receiver struct {
	mux   *http.ServeMux
	sink  Sink
	opt   Options
	hooks []*hook
}

// hook is a Hook with its memory and its queue: a flood at one address leaves the others alone.
type hook struct {
	Hook
	queue chan collect.Event

	mu     sync.Mutex
	memory *memory
}

// New makes a Receiver of hooks, which hands on to sink.
func New(hooks []Hook, sink Sink, o Options) *Receiver {
	o.Body, o.Queue = cmp.Or(o.Body, 64<<10), cmp.Or(o.Queue, 256)
	o.Remember, o.Keep = cmp.Or(o.Remember, 1024), cmp.Or(o.Keep, time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Count == nil {
		o.Count = func(person.SourceID, Outcome) {}
	}
	r := &Receiver{mux: http.NewServeMux(), sink: sink, opt: o}
	for _, each := range hooks {
		h := &hook{Hook: each, queue: make(chan collect.Event, o.Queue), memory: newMemory(o.Remember, o.Keep)}
		r.hooks = append(r.hooks, h)
		r.mux.HandleFunc("POST "+Place(h.System, h.Source), func(w http.ResponseWriter, req *http.Request) { r.serve(w, req, h) })
	}
	return r
}

// ServeHTTP answers 204 to every delivery that was let in, also to one that tells nothing new: vendors ban an
// address that refuses what they send. Everything else is a bare status.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(bare{w}, req) }

// bare drops the router's prose.
type bare struct{ http.ResponseWriter }

func (b bare) Write(p []byte) (int, error) { return len(p), nil }
func (b bare) WriteHeader(status int) {
	b.Header().Del("Content-Type")
	b.ResponseWriter.WriteHeader(status)
}
func (b bare) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request, h *hook) {
	outcome := r.receive(w, req, h)
	r.opt.Count(h.Source, outcome)
	level := slog.LevelDebug
	if outcome != Accepted && outcome != Duplicate && outcome != Ignored {
		level = slog.LevelWarn
	}
	r.opt.Log.Log(req.Context(), level, "webhook", "source", h.Source, "outcome", string(outcome))
}

func (r *Receiver) receive(w http.ResponseWriter, req *http.Request, h *hook) Outcome {
	if !h.Lock.opens(req) {
		h.Lock.refuse(w)
		return Refused
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.opt.Body))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return TooLarge
	}
	if err != nil || !isObject(body) {
		w.WriteHeader(http.StatusBadRequest)
		return Malformed
	}
	outcome := r.accept(h, body)
	w.WriteHeader(http.StatusNoContent)
	return outcome
}

// isObject tells whether body is one JSON object in UTF-8 and nothing else.
func isObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && utf8.Valid(body) && json.Valid(body)
}

// accept reads an authentic body and queues what it tells.
func (r *Receiver) accept(h *hook, body []byte) Outcome {
	now := r.opt.Now()
	ev, err := h.Parse(body)
	switch {
	case errors.Is(err, collect.ErrNoEvent):
		return Ignored
	case err != nil: // the vendor has something to tell, in a shape that nobody knows
		ev = collect.Event{Source: h.Source}
	}
	id := digest(sha256.Sum256(body))
	if ev.Delivery != "" {
		id = sha256.Sum256([]byte(ev.Delivery))
	}
	ev.Received = now
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.memory.add(id, now) {
		return Duplicate
	}
	select {
	case h.queue <- ev:
		return Accepted
	default:
		r.sink.Overflow(h.Source)
		return Overflowed
	}
}

// Run hands events on until ctx ends. What is queued then is lost, as webhooks are.
func (r *Receiver) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, h := range r.hooks {
		wg.Go(func() { r.work(ctx, h) })
	}
	wg.Wait()
	return nil
}

// batch is how many events are taken into the picture at once.
const batch = 64

func (r *Receiver) work(ctx context.Context, h *hook) {
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-h.queue:
			events := []collect.Event{ev}
			for len(events) < batch && len(h.queue) > 0 {
				events = append(events, <-h.queue)
			}
			r.sink.Take(events)
		}
	}
}
