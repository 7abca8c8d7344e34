package shared

import (
	"context"
	"strconv"
	"strings"

	"github.com/manifold-graph/manifold/upstream/cache"
)

// channel is where notices of all kinds go.
func (c *Cache) channel() string { return c.o.Prefix + ":cache" }

// Run carries the notices of other processes to this one's caches until ctx ends. It subscribes again whenever the
// connection breaks; what was said meanwhile is lost, which costs age alone.
func (c *Cache) Run(ctx context.Context) error {
	subscription := c.client.Subscribe(ctx, c.channel())
	defer subscription.Close()
	messages := subscription.Channel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m, open := <-messages:
			if !open {
				return nil
			}
			c.hear(m.Payload)
		}
	}
}

// hear passes a message on: kind, tag, what, version.
func (c *Cache) hear(message string) {
	parts := strings.Split(message, " ")
	if len(parts) != 4 {
		return
	}
	version, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil {
		return
	}
	n := cache.Notice{Tag: parts[1], Version: version, Invalidated: parts[2] == "invalidated"}
	c.mu.Lock()
	heard := make([]func(cache.Notice), 0, len(c.listeners[parts[0]]))
	for listener := range c.listeners[parts[0]] {
		heard = append(heard, *listener)
	}
	c.mu.Unlock()
	for _, listener := range heard {
		listener(n)
	}
}

func (c *Cache) listen(kind string, heard func(cache.Notice)) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listeners[kind] == nil {
		c.listeners[kind] = map[*func(cache.Notice)]struct{}{}
	}
	c.listeners[kind][&heard] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.listeners[kind], &heard)
	}
}
