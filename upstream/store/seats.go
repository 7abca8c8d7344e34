package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
)

var _ lineage.Store = (*Store)(nil)

const seatColumns = "system, account, identity, own, age, person"

func scanSeat(rows *sql.Rows) (lineage.Seat, error) {
	var (
		s          lineage.Seat
		k          keyScan
		own, whose []byte
	)
	err := rows.Scan(&k.system, &k.account, &k.identity, &own, &s.Age, &whose)
	s.Key, s.Own, s.Person = k.key(), personOf(own), personOf(whose)
	return s, err
}

// Seats implements lineage.Store.
func (s *Store) Seats(ctx context.Context, since int64) (seats []lineage.Seat, revision int64, err error) {
	err = s.read(ctx, func(t *tx) error {
		seats = nil
		if err := t.row("seatRevision").Scan(&revision); err != nil {
			return err
		}
		return t.each("seatsSince", func(rows *sql.Rows) error {
			seat, err := scanSeat(rows)
			seats = append(seats, seat)
			return err
		}, since)
	})
	return seats, revision, err
}

// seatsOf reads the seats of keys that have one.
func (t *tx) seatsOf(keys []person.Key) (map[person.Key]lineage.Seat, error) {
	found := make(map[person.Key]lineage.Seat, len(keys))
	for len(keys) > 0 {
		n := min(rowsAtOnce, len(keys))
		q := &list{}
		digests := make([][]byte, n)
		for i, k := range keys[:n] {
			digests[i] = digestOf(k)
		}
		query := "SELECT " + seatColumns + " FROM seats WHERE digest IN (" + addAll(q, digests) + ")"
		err := t.eachOf(t.store.engine.Spell(query), func(rows *sql.Rows) error {
			seat, err := scanSeat(rows)
			found[seat.Key] = seat
			return err
		}, q.in...)
		if err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

// owners reads which of the ids are some key's own already.
func (t *tx) owned(ids []person.ID) (map[person.ID]bool, error) {
	found := make(map[person.ID]bool)
	for len(ids) > 0 {
		n := min(rowsAtOnce, len(ids))
		q := &list{}
		own := make([][]byte, n)
		for i := range own {
			own[i] = ids[i][:]
		}
		err := t.eachOf(t.store.engine.Spell("SELECT own FROM seats WHERE own IN ("+addAll(q, own)+")"), func(rows *sql.Rows) error {
			var id []byte
			err := rows.Scan(&id)
			found[personOf(id)] = true
			return err
		}, q.in...)
		if err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return found, nil
}

// EnterSeats implements lineage.Store.
func (s *Store) EnterSeats(ctx context.Context, seats []lineage.Seat) ([]lineage.Seat, error) {
	keys := make([]person.Key, len(seats))
	for i, seat := range seats {
		keys[i] = seat.Key
	}
	var out []lineage.Seat
	err := s.write(ctx, func(t *tx) error {
		known, err := t.seatsOf(keys)
		if err != nil {
			return err
		}
		if err := t.enter(seats, known); err != nil {
			return err
		}
		out = inOrder(keys, known)
		return nil
	})
	return out, err
}

// enter gives seats to those that known has none of, and puts them there.
func (t *tx) enter(seats []lineage.Seat, known map[person.Key]lineage.Seat) error {
	var fresh []lineage.Seat
	var ids []person.ID
	proposed := make(map[person.ID]person.Key)
	for _, seat := range seats {
		if _, seated := known[seat.Key]; seated {
			continue
		}
		if other, twice := proposed[seat.Own]; twice {
			if other != seat.Key {
				return fmt.Errorf("store: one id is proposed for two keys of %s and %s", other.System, seat.Key.System)
			}
			continue // named twice
		}
		proposed[seat.Own] = seat.Key
		fresh, ids = append(fresh, seat), append(ids, seat.Own)
	}
	if len(fresh) == 0 {
		return nil
	}
	taken, err := t.owned(ids)
	if err != nil {
		return err
	}
	var age, revision int64
	if err := errors.Join(t.row("seatAge").Scan(&age), t.row("seatRevision").Scan(&revision)); err != nil {
		return err
	}
	var rows [][]any
	for _, seat := range fresh {
		if taken[seat.Own] {
			return fmt.Errorf("store: an id that is proposed for a key of %s is another key's", seat.Key.System)
		}
		if _, seated := known[seat.Key]; seated {
			continue // named twice, with different ids: the first holds
		}
		age++
		seat.Age, seat.Person = age, seat.Own
		known[seat.Key] = seat
		rows = append(rows, append(keyColumns(seat.Key), seat.Own[:], seat.Age, seat.Person[:], revision+1))
	}
	return t.insert("seats", "digest, system, account, identity, own, age, person, revision", "", rows)
}

// MoveSeats implements lineage.Store.
func (s *Store) MoveSeats(ctx context.Context, moves []lineage.Move) ([]lineage.Seat, error) {
	keys := make([]person.Key, len(moves))
	for i, m := range moves {
		keys[i] = m.Key
	}
	var out []lineage.Seat
	err := s.write(ctx, func(t *tx) error {
		known, err := t.seatsOf(keys)
		if err != nil {
			return err
		}
		var revision int64
		if err := t.row("seatRevision").Scan(&revision); err != nil {
			return err
		}
		for _, m := range moves {
			seat, seated := known[m.Key]
			if !seated {
				return errors.New("store: a key without a seat cannot be moved")
			}
			if seat.Person != m.From || m.From == m.To {
				continue
			}
			if _, err := t.exec("moveSeat", digestOf(m.Key), m.To[:], revision+1, m.From[:]); err != nil {
				return err
			}
			seat.Person = m.To
			known[m.Key] = seat
		}
		out = inOrder(keys, known)
		return nil
	})
	return out, err
}

func inOrder(keys []person.Key, known map[person.Key]lineage.Seat) []lineage.Seat {
	out := make([]lineage.Seat, len(keys))
	for i, k := range keys {
		out[i] = known[k]
	}
	return out
}
