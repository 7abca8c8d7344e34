package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
)

// tx is a transaction under way.
type tx struct {
	ctx   context.Context
	sql   *sql.Tx
	store *Store
	// head is the end of the chain as it will be, and start that of an empty one under the key that seals it; of a writer alone.
	head  audit.Head
	start audit.MAC
	moved bool
}

func (t *tx) query(name string) string {
	q, ok := t.store.queries[name]
	if !ok {
		panic("store: there is no query " + name)
	}
	return q
}

func (t *tx) exec(name string, args ...any) (int64, error) {
	result, err := t.sql.ExecContext(t.ctx, t.query(name), args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return result.RowsAffected()
}

func (t *tx) row(name string, args ...any) *sql.Row {
	return t.sql.QueryRowContext(t.ctx, t.query(name), args...)
}

// each calls scan for every row of a named query.
func (t *tx) each(name string, scan func(*sql.Rows) error, args ...any) error {
	return t.eachOf(t.query(name), scan, args...)
}

// eachOf is each of a query that is already spelled.
func (t *tx) eachOf(query string, scan func(*sql.Rows) error, args ...any) error {
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// read runs do in one snapshot of the database.
func (s *Store) read(ctx context.Context, do func(*tx) error) error {
	return s.trying(ctx, func() (bool, error) {
		begun, err := s.engine.Reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
		if err != nil {
			return true, err
		}
		defer func() { _ = begun.Rollback() }()
		return true, do(&tx{ctx: ctx, sql: begun, store: s})
	})
}

// write runs do as one change, all or nothing: what fails before it is committed was not done. Do may be run several
// times. An error of do's own undoes everything and is given as it is.
func (s *Store) write(ctx context.Context, do func(*tx) error) error {
	var head audit.Head
	err := s.trying(ctx, func() (bool, error) {
		begun, err := s.engine.Writer().BeginTx(ctx, nil)
		if err != nil {
			return true, err
		}
		defer func() { _ = begun.Rollback() }()
		t := &tx{ctx: ctx, sql: begun, store: s}
		if t.start, t.head, err = scanHead(t.row("lockHead")); err != nil {
			return true, err
		}
		if err := do(t); err != nil {
			return true, err
		}
		if t.moved {
			if _, err := t.exec("moveHead", t.head.Seq, t.head.MAC[:]); err != nil {
				return true, err
			}
			head = t.head
		}
		// Whether a commit without an answer was made is not known here: it is not tried again.
		return false, begun.Commit()
	})
	if err == nil && head.Seq > 0 {
		s.burst(ctx, head)
	}
	return err
}

// trying runs once until it succeeds, fails for good, or was patient enough. It says whether what failed may be tried again.
func (s *Store) trying(ctx context.Context, once func() (again bool, err error)) error {
	for attempt := 1; ; attempt++ {
		again, err := once()
		if err == nil {
			return nil
		}
		switch s.engine.Trouble(err) {
		case Unreachable, Again:
		default:
			again = false
		}
		if !again || attempt > s.o.Patience || ctx.Err() != nil {
			return s.explain(err)
		}
		pause := time.NewTimer(time.Duration(attempt*attempt) * 20 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return s.explain(err)
		case <-pause.C:
		}
	}
}

// plain refuses text that not every engine keeps byte for byte.
func plain(what string, texts ...string) error {
	for _, s := range texts {
		switch {
		case strings.ContainsRune(s, 0):
			return fault.New(fault.BadUserInput, "%s holds a NUL character, which cannot be kept. Leave it out.", what)
		case !utf8.ValidString(s):
			return fault.New(fault.BadUserInput, "%s is not UTF-8, so it cannot be kept.", what)
		}
	}
	return nil
}

// none tells whether a query answered no row.
func none(err error) bool { return errors.Is(err, sql.ErrNoRows) }
