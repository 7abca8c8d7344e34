package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// turn gives the events of one subscription slots: each holds one while its fields are resolved, and none while the next
// is waited for. The executor does both in one call, so the first field that is resolved takes the slot.
type turn struct {
	slots   *slots
	who     string
	timeout time.Duration
	event   atomic.Pointer[event]
}

// event is one answer of a subscription, while it is waited for and made.
type event struct {
	cancel context.CancelFunc

	once    sync.Once
	holds   bool
	timeout *time.Timer
}

// around makes the fields of op take the slot. Op is executed once.
func (t *turn) around(op *graphql.OperationContext) {
	resolve := op.ResolverMiddleware
	op.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if e := t.event.Load(); e != nil {
			e.once.Do(func() { t.begin(ctx, e) })
		}
		return resolve(ctx, next)
	}
}

// next waits for the next answer and makes it, in no more than the timeout; nil: there is no more.
func (t *turn) next(ctx context.Context, responses graphql.ResponseHandler) *graphql.Response {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e := &event{cancel: cancel}
	t.event.Store(e)
	defer func() {
		t.event.Store(nil)
		e.once.Do(func() {})
		if e.timeout != nil {
			e.timeout.Stop()
		}
		if e.holds {
			t.slots.release(t.who)
		}
	}()
	return responses(ctx)
}

// begin waits for as long as it takes: an event that was refused would be lost.
func (t *turn) begin(ctx context.Context, e *event) {
	for !e.holds && ctx.Err() == nil {
		if e.holds = t.slots.acquire(ctx, t.who); e.holds {
			break
		}
		wait := time.NewTimer(slotWait / 10)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
		}
	}
	e.timeout = time.AfterFunc(t.timeout, e.cancel)
}
