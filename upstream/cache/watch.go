package cache

// Watch tells when another process, or this one, has brought a value or an error for key to the second level. The channel
// holds one signal, and signals may be lost or doubled, as notices are; without a second level none comes. stop ends it.
func (c *Cache[K, V]) Watch(key K) (news <-chan struct{}, stop func()) {
	signal := make(chan struct{}, 1)
	if c.sharing == nil {
		return signal, func() {}
	}
	tag := c.sharing.tag(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers[tag] == nil {
		c.watchers[tag] = map[chan struct{}]struct{}{}
	}
	c.watchers[tag][signal] = struct{}{}
	return signal, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if delete(c.watchers[tag], signal); len(c.watchers[tag]) == 0 {
			delete(c.watchers, tag)
		}
	}
}

// wake signals those who watch a tag. The caller holds mu.
func (c *Cache[K, V]) wake(tag string) {
	for signal := range c.watchers[tag] {
		select {
		case signal <- struct{}{}:
		default:
		}
	}
}
