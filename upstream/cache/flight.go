package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/recall"
)

var (
	// errExit is the error of a load that ended its goroutine instead of returning.
	errExit = errors.New("cache: the load did not return")
	// errTooLate is the error of a value that had outlived Options.Stale when it came.
	errTooLate = errors.New("cache: the value was too old when it came")
)

// flight is one way to a new value of a key, shared by all who wait for it.
type flight[K comparable, V any] struct {
	question Question[K, V]
	only     bool
	tag      string
	// since is guarded by the cache's mu: the flight brings a value observed at or after it, or an error.
	since time.Time
	// beyond is the version of a value that turned out to be of no use; only the flight itself knows.
	beyond int64
	// token is that of the lease it has, outdated tells that what it brings was invalidated, next is the flight
	// for those who came too late for this one. Guarded by mu.
	token    int64
	outdated bool
	next     *flight[K, V]
	// waiting is how many wait for it, behind tells that it goes on without them; once withdrawn it brings nothing. Guarded
	// by mu.
	waiting   int
	behind    bool
	withdrawn bool
	// ctx is what it reads with, as long as work is neither recalled nor over.
	ctx  context.Context
	work *recall.Work
	// word says that the second level has something to tell.
	word chan struct{}
	// early is closed when memory has got a value that is not new enough; done once the rest is set.
	early, done chan struct{}
	outcome     entry[V]
	private     bool
}

func (c *Cache[K, V]) newFlight(q Question[K, V], t terms) *flight[K, V] {
	ctx, work := recall.New(c.base)
	return &flight[K, V]{question: q, only: t.only, since: t.fresh, ctx: ctx, work: work,
		word: make(chan struct{}, 1), early: make(chan struct{}), done: make(chan struct{})}
}

// serves tells whether what f will bring is new enough for t.
func (f *flight[K, V]) serves(t terms) bool { return !f.outdated && !f.since.Before(t.fresh) }

// after is the flight that follows f, for one whom f does not serve.
func (c *Cache[K, V]) after(f *flight[K, V], q Question[K, V], t terms) (next *flight[K, V], created bool) {
	if f.next == nil {
		f.next, created = c.newFlight(q, t), true
	}
	if f.next.since.Before(t.fresh) {
		f.next.since = t.fresh
	}
	return f.next, created
}

// depart starts flights. The caller holds mu.
func (c *Cache[K, V]) depart(flights []*flight[K, V]) {
	if c.sharing != nil {
		for _, f := range flights {
			f.tag = c.sharing.tag(f.question.Key)
			c.keys[f.tag] = f.question.Key
		}
		c.flying.Go(func() { c.departTogether(flights) })
		return
	}
	for _, f := range flights {
		c.flying.Go(func() {
			ctx, cancel := context.WithTimeout(f.ctx, c.o.Flight)
			defer cancel()
			c.load(ctx, f, 0)
		})
	}
}

// load reads f's key anew and lands, whatever the load does.
func (c *Cache[K, V]) load(ctx context.Context, f *flight[K, V], token int64) {
	began := c.o.Now()
	c.mu.Lock()
	if f.withdrawn {
		c.mu.Unlock()
		var none V
		c.share(ctx, f, token, none, began, recall.ErrRecalled)
		c.land(f, landed[V]{err: recall.ErrRecalled})
		return
	}
	f.token = token
	if f.since.Before(began) {
		f.since = began
	}
	c.stats.Loads++
	c.mu.Unlock()
	ended := c.renew(ctx, f, token)
	var value V
	err := errExit
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cache: the load panicked: %s\n%s", fault.Panicked(p), debug.Stack())
		}
		ended()
		keep := c.share(ctx, f, token, value, began, err)
		c.land(f, landed[V]{value: value, observed: began, version: token, err: err, keep: keep, loaded: true})
	}()
	value, err = f.question.Load(ctx)
}

// landed is what a flight brought.
type landed[V any] struct {
	value    V
	observed time.Time
	version  int64
	err      error
	// failure is for how long err is remembered; 0: as Options.Failure says.
	failure time.Duration
	// keep: memory may keep it, too. loaded: it is not from the second level.
	keep, loaded bool
}

// land ends f.
func (c *Cache[K, V]) land(f *flight[K, V], l landed[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer f.work.Close()
	if f.withdrawn { // its place may be another's
		c.unlist(f)
		return
	}
	key := f.question.Key
	e, _ := c.entries.GetIfPresent(key)
	keep := l.keep && !f.outdated
	switch {
	case l.err != nil:
		if l.failure == 0 {
			l.failure = c.o.Failure(l.err)
		}
		f.private = l.loaded && c.o.Private(l.err)
		f.outcome = e
		f.outcome.fail(l.err, c.o.Now().Add(l.failure))
		if l.loaded {
			c.stats.Failures++
		}
		if keep && !f.private {
			c.put(key, f.outcome)
		}
	case keep:
		e.take(l.value, l.observed, l.version)
		c.put(key, e)
		fallthrough
	default:
		f.outcome = entry[V]{value: l.value, observed: l.observed, version: l.version}
	}
	delete(c.flights, key)
	c.unlist(f)
	close(f.done)
	if f.next != nil {
		c.follow(f, l.err)
	}
}

// follow lets the next flight of f's key depart, unless what f brought serves it: an error does, for it is news.
func (c *Cache[K, V]) follow(f *flight[K, V], err error) {
	next := f.next
	served := err == nil && !f.outdated && !f.outcome.observed.Before(next.since)
	if served || err != nil && !f.private || c.closed {
		next.outcome, next.private = f.outcome, f.private && !c.closed
		close(next.done)
		next.work.Close()
		return
	}
	c.flights[f.question.Key] = next
	c.depart([]*flight[K, V]{next})
}
