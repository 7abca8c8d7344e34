package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
)

// Actions keeps running acts: it is the action.Store over this database.
type Actions struct{ *Store }

var _ action.Store = Actions{}

// Actions are the running acts of the store.
func (s *Store) Actions() Actions { return Actions{s} }

// Create implements action.Store.
func (s Actions) Create(ctx context.Context, a action.Action, key action.Key, notes ...action.Note) (action.Action, bool, error) {
	if err := plain("An idempotency key", key.Actor, key.Value); err != nil {
		return action.Action{}, false, err
	}
	var first bool
	var stored action.Action
	err := s.write(ctx, func(t *tx) error {
		first = true
		if key.Value != "" {
			known, err := t.actionByKey(key)
			if !errors.Is(err, action.ErrNotFound) {
				first, stored = false, known
				return err
			}
		}
		stored = a.Clone()
		stored.Revision, stored.Fence = 1, 0
		body, err := json.Marshal(stored)
		if err != nil {
			return err
		}
		if _, err := t.exec("addAction", a.ID[:], string(a.Act), a.Actor, string(a.State()), micros(a.CreatedAt), dueOf(a), string(body)); err != nil {
			return err
		}
		if err := t.peopleOf(a); err != nil {
			return err
		}
		if err := t.hold(a); err != nil {
			return err
		}
		if key.Value != "" {
			if _, err := t.exec("addActionKey", key.Actor, key.Value, key.Input[:], a.ID[:]); err != nil {
				return err
			}
		}
		return t.note(notes)
	})
	if err != nil {
		return action.Action{}, false, err
	}
	return stored, first, nil
}

// dueOf is the column for Claim: null where no step is open.
func dueOf(a action.Action) any {
	if due, open := a.DueAt(); open {
		return micros(due)
	}
	return nil
}

func (t *tx) peopleOf(a action.Action) error {
	if _, err := t.exec("dropActionPeople", a.ID[:]); err != nil {
		return err
	}
	for _, id := range a.People() {
		if _, err := t.exec("addActionPerson", id[:], a.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

// hold gives the action its locks and no others.
func (t *tx) hold(a action.Action) error {
	if _, err := t.exec("dropLocks", a.ID[:]); err != nil {
		return err
	}
	for _, lock := range a.Holds {
		var by []byte
		switch err := t.row("lockHolder", []byte(lock)).Scan(&by); {
		case err == nil && string(by) == string(a.ID[:]):
			continue // named twice
		case err == nil:
			return action.ErrBusy
		case !none(err):
			return err
		}
		if _, err := t.exec("addLock", []byte(lock), a.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) actionByKey(key action.Key) (action.Action, error) {
	var input, id []byte
	switch err := t.row("actionKey", key.Actor, key.Value).Scan(&input, &id); {
	case none(err):
		return action.Action{}, action.ErrNotFound
	case err != nil:
		return action.Action{}, err
	case subtle.ConstantTimeCompare(input, key.Input[:]) != 1:
		return action.Action{}, action.ErrKeyReused
	}
	a, _, err := t.action(action.ID(id))
	return a, err
}

// claim is who has an action, and until when.
type claim struct {
	fence  int64
	holder string
	until  time.Time
}

func (t *tx) action(id action.ID) (action.Action, claim, error) {
	var (
		body     string
		revision int64
		c        claim
		until    int64
	)
	switch err := t.row("action", id[:]).Scan(&body, &revision, &c.fence, &c.holder, &until); {
	case none(err):
		return action.Action{}, c, action.ErrNotFound
	case err != nil:
		return action.Action{}, c, err
	}
	c.until = fromMicros(until)
	a, err := actionOf(body, revision)
	return a, c, err
}

func actionOf(body string, revision int64) (action.Action, error) {
	var a action.Action
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return a, fmt.Errorf("store: an action cannot be read: %w", err)
	}
	a.Revision, a.Fence = revision, 0
	return a, nil
}

// ByKey implements action.Store.
func (s Actions) ByKey(ctx context.Context, key action.Key) (a action.Action, err error) {
	if key.Value == "" {
		return a, action.ErrNotFound
	}
	if err := plain("An idempotency key", key.Actor, key.Value); err != nil {
		return a, err
	}
	err = s.read(ctx, func(t *tx) error {
		a, err = t.actionByKey(key)
		return err
	})
	return a, err
}

// Get implements action.Store.
func (s Actions) Get(ctx context.Context, id action.ID) (a action.Action, err error) {
	err = s.read(ctx, func(t *tx) error {
		a, _, err = t.action(id)
		return err
	})
	return a, err
}

// List implements action.Store.
func (s Actions) List(ctx context.Context, f action.Filter, after action.ID, limit int) ([]action.Action, error) {
	if plain("", f.Actor) != nil {
		return nil, nil // nobody has such a name
	}
	q := &list{}
	if !after.IsZero() {
		q.and("id < " + q.add(after[:]))
	}
	if len(f.People) > 0 {
		people := make([][]byte, len(f.People))
		for i := range f.People {
			people[i] = f.People[i][:]
		}
		q.and("id IN (SELECT action FROM action_people WHERE person IN (" + addAll(q, people) + "))")
	}
	if f.Actor != "" {
		q.and("actor = " + q.add(f.Actor))
	}
	if len(f.Acts) > 0 {
		q.and("act IN (" + addAll(q, texts(f.Acts)) + ")")
	}
	if len(f.States) > 0 {
		q.and("state IN (" + addAll(q, texts(f.States)) + ")")
	}
	if !f.Since.IsZero() {
		q.and("created_at >= " + q.add(micros(f.Since)))
	}
	if !f.Until.IsZero() {
		q.and("created_at < " + q.add(micros(f.Until)))
	}
	query := s.engine.Spell("SELECT body, revision FROM actions" + q.sql() + " ORDER BY id DESC LIMIT " + q.add(limit))
	var out []action.Action
	err := s.read(ctx, func(t *tx) error {
		out = nil
		return t.eachOf(query, func(rows *sql.Rows) error {
			var body string
			var revision int64
			if err := rows.Scan(&body, &revision); err != nil {
				return err
			}
			a, err := actionOf(body, revision)
			out = append(out, a)
			return err
		}, q.in...)
	})
	return out, err
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
