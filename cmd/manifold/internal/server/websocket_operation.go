package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
)

// socketOperation is one operation of a socket.
type socketOperation struct {
	id     string
	ctx    context.Context
	cancel context.CancelFunc
	// answering is set while it is, or may be, a query or mutation that is being executed.
	answering bool
}

var errLeaving = fault.New(fault.SourceUnavailable, "This server is shutting down. Connect again.")

var errCrowded = fault.New(fault.RateLimited, "Too many operations are open on this connection. Complete some first.")

// subscribe begins an operation.
func (s *socket) subscribe(id string, payload json.RawMessage) *closure {
	params, wrong := parseParams(payload)
	if wrong != nil && wrong != errTooMuchJSON {
		return closePayload
	}
	o, closing, refusal := s.admit(id)
	switch {
	case closing != nil:
		return closing
	case refusal != nil:
		s.turnAway(id, refusal)
	case wrong != nil:
		s.leave(o)
		s.finish(o)
		s.turnAway(id, fault.New(wrong.kind(), "%s", wrong.message))
	default:
		s.running.Go(func() { s.execute(o, params) })
	}
	return nil
}

// admit takes an id, and counts its operation until finish.
func (s *socket) admit(id string) (o *socketOperation, closing *closure, refusal error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.operations[id]; taken {
		return nil, closeDuplicate, nil
	}
	switch {
	case s.leaving:
		return nil, nil, errLeaving
	case s.open >= s.streams.PerSocket:
		return nil, nil, errCrowded
	}
	o = &socketOperation{id: id, answering: true}
	o.ctx, o.cancel = context.WithCancel(graphql.StartOperationTrace(s.ctx))
	s.operations[id] = o
	s.open++
	s.answering++
	return o, nil, nil
}

// finish ends what admit began.
func (s *socket) finish(o *socketOperation) {
	o.cancel()
	s.streaming(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// streaming says that o has no one answer, or no longer, for which a shutdown would wait.
func (s *socket) streaming(o *socketOperation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.answering {
		o.answering = false
		s.answering--
	}
	s.leaveIdle()
}

// drain ends the socket once the queries and mutations that are being executed are answered. Subscriptions it ends then.
func (s *socket) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving = true
	s.leaveIdle()
}

func (s *socket) leaveIdle() {
	if s.leaving && s.answering == 0 {
		s.end(closeShutdown)
	}
}

// turnAway answers an operation that is not even read.
func (s *socket) turnAway(id string, err error) {
	s.streams.answered("none", refused, 0)
	s.refuse(s.ctx, id, errorsOf(err))
}

// withdraw ends an operation that the client wants no more of. Its id is free at once.
func (s *socket) withdraw(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.operations[id]; o != nil {
		o.cancel()
		delete(s.operations, id)
	}
}

// leave frees the id of an operation, before the client hears that it may have it again.
func (s *socket) leave(o *socketOperation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[o.id] == o {
		delete(s.operations, o.id)
	}
}

// refuse sends the error that ends an operation.
func (s *socket) refuse(while context.Context, id string, errs gqlerror.List) {
	text, err := messageError(id, errs)
	if err == nil {
		_ = s.writeWhile(while, text)
	}
}

// execute answers one operation, and tells of it as HTTP's requests are told of.
func (s *socket) execute(o *socketOperation, params *graphql.RawParams) {
	start := time.Now()
	told := operation{outcome: refused}
	defer func() {
		s.leave(o)
		s.finish(o)
		took := time.Since(start)
		if told.stream == nil {
			s.streams.answered(told.kind(), told.outcome, took)
		}
		s.streams.log.LogAttrs(s.ctx, slog.LevelInfo, "operation", append([]slog.Attr{
			slog.String("transport", overSocket), slog.Int64("ms", took.Milliseconds()), slog.String("principal", s.who),
		}, told.attrs()...)...)
	}()
	err := s.streams.guarded(o.ctx, func() error { return s.answer(o, params, &told) })
	if err != nil {
		if told.outcome = failed; fault.KindOf(err) == fault.RateLimited {
			told.outcome = refused
		}
		s.leave(o)
		s.refuse(o.ctx, o.id, errorsOf(err))
	}
}

// answer sends all that comes of an operation. The error is what is left to say.
func (s *socket) answer(o *socketOperation, params *graphql.RawParams, told *operation) error {
	p, err := s.renewal.renew()
	if err != nil {
		s.end(closingFor(err))
		return nil
	}
	ctx := s.renewal.with(o.ctx, p)
	params.Headers = withoutBrowsersWord(s.credentialed.Header)
	creating, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	op, errs := s.exec.CreateOperationContext(creating, params)
	if errs == nil && betrays(s.credentialed, op.Operation.Name) {
		errs = gqlerror.List{gqlerror.Wrap(errBetrays)}
	}
	if errs != nil {
		told.outcome = invalid
		s.leave(o)
		s.refuse(o.ctx, o.id, s.exec.DispatchError(graphql.WithOperationContext(creating, op), shortened(errs)).Errors)
		return nil
	}
	cancel()
	*told = operationOf(op, nil)
	reason := "error"
	if op.Operation.Operation == ast.Subscription {
		if !s.streams.subscribe(p.Name, overSocket) {
			return errTooMany
		}
		told.stream, told.outcome = &streamed{}, ok
		s.streaming(o)
		defer func() {
			if s.ctx.Err() != nil {
				s.end(closeGone) // where the request's context has ended by itself
				reason = s.closing.ended
			}
			told.stream.ended = reason
			s.streams.unsubscribe(p.Name, overSocket, reason)
		}()
	}
	executed := true
	err = s.answers(ctx, s.exec, op, func(r *graphql.Response) error {
		executed = !unexecuted(r)
		return s.next(o, op, r, told)
	})
	switch {
	case o.ctx.Err() != nil: // withdrawn, or the socket has ended
		reason = "client"
		return nil
	case errors.Is(err, errEnded):
		return nil
	case err != nil:
		return err
	case !executed:
		return nil // its error has ended it
	}
	reason = "completed"
	s.leave(o)
	text, err := messageComplete(o.id)
	if err == nil {
		_ = s.writeWhile(o.ctx, text)
	}
	return err
}

// next sends one answer: of a subscription, while its credential is good.
func (s *socket) next(o *socketOperation, op *graphql.OperationContext, r *graphql.Response, told *operation) error {
	if told.stream == nil {
		*told = operationOf(op, r)
	} else if _, err := s.renewal.renew(); err != nil {
		s.end(closingFor(err))
		return errEnded
	} else {
		told.saw(r)
	}
	if unexecuted(r) {
		s.leave(o)
		s.refuse(o.ctx, o.id, r.Errors)
		return nil
	}
	text, err := messageNext(o.id, r)
	if err != nil {
		return err
	}
	if err := s.writeWhile(o.ctx, text); err != nil {
		return errEnded
	}
	if told.stream != nil {
		s.streams.Observer.EventSent(overSocket)
	}
	return nil
}
