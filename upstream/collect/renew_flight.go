package collect

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/recall"
)

// readOne starts reading k as it was at since or later. Callers hold mu.
func (r *Renewer) readOne(s *renewal, w Work, now, since time.Time, k person.Key) *renewing {
	f := &renewing{source: s, keys: []person.Key{k}, work: w, began: now, since: since, done: make(chan struct{})}
	r.fly(f, r.o.Flight, func(ctx context.Context) error {
		reading, err := r.bring(ctx, f, func(ctx context.Context) (Reading, error) {
			var known *person.Identity
			if i, ok := r.collector.Current().View(access.Principal{}).Identity(k); ok {
				known = i.Raw()
			}
			identity, err := s.One(ctx, w, k, known)
			alone := Reading{Batch: person.Batch{Source: s.id, System: k.System, Account: k.Account}}
			if identity != nil {
				alone.Batch.Identities = []*person.Identity{identity}
			}
			return alone, err
		})
		if err != nil {
			return err
		}
		change := directory.Change{Key: k, ObservedAt: reading.Batch.AsOf}
		if len(reading.Batch.Identities) > 0 {
			change.Identity = reading.Batch.Identities[0]
		}
		r.collector.Patch([]directory.Change{change})
		return nil
	})
	return f
}

// readAll starts reading all of s as it was at since or later. Callers hold mu.
func (r *Renewer) readAll(s *renewal, w Work, now, since time.Time) *renewing {
	f := &renewing{source: s, work: w, began: now, since: since, done: make(chan struct{})}
	r.fly(f, r.o.List, func(ctx context.Context) error {
		reading, err := r.bring(ctx, f, func(ctx context.Context) (Reading, error) { return s.All(ctx, w) })
		if err != nil {
			return err
		}
		return r.accept(s, reading)
	})
	return f
}

// bring gives f what read brings, or what another replica has read that is as good.
func (r *Renewer) bring(ctx context.Context, f *renewing, read func(context.Context) (Reading, error)) (Reading, error) {
	if r.shared != nil {
		reading, given, err := r.shared.read(ctx, f, read)
		f.observed, f.given = reading.Batch.AsOf, given
		return reading, err
	}
	reading, err := read(ctx)
	reading.Batch.AsOf, f.observed = f.began, f.began
	return reading, err
}

// fly starts a reading with a time limit of its own.
func (r *Renewer) fly(f *renewing, limit time.Duration, read func(context.Context) error) {
	var base context.Context
	base, f.call = recall.New(r.base)
	r.flying.Go(func() {
		defer f.call.Close()
		ctx, cancel := context.WithTimeout(base, limit)
		defer cancel()
		f.err = guarded(ctx, read)
		if f.err != nil && ctx.Err() != nil {
			f.err = fault.Wrap(fault.SourceUnavailable, f.err, "%s could not be read within %s.", f.source.id, limit)
		}
		r.land(f)
	})
}

// guarded turns a panic into an error.
func guarded(ctx context.Context, read func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading panicked: %s\n%s", fault.Panicked(p), debug.Stack())
		}
	}()
	return read(ctx)
}

// land ends a reading. One that failed is not to be taken for known, nor is one that another replica paid for as new as
// one of this moment.
func (r *Renewer) land(f *renewing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(f.done)
	s := f.source
	if f.withdrawn { // its place may be another's
		return
	}
	if s.list == f {
		s.list = nil
	}
	for _, k := range f.keys {
		if s.singles[k] == f {
			delete(s.singles, k)
		}
	}
	if f.err == nil {
		if b := s.books[f.work.Class]; b != nil && f.given {
			b.Brought(f.began, f.observed, f.keys...)
		}
		return
	}
	for _, b := range s.books {
		b.Failed(f.began, f.keys...)
	}
	switch fault.KindOf(f.err) {
	case fault.BudgetExhausted, fault.CostLimitExceeded:
		// It may be this caller alone who may spend no more, and the ledger answers the next one for nothing.
	default:
		s.failed, s.until = f.err, r.now().Add(remember(f.err))
	}
	r.o.Log.Warn("identities could not be read anew", "source", s.id, "identities", len(f.keys), "error", f.err)
}

// leave is for one who waits for f no more. When that was the last, and nothing of f has left, it is withdrawn.
func (r *Renewer) leave(f *renewing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.waiting--
	if f.waiting > 0 || f.behind || f.over() || !f.call.Recall() {
		return
	}
	f.withdrawn = true
	s := f.source
	if s.list == f {
		s.list = nil
	}
	for _, k := range f.keys {
		if s.singles[k] == f {
			delete(s.singles, k)
		}
	}
	for _, b := range s.books {
		b.Failed(f.began, f.keys...)
	}
}

// Accept takes a whole reading of a source that was made beside its rhythm. One that began before the newest that is
// known changes nothing.
func (c *Collector) Accept(source person.SourceID, reading Reading) error {
	s := c.tracked(source)
	if s == nil {
		return fault.New(fault.SourceUnavailable, "%s is not configured to be read any more.", source)
	}
	return c.accept(s, reading)
}
