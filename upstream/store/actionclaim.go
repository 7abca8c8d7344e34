package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
)

// Claim implements action.Store.
func (s Actions) Claim(ctx context.Context, holder string, now, until time.Time) (action.Action, bool, error) {
	if err := plain("A holder", holder); err != nil {
		return action.Action{}, false, err
	}
	var a action.Action
	// Most of the time nothing is due, and looking takes no turn from those who write.
	found, err := false, s.read(ctx, func(t *tx) error {
		return t.row("dueAction", micros(now)).Scan(new([]byte), new(string), new(int64), new(int64))
	})
	switch {
	case none(err):
		return a, false, nil
	case err != nil:
		return a, false, err
	}
	err = s.write(ctx, func(t *tx) error {
		var (
			id, body        []byte
			revision, fence int64
		)
		switch err := t.row("dueAction", micros(now)).Scan(&id, &body, &revision, &fence); {
		case none(err):
			found = false // another replica was first
			return nil
		case err != nil:
			return err
		}
		found = true
		if _, err := t.exec("claimAction", id, holder, micros(until)); err != nil {
			return err
		}
		a, err = actionOf(string(body), revision)
		a.Fence = fence + 1
		return err
	})
	return a, found && err == nil, err
}

// Extend implements action.Store.
func (s Actions) Extend(ctx context.Context, id action.ID, fence int64, now, until time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, c, err := t.action(id)
		switch {
		case err != nil:
			return err
		case c.holder == "" || c.fence != fence || !now.Before(c.until):
			return action.ErrLeaseLost
		}
		_, err = t.exec("extendAction", id[:], micros(until))
		return err
	})
}

// Release implements action.Store.
func (s Actions) Release(ctx context.Context, id action.ID, fence int64) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec("releaseAction", id[:], fence)
		return err
	})
}

// Update implements action.Store.
func (s Actions) Update(ctx context.Context, a action.Action, notes ...action.Note) (action.Action, error) {
	var out action.Action
	err := s.write(ctx, func(t *tx) error {
		stored, c, err := t.action(a.ID)
		switch {
		case err != nil:
			return err
		case a.Fence != 0 && (a.Fence != c.fence || c.holder == ""):
			return action.ErrLeaseLost
		case a.Revision != stored.Revision:
			return action.ErrChanged
		}
		out = a.Clone()
		out.Revision++
		body, err := json.Marshal(out)
		if err != nil {
			return err
		}
		if err := t.hold(a); err != nil {
			return err
		}
		if _, err := t.exec("updateAction", a.ID[:], string(a.State()), dueOf(a), out.Revision, string(body)); err != nil {
			return err
		}
		if err := t.peopleOf(a); err != nil {
			return err
		}
		return t.note(notes)
	})
	if err != nil {
		return action.Action{}, err
	}
	return out, nil
}

// Find implements action.Store.
func (s Actions) Find(ctx context.Context, f action.Finding, notes ...action.Note) (bool, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	var first bool
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec("addFinding", f.ID[:], f.Action[:], string(f.What), digestOf(f.Identity), string(body))
		if first = n > 0; err != nil || !first {
			return err
		}
		return t.note(notes)
	})
	return first && err == nil, err
}

// Findings implements action.Store.
func (s Actions) Findings(ctx context.Context, after action.ID, limit int) ([]action.Finding, error) {
	var out []action.Finding
	err := s.read(ctx, func(t *tx) error {
		out = nil
		name, args := "newestFindings", []any{limit}
		if !after.IsZero() {
			name, args = "findings", []any{after[:], limit}
		}
		return t.each(name, func(rows *sql.Rows) error {
			var body []byte
			if err := rows.Scan(&body); err != nil {
				return err
			}
			var f action.Finding
			err := json.Unmarshal(body, &f)
			out = append(out, f)
			return err
		}, args...)
	})
	return out, err
}
