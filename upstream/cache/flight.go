package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// flight is one load, shared by all who wait for its key.
type flight[V any] struct {
	done chan struct{} // closed once result is set
	// result is set even if load panicked.
	result Result[V]
}

// errExit is the error of a load that ended its goroutine instead of returning.
var errExit = errors.New("cache: the load did not return")

// fly loads key and lands, whatever load does.
func (c *Cache[K, V]) fly(key K, f *flight[V], load Load[V]) {
	ctx, cancel := context.WithTimeout(c.base, c.o.Flight)
	defer cancel()
	began := c.o.Now()
	var value V
	err := errExit
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cache: the load panicked: %v\n%s", p, debug.Stack())
		}
		now := c.o.Now()
		c.mu.Lock()
		defer c.mu.Unlock()
		e, _ := c.entries.GetIfPresent(key)
		if err == nil {
			e = entry[V]{value: value, observed: began}
		} else {
			e.err, e.retry = err, now.Add(c.o.Failure(err))
		}
		c.entries.Set(key, e)
		f.result = c.answer(e, now)
		delete(c.flights, key)
		close(f.done)
	}()
	value, err = load(ctx)
}
