// Package notify tells the replicas of one Manifold that there is news, and never what it is: whoever hears of it asks
// where the news is kept. A message may come late, twice or not at all, and anybody who may write to Redis may send one;
// so it only makes sooner what happens anyhow, and nothing is lost with it.
package notify

import (
	"context"
	"sync"
)

// Topic is what there is news of.
type Topic string

// The topics.
const (
	// Decisions: somebody has decided about links. It has no ids.
	Decisions Topic = "decisions"
	// Seats: people's ids were given or moved. It has no ids.
	Seats Topic = "seats"
	// Actions: an action has moved. The id is its own.
	Actions Topic = "actions"
)

// Notifier carries news. It is safe for concurrent use, and none of its methods but Run waits for anything.
type Notifier interface {
	// Ring tells everybody who watches id of topic, in this process and in the others. An id is opaque, and names nobody.
	Ring(topic Topic, id string)
	// Watch gives a channel that holds one signal: soon after somebody rang, and whenever a ring may have been missed.
	// Stop ends it.
	Watch(topic Topic, id string) (news <-chan struct{}, stop func())
	// Run carries news until ctx ends.
	Run(ctx context.Context) error
}

// Bell wakes watchers of this process, by key. Its zero value is ready.
type Bell[K comparable] struct {
	mu       sync.Mutex
	watchers map[K]map[chan struct{}]bool
}

// Watch gives a channel that holds one signal. Stop ends it.
func (b *Bell[K]) Watch(key K) (news <-chan struct{}, stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = make(map[K]map[chan struct{}]bool)
	}
	if b.watchers[key] == nil {
		b.watchers[key] = make(map[chan struct{}]bool)
	}
	w := make(chan struct{}, 1)
	b.watchers[key][w] = true
	return w, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers[key], w)
		if len(b.watchers[key]) == 0 {
			delete(b.watchers, key)
		}
	}
}

// Ring leaves a signal with everybody who watches key.
func (b *Bell[K]) Ring(key K) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake(key)
}

// RingAll leaves one with everybody.
func (b *Bell[K]) RingAll() { b.RingWhere(func(K) bool { return true }) }

// RingWhere leaves one with everybody who watches a key of which so is true.
func (b *Bell[K]) RingWhere(so func(K) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key := range b.watchers {
		if so(key) {
			b.wake(key)
		}
	}
}

// wake is for callers who hold mu.
func (b *Bell[K]) wake(key K) {
	for w := range b.watchers[key] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// item is what there is news of, and which.
type item struct {
	topic Topic
	id    string
}
