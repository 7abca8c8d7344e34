package share

import (
	"sync"

	"github.com/manifold-graph/manifold/graph/person"
)

// bell wakes those who watch sources. Its zero value is ready.
type bell struct {
	mu       sync.Mutex
	watchers map[person.SourceID]map[chan struct{}]bool
}

func (b *bell) watch(source person.SourceID) (<-chan struct{}, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = map[person.SourceID]map[chan struct{}]bool{}
	}
	if b.watchers[source] == nil {
		b.watchers[source] = map[chan struct{}]bool{}
	}
	w := make(chan struct{}, 1)
	b.watchers[source][w] = true
	return w, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers[source], w)
	}
}

func (b *bell) ring(source person.SourceID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake(source)
}

func (b *bell) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for source := range b.watchers {
		b.wake(source)
	}
}

// wake leaves a signal with everybody who has none yet. Callers hold mu.
func (b *bell) wake(source person.SourceID) {
	for w := range b.watchers[source] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}
