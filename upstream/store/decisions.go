package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
)

var _ people.LinkJournal = (*Store)(nil)

// LinkDecisions implements people.LinkJournal.
func (s *Store) LinkDecisions(ctx context.Context, after int64) ([]link.Entry, error) {
	var out []link.Entry
	err := s.read(ctx, func(t *tx) error {
		out = nil
		at := map[int64]int{}
		err := t.each("decisions", func(rows *sql.Rows) error {
			e, err := scanDecision(rows)
			at[e.Seq] = len(out)
			out = append(out, e)
			return err
		}, after)
		if err != nil {
			return err
		}
		return t.each("decisionKeys", func(rows *sql.Rows) error {
			var seq int64
			var k keyScan
			err := rows.Scan(&seq, &k.system, &k.account, &k.identity)
			if i, ok := at[seq]; ok {
				out[i].Keys = append(out[i].Keys, k.key())
			}
			return err
		}, after)
	})
	return out, err
}

func scanDecision(rows *sql.Rows) (link.Entry, error) {
	var (
		e          link.Entry
		at         int64
		same       int
		supersedes []byte
		input      []byte
	)
	if err := rows.Scan(&e.Seq, &e.Act, &e.Undoes, &at, &e.By, &e.Reason, &same, &supersedes, &e.IdempotencyKey, &input); err != nil {
		return e, err
	}
	e.At, e.SameAccount = fromMicros(at), same != 0
	copy(e.Input[:], input)
	return e, json.Unmarshal(supersedes, &e.Supersedes)
}

// AppendLinkDecision implements people.LinkJournal.
func (s *Store) AppendLinkDecision(ctx context.Context, last int64, e link.Entry, record audit.Record) (int64, error) {
	if err := plain("A decision", e.By, e.Reason, e.IdempotencyKey); err != nil {
		return 0, err
	}
	supersedes, err := json.Marshal(e.Supersedes)
	if err != nil {
		return 0, err
	}
	err = s.write(ctx, func(t *tx) error {
		var newest int64
		if err := t.row("newestDecision").Scan(&newest); err != nil {
			return err
		}
		if newest != last {
			return people.ErrJournalMoved
		}
		e.Seq = newest + 1
		_, err := t.exec("addDecision", e.Seq, int(e.Act), e.Undoes, micros(e.At), e.By, e.Reason, bit(e.SameAccount), string(supersedes), e.IdempotencyKey, e.Input[:])
		if err != nil {
			return err
		}
		for i, k := range e.Keys {
			if _, err := t.exec("addDecisionKey", append([]any{e.Seq, i}, keyColumns(k)...)...); err != nil {
				return err
			}
		}
		return t.append(record)
	})
	if err != nil {
		return 0, err
	}
	return e.Seq, nil
}
