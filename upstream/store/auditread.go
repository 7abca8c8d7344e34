package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
)

const entryColumns = "seq, at, phase, act, principal, client, person, source, place, action, step, request, correlations, costs, result, code, subjects, committed, mac"

// AuditPage answers at most limit entries that f accepts, newest first, of those before the number before (0: all).
func (s *Store) AuditPage(ctx context.Context, f audit.Filter, before int64, limit int) ([]audit.Row, error) {
	if err := plain("A filter", f.Actor, f.Act, f.Action); err != nil {
		return nil, err
	}
	q := auditConditions(f)
	if before > 0 {
		q.and("seq < " + q.add(before))
	}
	query := "SELECT " + entryColumns + " FROM audit_entries" + q.sql() + " ORDER BY seq DESC LIMIT " + q.add(limit)
	var out []audit.Row
	err := s.read(ctx, func(t *tx) error {
		out = nil
		err := t.eachOf(s.engine.Spell(query), func(rows *sql.Rows) error {
			r, err := scanEntry(rows)
			out = append(out, r)
			return err
		}, q.in...)
		if err != nil {
			return err
		}
		return t.beside(out)
	})
	return out, err
}

func auditConditions(f audit.Filter) *list {
	q := &list{}
	if len(f.People)+len(f.Identities) > 0 {
		people, digests := make([][]byte, len(f.People)), make([][]byte, len(f.Identities))
		for i := range f.People {
			people[i] = f.People[i][:]
		}
		for i, k := range f.Identities {
			digests[i] = digestOf(k)
		}
		// Under ids that were theirs before they were joined, too.
		either := "person IN (" + addAll(q, people) + ") OR person IN (SELECT own FROM seats WHERE person IN (" + addAll(q, people) + "))"
		if len(digests) > 0 {
			beside := "seq IN (SELECT seq FROM audit_personal WHERE part = 'id' AND digest IN (" + addAll(q, digests) + "))"
			if len(people) == 0 {
				either = beside
			} else {
				either += " OR " + beside
			}
		}
		q.and("(" + either + ")")
	}
	for _, each := range []struct{ column, value string }{{"principal", f.Actor}, {"act", f.Act}, {"action", f.Action}} {
		if each.value != "" {
			q.and(each.column + " = " + q.add(each.value))
		}
	}
	if !f.From.IsZero() {
		q.and("at >= " + q.add(micros(f.From)))
	}
	if !f.To.IsZero() {
		q.and("at < " + q.add(micros(f.To)))
	}
	return q
}

// batch is how many entries are read at once where all of them are.
const batch = 500

// AuditEach gives every entry to do, oldest first, and the head that lies with the log, all of one moment.
func (s *Store) AuditEach(ctx context.Context, do func(audit.Row) error) (audit.Head, error) {
	var head audit.Head
	begun := false
	err := s.read(ctx, func(t *tx) error {
		if begun { // half of the entries were given already
			return errLost
		}
		begun = true
		var err error
		if _, head, err = scanHead(t.row("head")); err != nil {
			return err
		}
		for after := int64(-1 << 62); ; {
			var rows []audit.Row
			err := t.each("entriesUp", func(found *sql.Rows) error {
				r, err := scanEntry(found)
				rows = append(rows, r)
				return err
			}, after, batch)
			if err == nil {
				err = t.beside(rows)
			}
			if err != nil {
				return err
			}
			for _, r := range rows {
				after = r.Seq
				if err := do(r); err != nil {
					return err
				}
			}
			if len(rows) < batch {
				return nil
			}
		}
	})
	return head, err
}

// Verify holds the whole log against its chain, and against heads that were noted elsewhere.
func (s *Store) Verify(ctx context.Context, witnesses ...audit.Head) (audit.Report, error) {
	v := s.chain.Verify(s.o.Earlier, witnesses...)
	head, err := s.AuditEach(ctx, func(r audit.Row) error {
		v.Add(r)
		return nil
	})
	if err != nil {
		return audit.Report{}, err
	}
	return v.End(head), nil
}

// Head is the end of the chain.
func (s *Store) Head(ctx context.Context) (audit.Head, error) {
	_, head, err := s.headOf(ctx)
	return head, s.explain(err)
}

var errLost = fault.New(fault.SourceUnavailable, "The store was lost while its audit log was read. Begin again.")

var errNobody = errors.New("store: say whose values are to be erased, or from before when")
