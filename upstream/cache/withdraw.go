package cache

// seat is one asker's place among those who wait for a flight, which is left once.
type seat struct{ left bool }

// rise leaves p's flight, for its asker has no more time, or was served with an older value and counts on a newer one
// for others.
func (p Pending[K, V]) rise(served bool) {
	c, f := p.cache, p.flight
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.seat == nil || p.seat.left {
		return
	}
	p.seat.left = true
	f.waiting--
	f.behind = f.behind || served
	c.withdraw(f)
}

// withdraw calls f off if nobody waits for it and nothing of it has left. Whoever asks from now on starts another. The
// caller holds mu.
func (c *Cache[K, V]) withdraw(f *flight[K, V]) {
	select {
	case <-f.done:
		return
	default:
	}
	if f.waiting > 0 || f.behind || !f.work.Recall() {
		return
	}
	f.withdrawn = true
	c.stats.Withdrawn++
	close(f.done)
	key := f.question.Key
	switch current, next := c.flights[key], f.next; {
	case current != f: // it had not departed
		if current != nil && current.next == f {
			current.next = nil
		}
	case next == nil:
		delete(c.flights, key)
	case c.closed:
		delete(c.flights, key)
		next.outcome.err = ErrClosed
		close(next.done)
		next.work.Close()
	default:
		c.flights[key] = next
		c.depart([]*flight[K, V]{next})
	}
	f.next = nil
}
