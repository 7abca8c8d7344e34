package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// Append writes entries of what changes nothing else here, all or none.
func (s *Store) Append(ctx context.Context, records ...audit.Record) error {
	return s.write(ctx, func(t *tx) error { return t.append(records...) })
}

// append adds entries to the chain, in the transaction of what they tell of.
func (t *tx) append(records ...audit.Record) error {
	if len(records) > 0 && t.start != t.store.chain.Start().MAC {
		return errHandedOver
	}
	for _, r := range records {
		if err := plainRecord(r); err != nil {
			return err
		}
		e, beside, err := audit.Seal(r, t.store.o.Random)
		if err != nil {
			return fmt.Errorf("store: random salts: %w", err)
		}
		e.Seq, e.At = t.head.Seq+1, t.store.now()
		head := t.store.chain.Next(t.head, e)
		if err := t.addEntry(e, head.MAC); err != nil {
			return err
		}
		if err := t.addBeside(e, r.Identities, beside); err != nil {
			return err
		}
		t.head, t.moved = head, true
	}
	return nil
}

func plainRecord(r audit.Record) error {
	texts := []string{r.Act, r.Actor.Principal, r.Actor.Client, r.Action, r.Step, r.Request, r.Code, string(r.Source), r.Place.Account, r.Place.ID}
	for _, k := range r.Identities {
		texts = append(texts, k.Account)
	}
	for _, c := range r.Costs {
		texts = append(texts, string(c.Source))
	}
	for _, v := range r.Personal {
		texts = append(texts, v.Name)
	}
	return plain("An entry of the audit log", append(texts, r.Correlations...)...)
}

// The lists of an entry as JSON. Commitments are hexadecimal.
type (
	subjectJSON struct {
		System  uint8  `json:"system"`
		Account string `json:"account"`
		ID      string `json:"id"`
	}
	committedJSON struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	costJSON struct {
		Source string `json:"source"`
		Calls  int    `json:"calls"`
		Tokens int    `json:"tokens"`
	}
	placeJSON struct {
		System  uint8  `json:"system"`
		Account string `json:"account"`
		Kind    uint8  `json:"kind"`
		ID      string `json:"id"`
	}
)

func (t *tx) addEntry(e audit.Entry, mac audit.MAC) error {
	subjects, committed, costs := make([]subjectJSON, len(e.Subjects)), make([]committedJSON, len(e.Values)), make([]costJSON, len(e.Costs))
	for i, s := range e.Subjects {
		subjects[i] = subjectJSON{uint8(s.System), s.Account, hex.EncodeToString(s.ID[:])}
	}
	for i, v := range e.Values {
		committed[i] = committedJSON{v.Name, hex.EncodeToString(v.Value[:])}
	}
	for i, c := range e.Costs {
		costs[i] = costJSON{string(c.Source), c.Calls, c.Tokens}
	}
	var lists [5]string
	for i, list := range []any{append([]string{}, e.Correlations...), costs, subjects, committed, placeJSON{uint8(e.Place.System), e.Place.Account, uint8(e.Place.Kind), e.Place.ID}} {
		b, err := json.Marshal(list)
		if err != nil {
			return err
		}
		lists[i] = string(b)
	}
	_, err := t.exec("addEntry", e.Seq, micros(e.At), int(e.Phase), e.Act, e.Actor.Principal, e.Actor.Client, personBytes(e.Person), string(e.Source), lists[4], e.Action, e.Step, e.Request,
		lists[0], lists[1], int(e.Result), e.Code, lists[2], lists[3], mac[:])
	return err
}

// personBytes is empty for nobody.
func personBytes(id person.ID) []byte {
	if id == (person.ID{}) {
		return []byte{}
	}
	return id[:]
}

func (t *tx) addBeside(e audit.Entry, keys []person.Key, b audit.Beside) error {
	for i, k := range b.IDs {
		if _, err := t.exec("addPersonal", e.Seq, "id", i, digestOf(keys[i]), []byte(k.Text), k.Salt[:]); err != nil {
			return err
		}
	}
	for i, k := range b.Texts {
		if _, err := t.exec("addPersonal", e.Seq, "value", i, []byte{}, []byte(k.Text), k.Salt[:]); err != nil {
			return err
		}
	}
	return nil
}

