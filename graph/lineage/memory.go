package lineage

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/manifold-graph/manifold/graph/person"
)

// Memory is a Store that forgets. Its zero value is empty.
type Memory struct {
	mu       sync.Mutex
	seats    map[person.Key]*kept
	owners   map[person.ID]person.Key
	revision int64
}

type kept struct {
	Seat
	revision int64
}

func (m *Memory) Seats(_ context.Context, since int64) ([]Seat, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var seats []Seat
	for _, k := range m.seats {
		if k.revision > since {
			seats = append(seats, k.Seat)
		}
	}
	return seats, m.revision, nil
}

func (m *Memory) EnterSeats(_ context.Context, seats []Seat) ([]Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seats == nil {
		m.seats, m.owners = make(map[person.Key]*kept), make(map[person.ID]person.Key)
	}
	proposed := make(map[person.ID]person.Key, len(seats))
	for _, s := range seats {
		if _, seated := m.seats[s.Key]; seated {
			continue
		}
		owner, taken := m.owners[s.Own]
		if other, twice := proposed[s.Own]; taken || twice && other != s.Key {
			return nil, fmt.Errorf("lineage: an id is proposed for two keys of %s and %s", owner.System, s.Key.System)
		}
		proposed[s.Own] = s.Key
	}
	out := make([]Seat, len(seats))
	for i, s := range seats {
		k := m.seats[s.Key]
		if k == nil {
			m.revision++
			k = &kept{Seat{Key: s.Key, Own: s.Own, Age: int64(len(m.seats)) + 1, Person: s.Own}, m.revision}
			m.seats[s.Key], m.owners[s.Own] = k, s.Key
		}
		out[i] = k.Seat
	}
	return out, nil
}

func (m *Memory) MoveSeats(_ context.Context, moves []Move) ([]Seat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, mv := range moves {
		if m.seats[mv.Key] == nil {
			return nil, errors.New("lineage: a key without a seat cannot be moved")
		}
	}
	out := make([]Seat, len(moves))
	for i, mv := range moves {
		k := m.seats[mv.Key]
		if k.Person == mv.From && mv.From != mv.To {
			m.revision++
			k.Person, k.revision = mv.To, m.revision
		}
		out[i] = k.Seat
	}
	return out, nil
}
