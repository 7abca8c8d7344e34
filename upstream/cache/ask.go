package cache

import (
	"context"
)

// Get answers key from memory, or waits for the flight that loads it until ctx ends. The flight then goes on if it has
// sent anything, or somebody else waits for it.
// load is called only if nobody else's flight for key is under way.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load Load[V]) Result[V] {
	return c.Ask(key, load, Want{}).Wait(ctx)
}

// Ask is the half of Get that never waits, for one who has many keys to ask for first.
func (c *Cache[K, V]) Ask(key K, load Load[V], want Want) Pending[K, V] {
	return c.ask(Question[K, V]{key, load}, c.o.terms(want, c.o.Now()))
}

func (c *Cache[K, V]) ask(q Question[K, V], t terms) Pending[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, departs := c.look(q, t)
	if departs {
		c.depart([]*flight[K, V]{p.flight})
	}
	return p
}

// Question is a key, and how to load it.
type Question[K comparable, V any] struct {
	Key  K
	Load Load[V]
}

// AskAll asks for many keys at once: the second level is asked in one round trip. Answers come in the order of questions.
func (c *Cache[K, V]) AskAll(questions []Question[K, V], want Want) []Pending[K, V] {
	all := make([]Pending[K, V], len(questions))
	var departing []*flight[K, V]
	t := c.o.terms(want, c.o.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, q := range questions {
		p, departs := c.look(q, t)
		if departs {
			departing = append(departing, p.flight)
		}
		all[i] = p
	}
	if len(departing) > 0 {
		c.depart(departing)
	}
	return all
}

// Pending is an answer that may still be on its way.
type Pending[K comparable, V any] struct {
	cache    *Cache[K, V]
	question Question[K, V]
	terms    terms
	// held is what memory had, wait tells that the flight's answer is wanted instead.
	held   Result[V]
	wait   bool
	flight *flight[K, V]
	// mine: the flight's load is the question's.
	mine bool
	// seat is the question's among those who wait for the flight; nil if it does not.
	seat *seat
}

// look answers q as memory has it, with the flight that will know better if there is or should be one; departs tells
// that it is new. The caller holds mu.
func (c *Cache[K, V]) look(q Question[K, V], t terms) (p Pending[K, V], departs bool) {
	e, _ := c.entries.GetIfPresent(q.Key)
	p = Pending[K, V]{cache: c, question: q, terms: t}
	p.held, p.wait = e.result(c.o, t)
	switch {
	case p.held.Found() && e.good(t):
		c.stats.Hits++
		p.held.Err, p.wait = nil, false
		return p, false
	case p.wait:
		c.stats.Misses++
	default:
		c.stats.Stale++
	}
	if t.only {
		return c.lookOnly(p)
	}
	f := c.flights[q.Key]
	if f != nil && !p.wait {
		f.behind = true // who is answered meanwhile counts on it
	}
	switch {
	case f != nil && f.serves(t):
		p.held.Err, p.flight = nil, f
	case f != nil && !p.wait: // somebody is at it, and this caller has an answer
		p.held.Err = nil
	case f != nil:
		p.held.Err = nil
		p.flight, p.mine = c.after(f, q, t)
	case e.err != nil && c.o.Now().Before(e.retry):
		p.wait = false
	case c.closed:
		p.held.Err, p.wait = ErrClosed, false
	default:
		p.held.Err, p.flight, p.mine, departs = nil, c.newFlight(q, t), true, true
		p.flight.behind = !p.wait
		c.flights[q.Key] = p.flight
	}
	if p.wait && p.flight != nil {
		p.flight.waiting++
		p.seat = &seat{}
	}
	return p, departs
}

// lookOnly looks into the second level too, and loads nothing. The caller holds mu.
func (c *Cache[K, V]) lookOnly(p Pending[K, V]) (Pending[K, V], bool) {
	p.held.Err, p.wait = nil, false
	if c.sharing != nil && !c.closed {
		p.flight, p.wait = c.newFlight(p.question, p.terms), true
		return p, true
	}
	if !p.held.Found() {
		p.held.Err = ErrNotHeld
	}
	return p, false
}

// Waits tells that there is no answer to give yet, so that Wait will wait for a flight.
func (p Pending[K, V]) Waits() bool { return p.wait }

// Wait gives the answer as soon as there is one that the Want allows, even a stale one. When ctx ends before, it is
// ctx's error, beside what was held if that may stand in.
func (p Pending[K, V]) Wait(ctx context.Context) Result[V] {
	for p.wait {
		r, again := p.watch(ctx)
		if !again {
			return r
		}
		p = p.cache.ask(p.question, p.terms)
	}
	return p.held
}

// watch waits for p's flight; again tells that what came of it concerns somebody else.
func (p Pending[K, V]) watch(ctx context.Context) (r Result[V], again bool) {
	early := p.flight.early
	for {
		select {
		case <-p.flight.done:
			return p.landed()
		default:
		}
		select {
		case <-p.flight.done:
		case <-early:
			early = nil
			if r, wait := p.cache.current(p.question.Key, p.terms); !wait {
				r.Err = nil
				p.rise(true)
				return r, false
			}
		case <-ctx.Done():
			r, _ := p.cache.current(p.question.Key, p.terms)
			r.Err = context.Cause(ctx)
			p.rise(false)
			return r, false
		}
	}
}

// current is what memory has of key.
func (c *Cache[K, V]) current(key K, t terms) (r Result[V], wait bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, _ := c.entries.GetIfPresent(key)
	return e.result(c.o, t)
}

// landed is what p's flight brought.
func (p Pending[K, V]) landed() (r Result[V], again bool) {
	f := p.flight
	if f.withdrawn || f.private && !p.mine {
		return r, true
	}
	r, _ = f.outcome.result(p.cache.o, p.terms)
	switch {
	case r.Found() && p.terms.only:
		r.Err = nil
	case r.Found() || r.Err != nil:
	case p.terms.only:
		r.Err = ErrNotHeld
	default:
		r.Err = errTooLate
	}
	return r, false
}
