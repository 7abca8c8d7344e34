package share

import (
	"context"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/notify"
)

// Watch implements collect.Exchange.
func (x *Exchange) Watch(source person.SourceID) (<-chan struct{}, func()) {
	return x.bell.Watch(person.SourceID(x.tag(source)))
}

// Run wakes watchers until ctx ends: by messages, and by a clock, for messages get lost.
func (x *Exchange) Run(ctx context.Context) error {
	ring := func(source string) { x.bell.Ring(person.SourceID(source)) }
	notify.Listen(ctx, x.client, x.channel(), x.o.Poll, ring, x.bell.RingAll)
	return nil
}
