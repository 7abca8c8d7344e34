package budget

import (
	"context"
	"sync"
)

// Ledger admits requests: at once where the Store allows it, else first come first served within the
// asker's deadline. It has no goroutine of its own.
type Ledger struct {
	store Store

	mu     sync.Mutex
	queues map[string]*queue // by credential
}

// NewLedger makes a ledger over store.
func NewLedger(store Store) *Ledger {
	return &Ledger{store: store, queues: map[string]*queue{}}
}

// Reserve waits until a may leave, and reserves it. It fails with a *Refusal as soon as it is known that a cannot be
// served before ctx's deadline, with ctx's error when ctx ends, and with the store's own error.
// The reservation MUST be settled exactly once.
func (l *Ledger) Reserve(ctx context.Context, limits Limits, a Ask) (Reservation, error) {
	if err := ctx.Err(); err != nil {
		return Reservation{}, err
	}
	w := &waiter{ctx: ctx, limits: limits, ask: a, done: make(chan struct{})}
	q := l.queue(limits.Credential)
	q.join(w)
	select {
	case <-w.done:
	case <-ctx.Done():
		q.leave(w, context.Cause(ctx))
	}
	return w.reservation, w.err
}

// Settle ends a reservation and lets those go who waited for it.
func (l *Ledger) Settle(ctx context.Context, limits Limits, r Reservation, o Outcome) error {
	err := l.store.Settle(ctx, limits, r, o)
	l.queue(limits.Credential).stir(o.Limited != NotLimited)
	return err
}

// Peek says what Reserve would decide now, without waiting and without reserving: the queue counts.
func (l *Ledger) Peek(ctx context.Context, limits Limits, a Ask) (Decision, error) {
	return l.store.Peek(ctx, limits, a, l.queue(limits.Credential).wanted())
}

// Read tells what is left.
func (l *Ledger) Read(ctx context.Context, limits Limits) (Readout, error) {
	return l.store.Read(ctx, limits)
}

// Spent tells for whom and for what the current window's tokens were spent, most tokens first.
func (l *Ledger) Spent(ctx context.Context, limits Limits) ([]Spending, error) {
	return l.store.Spent(ctx, limits)
}

func (l *Ledger) queue(credential string) *queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	q, ok := l.queues[credential]
	if !ok {
		q = &queue{store: l.store}
		l.queues[credential] = q
	}
	return q
}
