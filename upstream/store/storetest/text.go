package storetest

import (
	"slices"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

// different are texts that some database somewhere takes for one another: case, trailing spaces, compositions of one
// letter, ligatures, letters of other alphabets that look alike, and what collations pass over.
var different = []string{
	"ann", "Ann", "ANN", "ann ", "ann  ", " ann", "ann\t", "ann\n", "a.nn", "a-nn", "ann\u00ad", "ann\u200b",
	"ren\u00e9", "rene\u0301", "rene", "stra\u00dfe", "strasse", "\ufb01sh", "fish", "\u0430nn", "i", "\u0130", "\u0131", "\u00c5", "\u212b", "A\u030a", "'; --", `\`, "%", "_", "10", "010", "1e1",
}

func text(t *testing.T, make func(testing.TB) Database) {
	s := make(t).Open(t, store.Options{})
	for i, one := range different {
		id := action.ID{4: 1, 5: byte(i)}
		_, first, err := s.Actions().Create(t.Context(), action.Action{ID: id, Act: action.Act(one), Actor: one, CreatedAt: at(1)}, action.Key{Actor: one, Value: one})
		must(t, err)
		if !first {
			t.Errorf("the idempotency key %q is taken for another", one)
		}
		must(t, s.Append(t.Context(), audit.Record{Act: one, Actor: audit.Actor{Principal: one}, Identities: []person.Key{{System: person.Pipedream, Account: one, ID: one}}}))
	}
	for i, one := range different {
		rows := page(t, s, audit.Filter{Act: one, Actor: one})
		if len(rows) != 1 || rows[0].Seq != int64(i+1) || rows[0].Act != one || rows[0].Identities()[0].ID != one {
			t.Errorf("the audit log finds %d entries for %q", len(rows), one)
		}
		if rows := page(t, s, audit.Filter{Identities: []person.Key{{System: person.Pipedream, Account: one, ID: one}}}); len(rows) != 1 {
			t.Errorf("the identity %q has %d entries", one, len(rows))
		}
		if list, err := s.Actions().List(t.Context(), action.Filter{Actor: one}, action.ID{}, 99); err != nil || len(list) != 1 || list[0].Actor != one {
			t.Errorf("%q has %d actions, %v", one, len(list), err)
		}
	}
	// What a text column of one of the engines would cut off or refuse is refused by all, with a sentence.
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		for name, err := range map[string]error{
			"append": s.Append(t.Context(), audit.Record{Act: bad}),
			"filter": second(s.AuditPage(t.Context(), audit.Filter{Actor: bad}, 0, 1)),
			"key":    second(s.Actions().ByKey(t.Context(), action.Key{Actor: "x", Value: bad})),
		} {
			if fault.KindOf(err) != fault.BadUserInput {
				t.Errorf("%s of %q: %v", name, bad, err)
			}
		}
	}
	// Ids are bytes, and may be any.
	odd := person.Key{System: person.Pipedream, Account: "p", ID: "a\x00b\xff"}
	must(t, s.Append(t.Context(), audit.Record{Act: "odd", Identities: []person.Key{odd}}))
	if rows := page(t, s, audit.Filter{Identities: []person.Key{odd}}); len(rows) != 1 || !slices.Equal(rows[0].Identities(), []person.Key{odd}) {
		t.Errorf("%+v", rows)
	}
	verified(t, s)
}

func second[T any](_ T, err error) error { return err }
