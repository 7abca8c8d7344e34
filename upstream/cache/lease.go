package cache

import (
	"context"
	"time"
)

// renew keeps f's lease until the answer is called. If the lease is lost, so be it: Land will be refused.
func (c *Cache[K, V]) renew(ctx context.Context, f *flight[K, V], token int64) (ended func()) {
	if token == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(c.sharing.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			held, err := c.sharing.Remote.Renew(ctx, f.tag, token, c.sharing.Lease)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				c.count(func(s *Stats) { s.RemoteErrors++ })
			case !held:
				return
			}
		}
	}()
	return func() { cancel(); <-over }
}

// share lands in the second level what f brought, and tells whether memory may keep it.
func (c *Cache[K, V]) share(ctx context.Context, f *flight[K, V], token int64, value V, began time.Time, err error) bool {
	if token == 0 {
		return true
	}
	var l Landing
	switch {
	case c.base.Err() != nil, f.work.Recalled(), err != nil && c.o.Private(err): // not a result: somebody else may try at once
	case err != nil:
		l.Failure, l.For = c.sharing.EncodeError(err), c.o.Failure(err)
	default:
		l.Record, l.Observed, l.For = c.seal(value), began, c.o.Stale
	}
	kept, remoteErr := c.sharing.Remote.Land(context.WithoutCancel(ctx), f.tag, token, l)
	switch {
	case remoteErr != nil:
		c.count(func(s *Stats) { s.RemoteErrors++ })
	case !kept:
		c.count(func(s *Stats) { s.Fenced++ })
		return false
	}
	return true
}

// seal is value as the second level keeps it; nil if it cannot be kept there.
func (c *Cache[K, V]) seal(value V) []byte {
	body, err := c.sharing.Encode(value)
	if err == nil {
		var record []byte
		if record, err = seal(c.sharing.Schema, body); err == nil {
			return record
		}
	}
	c.count(func(s *Stats) { s.Unreadable++ })
	return nil
}
