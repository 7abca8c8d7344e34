package collect

import (
	"context"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// maxDirty is how many identities of a source may be dirty before all of it is.
const maxDirty = 1_000

// MarkDirty is Dirty's: identities of a source, or all of it where there are no keys, have changed. What is marked within a
// short time is planned together, and charged to refreshing. A reading that fails is not tried again: the source's own
// rhythm will.
func (r *Renewer) MarkDirty(source person.SourceID, keys ...person.Key) {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sources[source]
	if s == nil {
		return
	}
	for _, k := range keys {
		s.dirty[k] = now
	}
	if len(keys) == 0 || len(s.dirty) > maxDirty {
		s.dirtyAll = now
		clear(s.dirty)
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run reads what is dirty until ctx ends, and then ends all that is being read.
func (r *Renewer) Run(ctx context.Context) error {
	var following sync.WaitGroup
	if r.shared != nil {
		for _, s := range r.sources {
			following.Go(func() { r.follow(ctx, s) })
		}
	}
	defer following.Wait()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
			select {
			case <-ctx.Done():
			case <-time.After(r.o.Gather):
				r.clean()
			}
		}
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.flying.Wait()
	if r.shared != nil {
		r.shared.close()
	}
	return nil
}

// clean starts reading all that is dirty.
func (r *Renewer) clean() {
	now := r.now()
	view := r.collector.Current().View(access.Principal{})
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, s := range r.sources {
		w := Work{Class: wire.Refresh, Gate: r.costs.Gate(budget.Attribution{Operation: "webhook", Field: "Identity"})}
		source, _ := view.Source(id)
		switch asOf := source.State().AsOf; {
		case asOf.Before(s.dirtyAll):
			if s.list == nil || s.list.began.Before(s.dirtyAll) {
				s.list = r.readAll(s, w, now, s.dirtyAll)
			}
			s.list.behind = true
		case len(s.dirty) > 0:
			demands := make([]plan.Demand[person.Key], 0, len(s.dirty))
			for k, since := range s.dirty {
				d := plan.Demand[person.Key]{Key: k, Since: since, Held: asOf}
				if i, ok := view.Identity(k); ok {
					d.Held = i.Freshness().ObservedAt
				}
				demands = append(demands, d)
			}
			flights, _ := r.start(s, w, now, demands)
			for _, f := range flights {
				f.behind = true
			}
		}
		s.dirtyAll = time.Time{}
		clear(s.dirty)
	}
}
