package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/person"
)

var _ history.Store = (*Store)(nil)

// KnownSince implements history.Store.
func (s *Store) KnownSince(ctx context.Context, source person.SourceID) (observed time.Time, err error) {
	err = s.read(ctx, func(t *tx) error {
		observed, _, err = t.knownSource(source)
		return err
	})
	return observed, err
}

func (t *tx) knownSource(source person.SourceID) (time.Time, bool, error) {
	var observed int64
	var whole int
	if err := t.row("knownSource", string(source)).Scan(&observed, &whole); err != nil && !none(err) {
		return time.Time{}, false, err
	}
	return fromMicros(observed), whole != 0, nil
}

// Known implements history.Store.
func (s *Store) Known(ctx context.Context, source person.SourceID) (history.Known, error) {
	out := history.Known{Source: source}
	err := s.read(ctx, func(t *tx) (err error) {
		out.Facts = nil
		if out.Observed, out.Whole, err = t.knownSource(source); err != nil {
			return err
		}
		return t.each("knownFacts", func(rows *sql.Rows) error {
			var (
				f             history.Fact
				k             keyScan
				whose, grants []byte
				gone          int
			)
			if err := rows.Scan(&k.system, &k.account, &k.identity, &whose, &f.State, &gone, &grants); err != nil {
				return err
			}
			f.Key, f.Person, f.Left = k.key(), personOf(whose), gone != 0
			err := json.Unmarshal(grants, &f.Grants)
			out.Facts = append(out.Facts, f)
			return err
		}, string(source))
	})
	return out, err
}

// AppendChanges implements history.Store.
func (s *Store) AppendChanges(ctx context.Context, r history.Record) error {
	if err := plain("A source", string(r.Source)); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		observed, _, err := t.knownSource(r.Source)
		if err != nil {
			return err
		}
		if micros(observed) != micros(r.Since) {
			return history.ErrRecorded
		}
		if _, err := t.exec("setKnownSource", string(r.Source), micros(r.Observed), bit(r.Whole)); err != nil {
			return err
		}
		if err := t.setFacts(r.Source, r.Facts); err != nil {
			return err
		}
		return t.addChanges(r.Changes)
	})
}

func (t *tx) setFacts(source person.SourceID, facts []history.Fact) error {
	at := make(map[person.Key]int, len(facts))
	rows := make([][]any, 0, len(facts))
	for _, f := range facts {
		grants, err := json.Marshal(f.Grants)
		if err != nil {
			return err
		}
		row := append([]any{string(source)}, keyColumns(f.Key)...)
		row = append(row, personBytes(f.Person), int(f.State), bit(f.Left), string(grants))
		if i, twice := at[f.Key]; twice { // the last holds
			rows[i] = row
			continue
		}
		at[f.Key] = len(rows)
		rows = append(rows, row)
	}
	return t.insert("known_facts", "source, digest, system, account, identity, person, state, gone, grants",
		"ON CONFLICT (source, digest) DO UPDATE SET person = excluded.person, state = excluded.state, gone = excluded.gone, grants = excluded.grants", rows)
}

// reachJSON is what a change of grants is about.
type reachJSON struct {
	Resource person.ResourceKey `json:"resource"`
	Old      history.Reach      `json:"old"`
	New      history.Reach      `json:"new"`
}

func (t *tx) addChanges(changes []history.Change) error {
	if len(changes) == 0 {
		return nil
	}
	var seq int64
	if err := t.row("newestChange").Scan(&seq); err != nil {
		return err
	}
	rows := make([][]any, len(changes))
	for i, c := range changes {
		reach := ""
		if c.Resource != (person.ResourceKey{}) {
			b, err := json.Marshal(reachJSON{c.Resource, c.OldGrant, c.Grant})
			if err != nil {
				return err
			}
			reach = string(b)
		}
		seq++
		rows[i] = append([]any{seq, int(c.Kind), string(c.Source)}, keyColumns(c.Identity)...)
		rows[i] = append(rows[i], personBytes(c.Person), personBytes(c.OldPerson), micros(c.Observed), micros(c.After), int(c.OldState), int(c.State), reach)
	}
	return t.insert("changes", "seq, kind, source, digest, system, account, identity, person, old_person, observed, previous, old_state, state, reach", "", rows)
}

// Changes implements history.Store.
func (s *Store) Changes(ctx context.Context, p history.Page) (found []history.Change, more bool, err error) {
	if err := plain("A filter", string(p.Filter.Source)); err != nil {
		return nil, false, err
	}
	q := changeConditions(p)
	query := s.engine.Spell("SELECT seq, kind, source, system, account, identity, person, old_person, observed, previous, old_state, state, reach FROM changes" +
		q.sql() + " ORDER BY seq DESC LIMIT " + q.add(p.Limit+1))
	err = s.read(ctx, func(t *tx) error {
		found = nil
		return t.eachOf(query, func(rows *sql.Rows) error {
			c, err := scanChange(rows)
			found = append(found, c)
			return err
		}, q.in...)
	})
	if err != nil {
		return nil, false, err
	}
	if len(found) > p.Limit {
		return found[:p.Limit], true, nil
	}
	return found, false, nil
}

func changeConditions(p history.Page) *list {
	q, f := &list{}, p.Filter
	if p.Before != 0 {
		q.and("seq < " + q.add(p.Before))
	}
	if len(f.People)+len(f.Identities) > 0 {
		people, digests := make([][]byte, len(f.People)), make([][]byte, len(f.Identities))
		for i := range f.People {
			people[i] = f.People[i][:]
		}
		for i, k := range f.Identities {
			digests[i] = digestOf(k)
		}
		either := "FALSE"
		if len(people) > 0 {
			either = "person IN (" + addAll(q, people) + ") OR old_person IN (" + addAll(q, people) + ")"
		}
		if len(digests) > 0 {
			either += " OR digest IN (" + addAll(q, digests) + ")"
		}
		q.and("(" + either + ")")
	}
	if f.Source != "" {
		q.and("source = " + q.add(string(f.Source)))
	}
	if len(f.Kinds) > 0 {
		kinds := make([]int, len(f.Kinds))
		for i, k := range f.Kinds {
			kinds[i] = int(k)
		}
		q.and("kind IN (" + addAll(q, kinds) + ")")
	}
	if !f.From.IsZero() {
		q.and("observed >= " + q.add(micros(f.From)))
	}
	if !f.To.IsZero() {
		q.and("observed < " + q.add(micros(f.To)))
	}
	return q
}

func scanChange(rows *sql.Rows) (history.Change, error) {
	var (
		c                  history.Change
		k                  keyScan
		whose, old, reach  []byte
		observed, previous int64
	)
	if err := rows.Scan(&c.Seq, &c.Kind, &c.Source, &k.system, &k.account, &k.identity, &whose, &old, &observed, &previous, &c.OldState, &c.State, &reach); err != nil {
		return c, err
	}
	c.Identity, c.Person, c.OldPerson, c.Observed, c.After = k.key(), personOf(whose), personOf(old), fromMicros(observed), fromMicros(previous)
	if len(reach) == 0 {
		return c, nil
	}
	var r reachJSON
	err := json.Unmarshal(reach, &r)
	c.Resource, c.OldGrant, c.Grant = r.Resource, r.Old, r.New
	return c, err
}
