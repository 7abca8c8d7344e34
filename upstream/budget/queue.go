package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// queue is who waits for one credential, in order of arrival. Those whom the burst holds are served strictly in that
// order; one who waits for tokens does not hold up the others.
type queue struct {
	store Store

	mu      sync.Mutex
	waiting []*waiter
	timer   *time.Timer
}

type waiter struct {
	ctx    context.Context
	limits Limits
	ask    Ask
	// held: the burst holds it, or one before it; it does not just wait for tokens.
	held bool

	done        chan struct{} // closed once the rest is set
	reservation Reservation
	err         error
}

func (w *waiter) grant(r Reservation) { w.reservation = r; close(w.done) }
func (w *waiter) fail(err error)      { w.err = err; close(w.done) }

// inTime tells whether d leaves hope within the waiter's deadline.
func (w *waiter) inTime(d Decision) bool {
	if d.RetryIn <= 0 {
		return false
	}
	deadline, ok := w.ctx.Deadline()
	return !ok || d.RetryIn < time.Until(deadline)
}

func (w *waiter) refuse(d Decision) {
	w.fail(&Refusal{Account: w.limits.Account, Ask: w.ask, Decision: d})
}

// wantedLocked is how many slots those want whom the burst holds.
func (q *queue) wantedLocked() int {
	n := 0
	for _, w := range q.waiting {
		if w.held {
			n += max(w.ask.Slots, 1)
		}
	}
	return n
}

func (q *queue) wanted() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wantedLocked()
}

// join serves w, refuses it, or puts it in the queue.
func (q *queue) join(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ahead := q.wantedLocked(); ahead > 0 {
		d, err := q.store.Peek(w.ctx, w.limits, w.ask, ahead)
		switch {
		case err != nil:
			w.fail(err)
			return
		case !d.Allowed && !w.inTime(d):
			w.refuse(d)
			return
		}
	}
	q.waiting = append(q.waiting, w)
	q.pump(false)
}

// leave takes w out, for its context has ended. If it has been served meanwhile, nothing was sent.
func (q *queue) leave(w *waiter, cause error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-w.done:
		if w.err != nil {
			return
		}
		w.err = q.store.Settle(context.WithoutCancel(w.ctx), w.limits, w.reservation, Outcome{})
		if w.err == nil {
			w.err = cause
		}
	default:
		q.waiting = slices.DeleteFunc(q.waiting, func(o *waiter) bool { return o == w })
		w.err = cause
	}
	w.reservation = Reservation{}
	q.pump(false)
}

// stir serves who can be served now. recheck: the vendor has paused something, so that others may have lost hope.
func (q *queue) stir(recheck bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pump(recheck)
}

// pump goes through the queue once. Call it with q.mu held.
func (q *queue) pump(recheck bool) {
	if q.timer != nil {
		q.timer.Stop()
	}
	var next time.Duration
	wake := func(in time.Duration) {
		if next == 0 || in < next {
			next = in
		}
	}
	ahead := 0 // slots wanted by those whom the burst holds
	hold := func(w *waiter) {
		w.held = true
		ahead += max(w.ask.Slots, 1)
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(w *waiter) bool {
		if ahead > 0 {
			if recheck {
				if d, err := q.store.Peek(w.ctx, w.limits, w.ask, ahead); err == nil && !d.Allowed && !w.inTime(d) {
					w.refuse(d)
					return true
				}
			}
			hold(w)
			return false
		}
		// Not w.ctx: an answer that is lost on its way would leave tokens in doubt. leave gives back what comes too late.
		d, r, err := q.store.Reserve(context.WithoutCancel(w.ctx), w.limits, w.ask)
		switch {
		case err != nil:
			w.fail(err)
		case d.Allowed:
			w.grant(r)
		case !w.inTime(d):
			w.refuse(d)
		default:
			w.held = d.Because.held()
			if w.held {
				hold(w)
			}
			wake(d.RetryIn)
			return false
		}
		return true
	})
	if next > 0 {
		q.timer = time.AfterFunc(next, func() { q.stir(false) })
	}
}
