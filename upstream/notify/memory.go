package notify

import "context"

// Memory is the Notifier of a process alone.
type Memory struct{ bell Bell[item] }

// NewMemory makes a Memory that nobody watches.
func NewMemory() *Memory { return &Memory{} }

var _ Notifier = (*Memory)(nil)

// Ring implements Notifier.
func (m *Memory) Ring(topic Topic, id string) { m.bell.Ring(item{topic, id}) }

// Watch implements Notifier.
func (m *Memory) Watch(topic Topic, id string) (<-chan struct{}, func()) {
	return m.bell.Watch(item{topic, id})
}

// Run implements Notifier: a ring is heard at once.
func (m *Memory) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
