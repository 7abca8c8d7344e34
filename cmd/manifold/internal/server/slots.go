package server

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// slotWait is how long an operation may wait for its turn before it is refused.
const slotWait = time.Second

// slots bounds the operations that are executed at once. One principal has at most half of them, and of the places to
// wait in, so that whoever asks too much is refused and the others are not.
type slots struct {
	most, share int

	mu      sync.Mutex
	running int
	// by counts what each principal has running, and queued what it has waiting.
	by, queued map[string]int
	waiting    list.List
}

// waiter is one operation in the queue; ready is closed once a slot is its own.
type waiter struct {
	who   string
	ready chan struct{}
}

func newSlots(most int) *slots {
	return &slots{most: most, share: max(1, most/2), by: map[string]int{}, queued: map[string]int{}}
}

// acquire takes a slot for who, at once or within slotWait. Whoever got one calls release when done.
func (s *slots) acquire(ctx context.Context, who string) bool {
	s.mu.Lock()
	// Where there is room, those who wait have their whole share running, and who is none of them: a slot that is given
	// back goes to the first that may have it.
	if s.free(who) {
		s.take(who)
		s.mu.Unlock()
		return true
	}
	if s.waiting.Len() >= s.most || s.queued[who] >= s.share {
		s.mu.Unlock()
		return false
	}
	w := &waiter{who: who, ready: make(chan struct{})}
	place := s.waiting.PushBack(w)
	s.queued[who]++
	s.mu.Unlock()

	patience := time.NewTimer(slotWait)
	defer patience.Stop()
	select {
	case <-w.ready:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.ready: // it came at the last moment
		return true
	default:
	}
	s.leave(place)
	return false
}

// release gives a slot of who to the first in the queue that may have it.
func (s *slots) release(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	less(s.by, who)
	for place := s.waiting.Front(); place != nil; place = place.Next() {
		if w := place.Value.(*waiter); s.free(w.who) {
			s.leave(place)
			s.take(w.who)
			close(w.ready)
			return
		}
	}
}

func (s *slots) free(who string) bool { return s.running < s.most && s.by[who] < s.share }

func (s *slots) take(who string) {
	s.running++
	s.by[who]++
}

func (s *slots) leave(place *list.Element) {
	s.waiting.Remove(place)
	less(s.queued, place.Value.(*waiter).who)
}

// less counts down, and forgets who has nothing left.
func less(count map[string]int, who string) {
	if count[who]--; count[who] == 0 {
		delete(count, who)
	}
}
