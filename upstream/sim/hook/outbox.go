// Package hook sends the webhooks of the simulated services. What befalls a delivery is in the service's schedule of
// faults.
package hook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// Delivery is one event on its way to one address.
type Delivery struct {
	URL    string
	Header http.Header
	// Body is what the given attempt, from 1, sends.
	Body func(attempt int) []byte
}

// Receipt is what came of one attempt. Status is 0 when nobody answered.
type Receipt struct {
	URL             string
	Attempt, Status int
}

// Record keeps receipts. It is safe for concurrent use.
type Record struct {
	mu   sync.Mutex
	list []Receipt
}

// List is all receipts so far, in their order.
func (r *Record) List() []Receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

func (r *Record) add(x Receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, x)
}

// Outbox sends deliveries one after the other, as long as nothing befalls them.
type Outbox struct {
	schedule *chaos.Schedule
	record   *Record
	retries  []time.Duration
	client   *http.Client
	ctx      context.Context
	cancel   context.CancelFunc
	busy     sync.WaitGroup

	mu      sync.Mutex
	waiting []Delivery
	late    []Delivery
	working bool
}

// timeout is how long an address may take to answer.
const timeout = 10 * time.Second

// NewOutbox makes an Outbox. After a failed attempt it tries again, once after each of retries.
func NewOutbox(schedule *chaos.Schedule, record *Record, retries ...time.Duration) *Outbox {
	o := &Outbox{schedule: schedule, record: record, retries: retries, client: &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	return o
}

// Send returns at once.
func (o *Outbox) Send(d Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx.Err() != nil {
		return
	}
	o.waiting = append(o.waiting, d)
	if !o.working {
		o.working = true
		o.busy.Go(o.work)
	}
}

// Close drops what is on its way.
func (o *Outbox) Close() {
	o.mu.Lock()
	o.cancel()
	o.mu.Unlock()
	o.busy.Wait()
}

func (o *Outbox) work() {
	for {
		o.mu.Lock()
		if len(o.waiting) == 0 || o.ctx.Err() != nil {
			o.working = false
			o.mu.Unlock()
			return
		}
		d := o.waiting[0]
		o.waiting = o.waiting[1:]
		o.mu.Unlock()
		o.deliver(d)
	}
}

// deliver makes the first attempt, unless something befalls it.
func (o *Outbox) deliver(d Delivery) {
	r, err := o.request(d, 1)
	if err != nil {
		return // nobody can be reached there
	}
	f, hit := o.schedule.Delivery(r)
	switch {
	case hit && f.Kind == chaos.Lost:
		return
	case hit && f.Kind == chaos.Late:
		o.late = append(o.late, d) // the worker's own
		return
	case hit && f.Kind == chaos.Slow:
		o.busy.Go(func() {
			if o.sleep(time.Duration(f.Delay)) {
				o.attempt(d, 1)
			}
		})
		return
	case hit && f.Kind == chaos.Twice:
		o.attempt(d, 1)
	}
	o.attempt(d, 1)
	for _, held := range o.late {
		o.attempt(held, 1)
	}
	o.late = nil
}

// attempt posts, and tries again behind.
func (o *Outbox) attempt(d Delivery, n int) {
	status := o.post(d, n)
	o.record.add(Receipt{URL: d.URL, Attempt: n, Status: status})
	if status >= 200 && status < 300 || n > len(o.retries) {
		return
	}
	o.busy.Go(func() {
		if o.sleep(o.retries[n-1]) {
			o.attempt(d, n+1)
		}
	})
}

func (o *Outbox) request(d Delivery, attempt int) (*http.Request, error) {
	r, err := http.NewRequestWithContext(o.ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body(attempt)))
	if err != nil {
		return nil, err
	}
	for name, values := range d.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

func (o *Outbox) post(d Delivery, attempt int) int {
	r, err := o.request(d, attempt)
	if err != nil {
		return 0
	}
	resp, err := o.client.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	return resp.StatusCode
}

// sleep tells whether the outbox is still open afterwards.
func (o *Outbox) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-o.ctx.Done():
		return false
	}
}
