package cache

import (
	"context"
	"time"
)

// departTogether takes flights through the second level, which it asks once for all.
func (c *Cache[K, V]) departTogether(flights []*flight[K, V]) {
	var loading, looking []*flight[K, V]
	for _, f := range flights {
		if f.only {
			looking = append(looking, f)
		} else {
			loading = append(loading, f)
		}
	}
	if len(looking) > 0 {
		c.peekInto(looking)
	}
	if len(loading) == 0 {
		return
	}
	for i, j := range c.join(loading) {
		if f := loading[i]; !c.arrive(f, j) {
			c.flying.Go(func() { c.fly(f, j) })
		}
	}
}

// join asks the second level for flights.
func (c *Cache[K, V]) join(flights []*flight[K, V]) []Joined {
	asks := make([]Join, len(flights))
	c.mu.Lock()
	for i, f := range flights {
		f.outdated = false // what comes from now on is newer than any invalidation so far
		e, _ := c.entries.GetIfPresent(f.question.Key)
		asks[i] = Join{Tag: f.tag, Since: f.since, Beyond: max(f.beyond, e.floor), Lease: c.sharing.Lease}
	}
	c.mu.Unlock()
	paid := c.payInvalidations(flights)
	all := c.sharing.Remote.Join(c.base, asks)
	for i := range all {
		all[i].Observed = c.notAfterNow(all[i].Observed)
		if !paid[i] && all[i].Err == nil { // what is held there may be what was invalidated
			all[i] = Joined{Err: errOwed}
		}
		if all[i].Err != nil {
			c.count(func(s *Stats) { s.RemoteErrors++ })
		}
	}
	return all
}

// arrive lands f if j answers it. A value that is too old is put into memory for those who may have it.
func (c *Cache[K, V]) arrive(f *flight[K, V], j Joined) bool {
	if j.Err != nil {
		return false
	}
	if j.Version != 0 {
		switch value, ok := c.open(j.Held); {
		case !ok:
			f.beyond = j.Version
		case j.Enough:
			c.count(func(s *Stats) { s.RemoteHits++ })
			c.land(f, landed[V]{value: value, observed: j.Observed, version: j.Version, keep: true})
			return true
		case !j.Outdated:
			c.standIn(f, value, j.Held)
		}
	}
	if j.Failure != nil {
		c.land(f, landed[V]{err: c.sharing.decodeError(j.Failure), failure: j.FailureFor, keep: true})
		return true
	}
	return false
}

// fly takes f to its landing, from j on: by its own load, or by what another process brings meanwhile.
func (c *Cache[K, V]) fly(f *flight[K, V], j Joined) {
	ctx, cancel := context.WithTimeout(f.ctx, c.o.Flight)
	defer cancel()
	for {
		if j.Err != nil || j.Token != 0 {
			c.load(ctx, f, j.Token)
			return
		}
		if j.Left > 0 && !c.await(ctx, f, j.Left) {
			c.land(f, landed[V]{err: context.Cause(ctx), keep: true})
			return
		}
		j = c.join([]*flight[K, V]{f})[0]
		if c.arrive(f, j) {
			return
		}
	}
}

// await waits for word of f's key, for a while at most; false if ctx ended.
func (c *Cache[K, V]) await(ctx context.Context, f *flight[K, V], left time.Duration) bool {
	c.count(func(s *Stats) { s.Waits++ })
	// A moment longer than the lease, which would otherwise be found still there.
	timer := time.NewTimer(min(left+time.Millisecond, c.sharing.Poll))
	defer timer.Stop()
	select {
	case <-f.word:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// open decodes what the second level holds.
func (c *Cache[K, V]) open(h Held) (V, bool) {
	body, ok := unseal(c.sharing.Schema, h.Record)
	if ok {
		if value, err := c.sharing.Decode(body); err == nil {
			return value, true
		}
	}
	c.count(func(s *Stats) { s.Unreadable++ })
	var none V
	return none, false
}

// standIn puts a value that is too old into memory, and tells those who wait for f.
func (c *Cache[K, V]) standIn(f *flight[K, V], value V, h Held) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.outdated {
		return
	}
	e, _ := c.entries.GetIfPresent(f.question.Key)
	if e.outdated || !e.observed.Before(h.Observed) {
		return
	}
	e.take(value, h.Observed, h.Version)
	c.put(f.question.Key, e)
	select {
	case <-f.early:
	default:
		close(f.early)
	}
}
