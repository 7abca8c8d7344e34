package cache

import (
	"context"
	"errors"
)

// errOwed keeps a flight away from a second level that may still hold what was invalidated.
var errOwed = errors.New("cache: the second level has not been told of an invalidation")

// Invalidate makes what is held of key, and what flights under way will bring, not good enough any more, in every
// process: the next asker waits for a newer value, and gets the old one only beside the error why there is none. A second level
// that cannot be told now is told before it is asked for key again.
func (c *Cache[K, V]) Invalidate(ctx context.Context, key K) {
	c.mu.Lock()
	c.outdate(key, 0)
	c.mu.Unlock()
	if c.sharing != nil {
		c.tell(ctx, key)
	}
}

// outdate marks what is held of key up to a version of the second level, all of it for 0. The caller holds mu.
func (c *Cache[K, V]) outdate(key K, version int64) {
	if f := c.flights[key]; f != nil {
		f.outdated = true
	}
	e, _ := c.entries.GetIfPresent(key)
	e.invalidate(version)
	e.owed = e.owed || version == 0 && c.sharing != nil
	c.put(key, e)
}

// tell passes an invalidation on, or leaves it owed.
func (c *Cache[K, V]) tell(ctx context.Context, key K) bool {
	version, err := c.sharing.Remote.Invalidate(ctx, c.sharing.tag(key))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.stats.RemoteErrors++
		return false
	}
	e, _ := c.entries.GetIfPresent(key)
	e.floor, e.owed = max(e.floor, version), false
	c.put(key, e)
	return true
}

// payInvalidations tells the second level of what is owed to it for the keys of flights; false where it still is.
func (c *Cache[K, V]) payInvalidations(flights []*flight[K, V]) []bool {
	paid := make([]bool, len(flights))
	for i, f := range flights {
		c.mu.Lock()
		e, _ := c.entries.GetIfPresent(f.question.Key)
		c.mu.Unlock()
		paid[i] = !e.owed || c.tell(c.base, f.question.Key)
	}
	return paid
}

// heard takes the second level's word.
func (c *Cache[K, V]) heard(n Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake(n.Tag)
	key, ours := c.keys[n.Tag]
	if !ours {
		return
	}
	if e, _ := c.entries.GetIfPresent(key); n.Invalidated && n.Version > e.floor {
		if f := c.flights[key]; f == nil || f.token < n.Version {
			c.outdate(key, n.Version)
		}
	}
	if f := c.flights[key]; f != nil {
		select {
		case f.word <- struct{}{}:
		default:
		}
	}
}
