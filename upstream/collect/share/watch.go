package share

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/graph/person"
)

// Watch implements collect.Exchange.
func (x *Exchange) Watch(source person.SourceID) (<-chan struct{}, func()) {
	return x.bell.Watch(person.SourceID(x.tag(source)))
}

// Run wakes watchers until ctx ends: by messages, and by a clock, for messages get lost.
func (x *Exchange) Run(ctx context.Context) error {
	messages := x.client.Subscribe(ctx, x.channel())
	defer messages.Close()
	heard := messages.ChannelWithSubscriptions()
	clock := time.NewTicker(x.o.Poll)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			x.bell.RingAll()
		case m := <-heard:
			switch m := m.(type) {
			case *redis.Message:
				x.bell.Ring(person.SourceID(m.Payload))
			case *redis.Subscription: // anew, perhaps: what was said meanwhile is missed
				x.bell.RingAll()
			}
		}
	}
}
