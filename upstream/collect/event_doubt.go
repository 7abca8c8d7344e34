package collect

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// maxDoubts is how many identities of a source may be in doubt before all of it is.
const maxDoubts = 20

// doubt is what of one source has to be read again.
type doubt struct {
	keys  map[person.Key]struct{}
	whole bool
	// since is when the newest of it came up; zero for none.
	since     time.Time
	allowance allowance
}

// allowance bounds how often events may have a source read: a few times at once, and then no more often than the
// source is read anyway. So events at most double what refreshing costs, whoever sends them.
type allowance struct {
	every time.Duration
	left  int
	// refilled is up to when left is counted.
	refilled time.Time
}

// readingsAtOnce are the re-readings that may come without a pause.
const readingsAtOnce = 4

func newAllowance(every time.Duration) allowance {
	return allowance{every: every, left: readingsAtOnce}
}

// take uses one reading up, or tells how long until there is one.
func (a *allowance) take(now time.Time) (wait time.Duration) {
	n := now.Sub(a.refilled) / a.every
	a.left, a.refilled = a.left+int(n), a.refilled.Add(n*a.every)
	if a.left >= readingsAtOnce {
		a.left, a.refilled = readingsAtOnce, now
	}
	if a.left == 0 {
		return a.refilled.Add(a.every).Sub(now)
	}
	a.left--
	return 0
}

// suspect puts keys of a source in doubt, or all of it. Doubts of one identity are one.
func (e *Events) suspect(source person.SourceID, at time.Time, keys ...person.Key) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.doubts[source]
	if d == nil {
		return
	}
	if at.After(d.since) {
		d.since = at
	}
	d.whole = d.whole || len(keys) == 0
	for _, k := range keys {
		if !d.whole {
			if d.keys == nil {
				d.keys = map[person.Key]struct{}{}
			}
			d.keys[k] = struct{}{}
		}
	}
	if len(d.keys) > maxDoubts {
		d.whole = true
	}
	if d.whole {
		d.keys = nil
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run has doubts read until ctx ends.
func (e *Events) Run(ctx context.Context) error {
	var due <-chan time.Time // when to ask next; nil: when there is a doubt
	var at time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
			// A flood must not put off what it asks for, nor one source's patience another's doubts.
			if soon := e.collector.now().Add(e.settle); due == nil || soon.Before(at) {
				due, at = time.After(e.settle), soon
			}
		case <-due:
			due = nil
			if wait := e.ask(); wait > 0 {
				due, at = time.After(wait), e.collector.now().Add(wait)
			}
		}
	}
}

// ask has everything read that may be read now, and tells when to come again; 0 when nothing is left.
func (e *Events) ask() (wait time.Duration) {
	now := e.collector.now()
	asOf := e.collector.asOf()
	for source, d := range e.doubts {
		e.mu.Lock()
		in := doubt{keys: d.keys, whole: d.whole, since: d.since}
		var later time.Duration
		switch {
		case in.since.IsZero():
		case asOf[source].After(in.since):
			d.keys, d.whole, d.since = nil, false, time.Time{} // it was read anyway
			in.since = time.Time{}
		default:
			if later = d.allowance.take(now); later == 0 {
				d.keys, d.whole, d.since = nil, false, time.Time{}
			}
		}
		e.mu.Unlock()
		switch {
		case later > 0 && (wait == 0 || later < wait):
			wait = later
		case later == 0 && !in.since.IsZero() && e.dirty != nil:
			e.dirty.MarkDirty(source, slices.SortedFunc(maps.Keys(in.keys), person.Key.Compare)...)
		}
	}
	return wait
}

// asOf is when the last reading of each source began.
func (c *Collector) asOf() map[person.SourceID]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[person.SourceID]time.Time, len(c.sources))
	for _, s := range c.sources {
		if s.batch != nil {
			out[s.ID] = s.batch.AsOf
		}
	}
	return out
}
