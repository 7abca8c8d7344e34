package cache

// Stats counts what a Cache has done since it was made.
type Stats struct {
	// Hits were answered from memory, fresh; Stale at once with an older value; Misses had to wait, or were told
	// why there is nothing.
	Hits, Stale, Misses int64
	// RemoteHits are flights that the second level answered; Loads those that read the source, and Failures how
	// many of these failed.
	RemoteHits, Loads, Failures int64
	// Withdrawn are flights for which nobody waited any more before they had sent anything.
	Withdrawn int64
	// Waits is how often a flight waited for another process's.
	Waits int64
	// RemoteErrors are requests that the second level did not answer; Unreadable values that could not be encoded
	// or decoded; Fenced results that came after the lease was lost, or after an invalidation.
	RemoteErrors, Unreadable, Fenced int64
	// Held is how many keys are in memory now.
	Held int
}

// Stats counts what c has done.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Held = c.entries.EstimatedSize()
	return s
}

func (c *Cache[K, V]) count(do func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.stats)
}
