package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

var (
	// ErrClosed is the error of one who would have to wait for a load after Close.
	ErrClosed = errors.New("cache: closed")
	// ErrNotHeld is the error of one who wants only what is held.
	ErrNotHeld = errors.New("cache: not held")
)

// Options of a Cache; the zero Options is useful.
type Options struct {
	// Fresh is how long a value is as good as a new one; 10 min when 0.
	Fresh time.Duration
	// Stale is how long a value may stand in for one that cannot be had; 24 h when 0.
	Stale time.Duration
	// Flight is the deadline of a load; 1 min when 0.
	Flight time.Duration
	// Failure is for how long an error is answered without asking again; nil means 2 s for every error.
	Failure func(error) time.Duration
	// Private tells that an error concerns only the one whose load it was: it is neither remembered nor shared, and
	// others who waited try for themselves. Nil: no error does.
	Private func(error) bool
	// Size is how many keys are kept at most; 100,000 when 0. The least useful go first.
	Size int
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	setDefault(&o.Fresh, 10*time.Minute)
	setDefault(&o.Stale, 24*time.Hour)
	setDefault(&o.Flight, time.Minute)
	setDefault(&o.Size, 100_000)
	if o.Failure == nil {
		o.Failure = func(error) time.Duration { return 2 * time.Second }
	}
	if o.Private == nil {
		o.Private = func(error) bool { return false }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func setDefault[T int | time.Duration](option *T, value T) {
	if *option <= 0 {
		*option = value
	}
}

// Load reads one value. Its context belongs to the flight: it carries nothing of any caller.
type Load[V any] func(ctx context.Context) (V, error)

// Cache is a bounded map of values by key, safe for concurrent use. Close it to end its flights.
type Cache[K comparable, V any] struct {
	o       Options
	sharing *Sharing[K, V]
	deaf    func() // stops listening to the Remote

	base context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	entries *otter.Cache[K, entry[V]]
	flights map[K]*flight[K, V]
	// keys are those that entries and flights are for, by tag; empty without a second level.
	keys map[string]K
	// watchers are who wants to hear of tags.
	watchers map[string]map[chan struct{}]struct{}

	stats  Stats
	closed bool
	flying sync.WaitGroup
}

// New makes an empty cache in memory.
func New[K comparable, V any](o Options) *Cache[K, V] {
	c := &Cache[K, V]{o: o.withDefaults(), flights: map[K]*flight[K, V]{}, keys: map[string]K{}, watchers: map[string]map[chan struct{}]struct{}{}, deaf: func() {}}
	c.entries = otter.Must(&otter.Options[K, entry[V]]{
		MaximumSize: c.o.Size,
		// Age is judged on reading and size bounds the rest, so that otter needs no goroutine of its own.
		Executor: func(fn func()) { fn() },
		OnDeletion: func(e otter.DeletionEvent[K, entry[V]]) {
			if e.WasEvicted() && c.sharing != nil { // within entries.Set, so under mu
				delete(c.keys, c.sharing.tag(e.Key))
			}
		},
	})
	c.base, c.stop = context.WithCancel(context.Background())
	return c
}

// NewShared makes a cache whose second level other processes share.
func NewShared[K comparable, V any](o Options, s Sharing[K, V]) *Cache[K, V] {
	c := New[K, V](o)
	setDefault(&s.Lease, 3*time.Second)
	setDefault(&s.Poll, 500*time.Millisecond)
	c.sharing = &s
	c.deaf = s.Remote.Listen(c.heard)
	return c
}

// put keeps e. The caller holds mu.
func (c *Cache[K, V]) put(key K, e entry[V]) {
	c.entries.Set(key, e)
	if c.sharing != nil {
		c.keys[c.sharing.tag(key)] = key
	}
}

// unlist forgets f's tag unless memory holds its key or another flight is for it. The caller holds mu.
func (c *Cache[K, V]) unlist(f *flight[K, V]) {
	if c.sharing == nil || f.next != nil || c.flights[f.question.Key] != nil {
		return
	}
	if _, held := c.entries.GetIfPresent(f.question.Key); !held {
		delete(c.keys, f.tag)
	}
}

// notAfterNow is a moment by another process's clock, or now if that clock is ahead.
func (c *Cache[K, V]) notAfterNow(t time.Time) time.Time {
	if now := c.o.Now(); t.After(now) {
		return now
	}
	return t
}

// Close ends all flights and waits for them. What is in memory is still answered.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.deaf()
	c.stop()
	c.flying.Wait()
}
