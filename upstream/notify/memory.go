package notify

import (
	"cmp"
	"context"
	"time"
)

// Memory is the Notifier of a process without Redis. Others may share its store all the same: it rings for what they might
// have done as often as Options.Poll says.
type Memory struct {
	bell Bell[item]
	poll time.Duration
}

// NewMemory makes a Memory that nobody watches. Poll of the options counts.
func NewMemory(o Options) *Memory { return &Memory{poll: cmp.Or(o.Poll, poll)} }

var _ Notifier = (*Memory)(nil)

// Ring implements Notifier.
func (m *Memory) Ring(topic Topic, id string) { m.bell.Ring(item{topic, id}) }

// Watch implements Notifier.
func (m *Memory) Watch(topic Topic, id string) (<-chan struct{}, func()) {
	return m.bell.Watch(item{topic, id})
}

// Run implements Notifier.
func (m *Memory) Run(ctx context.Context) error {
	clock := time.NewTicker(m.poll)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			m.bell.RingAll()
		}
	}
}
