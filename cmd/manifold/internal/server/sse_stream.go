package server

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// stream executes op and answers with an event stream, until it completes, the client goes, its credential ends or the
// server shuts down. Only an end that another attempt would not change has a complete event: without one clients
// connect again, which at a shutdown is to another replica.
func (t transport) stream(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor, op *graphql.OperationContext) {
	s := streamsOf(r.Context())
	who := access.From(r.Context())
	subscribes := op.Operation.Operation == ast.Subscription
	told := &requestOf(r.Context()).op
	if s == nil {
		refuse(w, http.StatusNotImplemented, fault.Internal, "No event streams are served here.")
		return
	}
	select {
	case <-s.draining:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, fault.SourceUnavailable, "This server is shutting down. Ask again.")
		return
	default:
	}
	*told = operationOf(op, nil)
	reason := "error"
	if subscribes {
		if !s.subscribe(who.Name, overEvents) {
			told.outcome = refused
			t.refuseEvents(w, r, &graphql.Response{Errors: errorsOf(errTooMany)})
			return
		}
		told.stream, told.outcome = &streamed{}, ok
		defer func() {
			told.stream.ended = reason
			s.unsubscribe(who.Name, overEvents, reason)
		}()
	}
	e, err := s.openEvents(w)
	if err != nil {
		reason = lost(err)
		return
	}
	f := flow{streams: s, events: e, renewal: s.renewal(r, who), told: told, op: op}
	reason = f.run(r.Context(), t, exec)
}

// flow is one operation whose answers become events.
type flow struct {
	*streams
	*events
	renewal *renewal
	told    *operation
	op      *graphql.OperationContext
}

// run returns why it has ended.
func (f flow) run(ctx context.Context, t transport, exec graphql.GraphExecutor) (reason string) {
	ctx, cancel := context.WithCancel(ctx)
	answers, done := make(chan *graphql.Response), make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		done <- f.guarded(ctx, func() error {
			return t.answers(f.renewal.with(ctx, access.From(ctx)), exec, f.op, func(r *graphql.Response) error {
				select {
				case answers <- r:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		})
	}()
	defer func() { // nothing that is executed outlives its request
		cancel()
		<-ended
	}()
	draining := f.draining
	if f.told.stream == nil {
		draining = nil // a query or mutation is answered, as over HTTP
	}
	beat := time.NewTicker(f.Beat)
	defer beat.Stop()
	renew := time.NewTimer(f.renewal.next(f.Renew))
	defer renew.Stop()
	for {
		var err error
		select {
		case response := <-answers:
			if reason, err = f.answer(response); reason != "" {
				return reason
			}
		case err = <-done:
			if ctx.Err() != nil {
				return "client"
			}
			return f.finish(err)
		case <-renew.C:
			if _, gone := f.renewal.renew(); gone != nil {
				return f.expel(gone)
			}
			renew.Reset(f.renewal.next(f.Renew))
		case <-beat.C:
			err = f.beat()
		case <-draining:
			return "shutdown"
		case <-ctx.Done():
			return "client"
		}
		if err != nil {
			return lost(err)
		}
	}
}

// answer sends an answer to whom it is still for; the reason is that for which they get no more.
func (f flow) answer(response *graphql.Response) (reason string, err error) {
	if f.told.stream == nil {
		*f.told = operationOf(f.op, response)
		return "", f.next(response)
	}
	if _, gone := f.renewal.renew(); gone != nil {
		return f.expel(gone), nil
	}
	if err := f.next(response); err != nil {
		return "", err
	}
	f.told.saw(response)
	f.Observer.EventSent(overEvents)
	return "", nil
}

// finish ends a stream that has no more answers.
func (f flow) finish(err error) (reason string) {
	if err != nil {
		return f.refuse(err, "error")
	}
	if err := f.complete(); err != nil {
		return lost(err)
	}
	if f.told.outcome == failed {
		return "error"
	}
	return "completed"
}

// expel ends a stream whose credential is good no more. Where nobody can tell now, it is cut off, so that the client connects
// again.
func (f flow) expel(gone error) (reason string) {
	if k := fault.KindOf(gone); k == fault.Unauthenticated || k == fault.Forbidden {
		return f.refuse(gone, "credential")
	}
	f.told.outcome = failed
	return "credential"
}

// refuse ends a stream by an error that another attempt in the same words would meet again.
func (f flow) refuse(err error, reason string) string {
	f.told.outcome = failed
	if f.next(&graphql.Response{Errors: errorsOf(err)}) == nil {
		_ = f.complete()
	}
	return reason
}
