package webhook

import (
	"crypto/sha256"
	"time"
)

// digest names a delivery.
type digest [sha256.Size]byte

// memory knows the last deliveries: no more than size, and none for longer than keep.
type memory struct {
	size  int
	keep  time.Duration
	known map[digest]struct{}
	// order is by arrival; the oldest is at the front.
	order []arrival
}

type arrival struct {
	id digest
	at time.Time
}

func newMemory(size int, keep time.Duration) *memory {
	return &memory{size: size, keep: keep, known: make(map[digest]struct{}, size)}
}

// add tells whether the delivery is new, and remembers it.
func (m *memory) add(id digest, now time.Time) (isNew bool) {
	for len(m.order) > 0 && (len(m.order) >= m.size || now.Sub(m.order[0].at) > m.keep) {
		delete(m.known, m.order[0].id)
		m.order = m.order[1:]
	}
	if _, ok := m.known[id]; ok {
		return false
	}
	m.known[id] = struct{}{}
	m.order = append(m.order, arrival{id, now})
	return true
}
