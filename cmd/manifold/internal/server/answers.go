package server

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// Why a stream has no further answers.
var (
	errBusy    = fault.New(fault.RateLimited, "Too many operations are running. Ask again in a second, and for fewer at once.")
	errNoTime  = fault.New(fault.RateLimited, "The operation could not begin in time. Ask again, or for less at once.")
	errTooMany = fault.New(fault.RateLimited, "%s", tooManySubscriptions)
)

// answers executes op and hands its answers to send, one after another: one of a query or mutation, any number of a
// subscription. It returns nil once there are no more, else why not, which is a *fault.Error or what send has returned.
func (t transport) answers(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, send func(*graphql.Response) error) error {
	if op.Operation.Operation == ast.Subscription {
		return t.events(ctx, exec, op, send)
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	response, ok := t.execute(ctx, exec, op)
	switch {
	case !ok:
		return errBusy
	case response == nil: // the executor answers nothing once the context has ended
		return errNoTime
	}
	response.Errors = fewErrors(response.Errors)
	return send(response)
}

func (t transport) events(asking context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, send func(*graphql.Response) error) error {
	ctx, cancel := context.WithCancel(asking)
	defer cancel()
	turn := &turn{slots: t.slots, who: access.From(ctx).Name, timeout: t.timeout}
	turn.around(op)
	if !t.slots.acquire(ctx, turn.who) {
		return errBusy
	}
	responses, ctx := begin(ctx, cancel, t, exec, op, turn.who)
	if ctx.Err() != nil && asking.Err() == nil {
		return errNoTime
	}
	for {
		response := turn.next(ctx, responses)
		if response == nil {
			return nil
		}
		response.Errors = fewErrors(response.Errors)
		if err := send(response); err != nil || unexecuted(response) { // what has no data has ended it
			return err
		}
	}
}

// begin lets a subscription begin, in the slot of who, which it gives back.
func begin(ctx context.Context, cancel context.CancelFunc, t transport, exec graphql.GraphExecutor, op *graphql.OperationContext, who string) (graphql.ResponseHandler, context.Context) {
	defer t.slots.release(who)
	late := time.AfterFunc(t.timeout, cancel)
	defer late.Stop()
	return exec.DispatchOperation(ctx, op)
}

// guarded runs do, and makes an error of a panic, which goes to the log.
func (s *streams) guarded(ctx context.Context, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.ErrorContext(ctx, "panic", "value", fault.Panicked(v), "stack", string(debug.Stack()))
			err = errors.New("panic") // fault.From makes it INTERNAL
		}
	}()
	return do()
}

// errorsOf is err as GraphQL has errors: its public sentence and its code.
func errorsOf(err error) gqlerror.List {
	f := fault.From(err)
	return gqlerror.List{{Message: f.Message, Extensions: map[string]any{"code": f.Kind.Code()}}}
}

// unexecuted tells whether an answer is of an operation that did not begin.
func unexecuted(r *graphql.Response) bool { return len(r.Data) == 0 && len(r.Errors) > 0 }
