package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// stream is the one field of a subscription: its events are pulled, each by the response that tells it, so that none is
// made before its client is ready for it and before it is known who that client is by then.
type stream struct {
	field *graphql.FieldContext
	// pull waits for the next event. io.EOF and the end of the context end the stream; a fault does, and is told.
	pull func(context.Context) (event, error)
	// begun: its first event was asked for. over: its last one was told.
	begun, over bool
}

// event is what one response tells.
type event struct {
	who  access.Principal
	view directory.View
	// key is the same for events that say the same of one picture; "" where the picture does not tell.
	key string
	// offer hands the value to the executor, which is about to take it.
	offer func()
}

type streamKey struct{}

// AroundOperation gives a subscription the place where its responses find its events.
func (r *Resolver) AroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if !subscribes(ctx) {
		return next(ctx)
	}
	return next(context.WithValue(ctx, streamKey{}, new(stream)))
}

// subscribe makes the events that pull finds those of the operation in ctx. Closed is called once that has ended.
func subscribe[T any](ctx context.Context, closed func(), pull func(context.Context, chan<- *T) (event, error)) (<-chan *T, error) {
	s, ok := ctx.Value(streamKey{}).(*stream)
	if !ok {
		closed()
		return nil, errors.New("a subscription outside of AroundOperation")
	}
	out := make(chan *T, 1)
	s.field = graphql.GetFieldContext(ctx)
	s.pull = func(ctx context.Context) (event, error) { return pull(ctx, out) }
	context.AfterFunc(ctx, closed)
	return out, nil
}

var errNoPlan = fault.New(fault.BadUserInput, "Subscriptions have no plan: their events cost nothing. Leave the header %s out.", ExplainHeader)

// following refuses what no subscription can be asked with.
func following(ctx context.Context) error {
	explain, err := asksForPlan(ctx)
	if err == nil && explain {
		return errNoPlan
	}
	return err
}

func (r *Resolver) personChanged(ctx context.Context, filter *people.Filter) (<-chan *follow.PersonChange, error) {
	if err := following(ctx); err != nil {
		return nil, err
	}
	r.Service.Await(ctx)
	f, err := r.Hub.People(ctx, filter)
	if err != nil {
		return nil, err
	}
	return subscribe(ctx, f.Close, func(ctx context.Context, out chan<- *follow.PersonChange) (event, error) {
		t, err := f.Next(ctx)
		return event{t.Who, t.View, t.Key, func() { out <- &t.Value }}, err
	})
}

func (r *Resolver) sourceChanged(ctx context.Context, names []string) (<-chan *directory.Source, error) {
	if err := following(ctx); err != nil {
		return nil, err
	}
	f, err := r.Hub.Sources(ctx, names)
	if err != nil {
		return nil, err
	}
	return subscribe(ctx, f.Close, func(ctx context.Context, out chan<- *directory.Source) (event, error) {
		t, err := f.Next(ctx)
		return event{t.Who, t.View, t.Key, func() { out <- &t.Value }}, err
	})
}

func (r *Resolver) actionProgress(ctx context.Context, id string) (<-chan *action.Shown, error) {
	if err := following(ctx); err != nil {
		return nil, err
	}
	f, err := r.Acts.Progress(ctx, id)
	if err != nil {
		return nil, err
	}
	return subscribe(ctx, f.Close, func(ctx context.Context, out chan<- *action.Shown) (event, error) {
		a, who, err := f.Next(ctx)
		if err != nil {
			return event{}, err
		}
		return event{who: who, view: a.View(), offer: func() { out <- a }}, nil
	})
}

// tell is the response to the next event of a subscription, by what its client may see now. An error ends the
// subscription: it is told in a response without data, the last one.
func (r *Resolver) tell(ctx context.Context, s *stream, next graphql.ResponseHandler) *graphql.Response {
	if s.over {
		return nil
	}
	e, err := s.pull(ctx)
	if err != nil {
		s.over = true
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		return refused(below(ctx, s.field), err)
	}
	ctx = below(access.With(ctx, e.who), s.field)
	op := graphql.GetOperationContext(ctx)
	set := loaders.New(e.view, people.Asker{Client: e.who.Name, Operation: op.Operation.Name})
	resp := r.retell(ctx, e, set, next)
	if resp == nil {
		return nil
	}
	if resp.Extensions == nil {
		resp.Extensions = make(map[string]any, 1)
	}
	resp.Extensions["manifold"] = r.receipt(ctx, set)
	return resp
}

// retell answers what another subscription was told of the same picture, or else executes.
func (r *Resolver) retell(ctx context.Context, e event, set *loaders.Set, next graphql.ResponseHandler) *graphql.Response {
	execute := func() *graphql.Response {
		e.offer()
		return next(loaders.With(ctx, set, r.Details))
	}
	op := graphql.GetOperationContext(ctx)
	variables, err := json.Marshal(op.Variables)
	if e.key == "" || err != nil {
		return execute()
	}
	q := asked{sight: e.who.Sight(), query: op.RawQuery, operation: op.OperationName, variables: string(variables), event: e.key}
	known := r.told.of(e.view.Snapshot())
	if data, ok := known.data.GetIfPresent(q); ok {
		return &graphql.Response{Data: data}
	}
	resp := execute()
	if resp != nil && len(resp.Errors) == 0 && !set.Live() {
		resp.Data = slices.Clone(resp.Data) // the executor writes the next event where this one stands
		known.data.Set(q, resp.Data)
	}
	return resp
}

// below is ctx inside of the field of a subscription, so that paths begin with it. The executor leaves it out.
func below(ctx context.Context, f *graphql.FieldContext) context.Context {
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: f.Object, Field: f.Field, Args: f.Args, IsResolver: f.IsResolver})
}

// errLive refuses what each event would spend on.
func errLive(field string) error {
	return fault.New(fault.CostLimitExceeded, "%s is read from its vendor when asked for, which no event may do. Leave it out, and ask a query for it.", field)
}
