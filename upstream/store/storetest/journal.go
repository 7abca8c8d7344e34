package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

func decision(by string) link.Entry {
	return link.Entry{
		Act: link.ActLink, Keys: []person.Key{accountNo(2), accountNo(1)}, At: at(1), By: by, Reason: "the same human, rené", SameAccount: true,
		Supersedes: []int64{1, 3}, IdempotencyKey: "once", Input: [32]byte{7},
	}
}

// Journal holds a journal of link decisions to what people.LinkJournal promises.
func Journal(t *testing.T, open func(testing.TB) people.LinkJournal) {
	t.Run("an entry is kept whole", func(t *testing.T) {
		s := open(t)
		first, undo := decision("key:a"), link.Entry{Act: link.ActUndo, Undoes: 1, At: at(2), By: "key:b", Reason: "no"}
		seq, err := s.AppendLinkDecision(t.Context(), 0, first, audit.Record{Phase: audit.Note, Act: "linkIdentities"})
		must(t, err)
		next, err := s.AppendLinkDecision(t.Context(), seq, undo, audit.Record{Phase: audit.Note, Act: "undoLinkDecision"})
		must(t, err)
		first.Seq, undo.Seq = seq, next
		got, err := s.LinkDecisions(t.Context(), 0)
		must(t, err)
		if diff := cmp.Diff([]link.Entry{first, undo}, got); diff != "" {
			t.Error(diff)
		}
		got, err = s.LinkDecisions(t.Context(), seq)
		must(t, err)
		if diff := cmp.Diff([]link.Entry{undo}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("who has not read all may not write", func(t *testing.T) {
		s := open(t)
		seq, err := s.AppendLinkDecision(t.Context(), 0, decision("key:a"), audit.Record{})
		must(t, err)
		for _, last := range []int64{0, seq + 1} {
			if _, err := s.AppendLinkDecision(t.Context(), last, decision("key:b"), audit.Record{}); !errors.Is(err, people.ErrJournalMoved) {
				t.Errorf("after %d: %v", last, err)
			}
		}
		if got, err := s.LinkDecisions(t.Context(), 0); err != nil || len(got) != 1 {
			t.Errorf("%d entries, %v", len(got), err)
		}
	})
	t.Run("of many at once all are kept", func(t *testing.T) {
		s := open(t)
		const admins = 12
		var wg sync.WaitGroup
		for i := range admins {
			wg.Go(func() {
				for {
					all, err := s.LinkDecisions(t.Context(), 0)
					if err != nil {
						t.Error(err)
						return
					}
					last := int64(0)
					if len(all) > 0 {
						last = all[len(all)-1].Seq
					}
					_, err = s.AppendLinkDecision(t.Context(), last, decision(fmt.Sprint("key:", i)), audit.Record{})
					if !errors.Is(err, people.ErrJournalMoved) {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
		all, err := s.LinkDecisions(t.Context(), 0)
		must(t, err)
		by := map[string]bool{}
		for i, e := range all {
			by[e.By] = true
			if i > 0 && e.Seq <= all[i-1].Seq {
				t.Errorf("entry %d follows %d", e.Seq, all[i-1].Seq)
			}
		}
		if len(all) != admins || len(by) != admins {
			t.Errorf("%d entries by %d admins", len(all), len(by))
		}
	})
}

// journalAndAudit: a decision and its audit entry are there together, or neither is.
func journalAndAudit(t *testing.T, make func(testing.TB) Database) {
	s := make(t).Open(t, store.Options{})
	seq, err := s.AppendLinkDecision(t.Context(), 0, decision("key:a"), audit.Record{Phase: audit.Note, Act: "linkIdentities", Person: ann, Identities: decision("").Keys, Personal: []audit.Value{{Name: audit.Reason, Text: "r"}}})
	must(t, err)
	_, err = s.AppendLinkDecision(t.Context(), 0, decision("key:b"), audit.Record{Act: "linkIdentities"})
	if !errors.Is(err, people.ErrJournalMoved) {
		t.Fatal(err)
	}
	if _, err := s.AppendLinkDecision(t.Context(), seq, decision("key:c"), audit.Record{Act: "a\x00b"}); err == nil {
		t.Fatal("an audit entry that cannot be kept was taken")
	}
	if got, err := s.LinkDecisions(t.Context(), 0); err != nil || len(got) != 1 {
		t.Errorf("%d decisions, %v", len(got), err)
	}
	if rows := page(t, s, audit.Filter{}); len(rows) != 1 || rows[0].Act != "linkIdentities" {
		t.Errorf("%+v", rows)
	}
	// Whoever is erased is no longer named in the journal's reasons either; what they are joined to stays.
	if _, err := s.Erase(t.Context(), store.Erasure{Identities: []person.Key{accountNo(1)}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.LinkDecisions(t.Context(), 0)
	must(t, err)
	if got[0].Reason != "" || len(got[0].Keys) != 2 {
		t.Errorf("%+v", got[0])
	}
	// By a person, it is those whose accounts are theirs by now.
	other := decision("key:d")
	other.Keys = []person.Key{accountNo(5), accountNo(6)}
	_, err = s.AppendLinkDecision(t.Context(), seq, other, audit.Record{Act: "linkIdentities", Identities: other.Keys})
	must(t, err)
	_, err = s.EnterSeats(t.Context(), propose(6))
	must(t, err)
	if n, err := s.Erase(t.Context(), store.Erasure{People: []person.ID{ownNo(6)}}); err != nil || n != 3 {
		t.Errorf("%d values by person, %v", n, err)
	}
	if got, err := s.LinkDecisions(t.Context(), seq); err != nil || got[0].Reason != "" {
		t.Errorf("%+v, %v", got, err)
	}
	verified(t, s)
}
