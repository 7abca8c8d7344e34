package cache

import "context"

// Peek is what memory holds of key, and whether a flight for it is under way. It asks nobody and counts as nothing.
func (c *Cache[K, V]) Peek(key K) (r Result[V], flying bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, _ := c.entries.GetIfPresent(key)
	r, _ = e.result(c.o, c.o.terms(Want{}, c.o.Now()))
	_, flying = c.flights[key]
	return r, flying
}

// Peeked is what both levels hold of a key, on somebody's terms.
type Peeked[V any] struct {
	Result[V]
	// Flying: a flight for the key is under way in this process.
	Flying bool
}

// PeekAll looks into both levels on the terms of want, in the order of keys, and loads nothing. A Result that is
// IsStale, or not Found, would be loaded.
func (c *Cache[K, V]) PeekAll(ctx context.Context, keys []K, want Want) []Peeked[V] {
	want.OnlyIfCached = true
	questions := make([]Question[K, V], len(keys))
	for i, k := range keys {
		questions[i].Key = k
	}
	all := make([]Peeked[V], len(keys))
	for i, p := range c.AskAll(questions, want) {
		all[i].Result = p.Wait(ctx)
		_, all[i].Flying = c.Peek(keys[i])
	}
	return all
}

// peekInto answers flights that load nothing with what both levels hold.
func (c *Cache[K, V]) peekInto(flights []*flight[K, V]) {
	tags := make([]string, len(flights))
	for i, f := range flights {
		tags[i] = f.tag
	}
	all, err := c.sharing.Remote.Peek(c.base, tags)
	if err != nil {
		c.count(func(s *Stats) { s.RemoteErrors++ })
		all = make([]Held, len(flights))
	}
	for i, f := range flights {
		h, usable := all[i], false
		var value V
		if h.Version != 0 && !h.Outdated {
			value, usable = c.open(h)
		}
		c.mu.Lock()
		e, _ := c.entries.GetIfPresent(f.question.Key)
		if usable && !e.owed {
			e.take(value, c.notAfterNow(h.Observed), h.Version)
			c.put(f.question.Key, e)
		}
		f.outcome = e
		c.unlist(f)
		close(f.done)
		f.work.Close()
		c.mu.Unlock()
	}
}
