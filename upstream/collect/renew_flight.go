package collect

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// fly starts a reading of keys, or of everybody where there are none, with a time limit of its own. Callers hold mu.
func (r *Renewer) fly(s *renewal, limit time.Duration, began time.Time, read func(context.Context) error, keys ...person.Key) *renewing {
	f := &renewing{began: began, done: make(chan struct{})}
	r.flying.Go(func() {
		ctx, cancel := context.WithTimeout(r.base, limit)
		defer cancel()
		f.err = guarded(ctx, read)
		if f.err != nil && ctx.Err() != nil {
			f.err = fault.Wrap(fault.SourceUnavailable, f.err, "%s could not be read within %s.", s.id, limit)
		}
		r.land(s, f, keys...)
	})
	return f
}

// guarded turns a panic into an error.
func guarded(ctx context.Context, read func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return read(ctx)
}

// land ends a reading. One that failed is not to be taken for known.
func (r *Renewer) land(s *renewal, f *renewing, keys ...person.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(f.done)
	if s.list == f {
		s.list = nil
	}
	for _, k := range keys {
		if s.singles[k] == f {
			delete(s.singles, k)
		}
	}
	if f.err == nil {
		return
	}
	for _, b := range s.books {
		b.Failed(f.began, keys...)
	}
	switch fault.KindOf(f.err) {
	case fault.BudgetExhausted, fault.CostLimitExceeded:
		// It may be this caller alone who may spend no more, and the ledger answers the next one for nothing.
	default:
		s.failed, s.until = f.err, r.now().Add(remember(f.err))
	}
	r.o.Log.Warn("identities could not be read anew", "source", s.id, "identities", len(keys), "error", f.err)
}

func (r *Renewer) readOne(ctx context.Context, s *renewal, w Work, began time.Time, k person.Key) error {
	var known *person.Identity
	if i, ok := r.collector.Current().View(access.Principal{}).Identity(k); ok {
		known = i.Raw()
	}
	identity, err := s.One(ctx, w, k, known)
	if err != nil {
		return err
	}
	r.patch(k, identity, began)
	return nil
}

func (r *Renewer) readAll(ctx context.Context, s *renewal, w Work, began time.Time) error {
	reading, err := s.All(ctx, w)
	if err != nil {
		return err
	}
	reading.Batch.AsOf = began
	return r.collector.Accept(s.id, reading)
}

// Accept takes a whole reading of a source that was made beside its rhythm. One that began before the newest that is
// known changes nothing.
func (c *Collector) Accept(source person.SourceID, reading Reading) error {
	i := slices.IndexFunc(c.sources, func(s *tracked) bool { return s.ID == source })
	if i < 0 {
		return fault.New(fault.SourceUnavailable, "%s is not configured to be read any more.", source)
	}
	return c.accept(c.sources[i], reading)
}