// digestOf stands for a whole identity key, whose parts may be long and hold any byte.
func digestOf(k person.Key) []byte {
	b := []byte{byte(k.System)}
	b = binary.AppendUvarint(b, uint64(len(k.Account)))
	b = append(append(b, k.Account...), k.ID...)
	sum := sha256.Sum256(b)
	return sum[:]
}

var errHandedOver = fault.New(fault.SourceUnavailable, "The audit log is sealed with a newer key than this process has, so it cannot change anything. The operator has to restart it with that key.")

// unreadable marks an entry that is not as this package writes one, so that the chain tells of it.
const unreadable = " (unreadable)"

func scanEntry(rows *sql.Rows) (audit.Row, error) {
	var (
		r                                               audit.Row
		at, phase, result                               int64
		who, mac                                        []byte
		correlations, costs, subjects, committed, place string
	)
	err := rows.Scan(&r.Seq, &at, &phase, &r.Act, &r.Actor.Principal, &r.Actor.Client, &who, &r.Source, &place, &r.Action, &r.Step, &r.Request,
		&correlations, &costs, &result, &r.Code, &subjects, &committed, &mac)
	if err != nil {
		return r, err
	}
	r.At, r.Phase, r.Result = fromMicros(at), audit.Phase(phase), audit.Result(result)
	copy(r.Person[:], who)
	copy(r.MAC[:], mac)
	var (
		s []subjectJSON
		v []committedJSON
		c []costJSON
		p placeJSON
	)
	wrong := errors.Join(json.Unmarshal([]byte(correlations), &r.Correlations), json.Unmarshal([]byte(costs), &c),
		json.Unmarshal([]byte(subjects), &s), json.Unmarshal([]byte(committed), &v), json.Unmarshal([]byte(place), &p))
	if wrong != nil || int64(r.Phase) != phase || int64(r.Result) != result || len(who) != 0 && len(who) != len(r.Person) || len(mac) != len(r.MAC) {
		r.Code += unreadable
	}
	r.Place = person.ResourceKey{System: person.System(p.System), Account: p.Account, Kind: person.ResourceKind(p.Kind), ID: p.ID}
	for _, each := range c {
		r.Costs = append(r.Costs, audit.Cost{Source: person.SourceID(each.Source), Calls: each.Calls, Tokens: each.Tokens})
	}
	for _, each := range s {
		r.Subjects = append(r.Subjects, audit.Subject{System: person.System(each.System), Account: each.Account, ID: commitment(each.ID)})
		r.IDs = append(r.IDs, audit.Kept{Erased: true})
	}
	for _, each := range v {
		r.Values = append(r.Values, audit.Committed{Name: each.Name, Value: commitment(each.Value)})
		r.Texts = append(r.Texts, audit.Kept{Erased: true})
	}
	return r, nil
}

func commitment(text string) audit.Commitment {
	var c audit.Commitment
	if b, err := hex.DecodeString(text); err == nil {
		copy(c[:], b)
	}
	return c
}

// beside puts what lies beside rows into them.
func (t *tx) beside(rows []audit.Row) error {
	if len(rows) == 0 {
		return nil
	}
	at := make(map[int64]int, len(rows))
	var q list
	for i, r := range rows {
		at[r.Seq] = i
		q.in = append(q.in, r.Seq)
	}
	query := "SELECT seq, part, place, text, salt FROM audit_personal WHERE seq IN (" + q.places() + ")"
	return t.eachOf(t.store.engine.Spell(query), func(found *sql.Rows) error {
		var (
			seq        int64
			part       string
			place      int
			text, salt []byte
		)
		if err := found.Scan(&seq, &part, &place, &text, &salt); err != nil {
			return err
		}
		kept := rows[at[seq]].Texts
		if part == "id" {
			kept = rows[at[seq]].IDs
		}
		if place < len(kept) {
			kept[place] = audit.Kept{Text: string(text)}
			copy(kept[place].Salt[:], salt)
		}
		return nil
	}, q.in...)
}
