package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// ErrClosed is the error of a Get that would have to read after Close.
var ErrClosed = errors.New("cache: closed")

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
	// Size is how many keys are kept at most; 100,000 when 0. The least useful go first.
	Size int
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Result is the answer of a Get.
type Result[V any] struct {
	Value V
	// ObservedAt is when the load of Value began; zero if there is no Value.
	ObservedAt time.Time
	// IsStale: Value is older than Options.Fresh. With a nil Err a load is under way.
	IsStale bool
	// Err is why there is no Value, or no newer one.
	Err error
}

// Found tells whether there is a Value, even a stale one.
func (r Result[V]) Found() bool { return !r.ObservedAt.IsZero() }

// Load reads one value. Its context belongs to the flight: it carries nothing of any caller.
type Load[V any] func(ctx context.Context) (V, error)

// Cache is a bounded map of values by key, safe for concurrent use. Close it to end its flights.
type Cache[K comparable, V any] struct {
	o       Options
	entries *otter.Cache[K, entry[V]]

	base context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	flights map[K]*flight[V]
	flying  sync.WaitGroup
	closed  bool
}

// entry is the last value of a key, the last error if that is newer, or both.
type entry[V any] struct {
	value    V
	observed time.Time
	err      error
	// retry is when err may be tried again.
	retry time.Time
}

// New makes an empty cache.
func New[K comparable, V any](o Options) *Cache[K, V] {
	setDefault(&o.Fresh, 10*time.Minute)
	setDefault(&o.Stale, 24*time.Hour)
	setDefault(&o.Flight, time.Minute)
	setDefault(&o.Size, 100_000)
	if o.Failure == nil {
		o.Failure = func(error) time.Duration { return 2 * time.Second }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cache[K, V]{
		o: o,
		// Age is judged on reading and size bounds the rest, so that otter needs no goroutine of its own.
		entries: otter.Must(&otter.Options[K, entry[V]]{MaximumSize: o.Size, Executor: func(fn func()) { fn() }}),
		flights: map[K]*flight[V]{},
	}
	c.base, c.stop = context.WithCancel(context.Background())
	return c
}

func setDefault[T int | time.Duration](option *T, value T) {
	if *option <= 0 {
		*option = value
	}
}

// Get answers key from memory, or waits for the flight that loads it until ctx ends; the flight then goes on.
// load is called only if nobody else's flight for key is under way.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load Load[V]) Result[V] {
	return c.Ask(key, load).Wait(ctx)
}

// Ask is the half of Get that never waits, for one who has many keys to ask for first.
func (c *Cache[K, V]) Ask(key K, load Load[V]) Pending[V] {
	r, f := c.look(key, load)
	return Pending[V]{held: r, flight: f}
}

// Pending is an answer that may still be on its way.
type Pending[V any] struct {
	held   Result[V]
	flight *flight[V]
}

// Wait gives the answer as soon as there is one, even a stale one, or ctx's error when ctx ends before.
func (p Pending[V]) Wait(ctx context.Context) Result[V] {
	if p.flight == nil || p.held.Found() {
		return p.held
	}
	select {
	case <-p.flight.done:
		return p.flight.result
	default:
	}
	select {
	case <-p.flight.done:
		return p.flight.result
	case <-ctx.Done():
		return Result[V]{Err: context.Cause(ctx)}
	}
}

// look answers key as memory has it, and the flight that will know better, if there is or should be one.
func (c *Cache[K, V]) look(key K, load Load[V]) (Result[V], *flight[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, _ := c.entries.GetIfPresent(key)
	now := c.o.Now()
	r := c.answer(e, now)
	if r.Found() && !r.IsStale {
		return r, nil
	}
	if f, ok := c.flights[key]; ok {
		r.Err = nil
		return r, f
	}
	if e.err != nil && now.Before(e.retry) {
		return r, nil
	}
	if c.closed {
		r.Err = ErrClosed
		return r, nil
	}
	r.Err = nil
	f := &flight[V]{done: make(chan struct{})}
	c.flights[key] = f
	c.flying.Go(func() { c.fly(key, f, load) })
	return r, f
}

// answer is what an entry is worth at a moment.
func (c *Cache[K, V]) answer(e entry[V], now time.Time) Result[V] {
	age := now.Sub(e.observed)
	if e.observed.IsZero() || age >= c.o.Stale {
		return Result[V]{Err: e.err}
	}
	return Result[V]{Value: e.value, ObservedAt: e.observed, IsStale: age >= c.o.Fresh, Err: e.err}
}

// Close ends all flights and waits for them. What is in memory is still answered.
func (c *Cache[K, V]) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.flying.Wait()
}
