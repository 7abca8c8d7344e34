package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/person"
)

// History holds a store of changes to what history.Store promises.
func History(t *testing.T, open func(testing.TB) history.Store) {
	t.Run("a reading is recorded once", func(t *testing.T) { recordedOnce(t, open(t)) })
	t.Run("changes are found", func(t *testing.T) { changesFound(t, open(t)) })
	t.Run("many at once", func(t *testing.T) { manyFacts(t, open(t)) })
}

var pipe = person.ResourceKey{System: person.Pipefy, Account: "300", Kind: person.ResourcePipe, ID: "7"}

func recordedOnce(t *testing.T, s history.Store) {
	if since, err := s.KnownSince(t.Context(), "sales"); err != nil || !since.IsZero() {
		t.Fatalf("of nothing: %v, %v", since, err)
	}
	if k, err := s.Known(t.Context(), "sales"); err != nil || !k.Observed.IsZero() || k.Whole || len(k.Facts) != 0 {
		t.Fatalf("of nothing: %+v, %v", k, err)
	}
	one := history.Fact{Key: accountNo(1), Person: ann, State: person.StateActive, Grants: []history.Held{{Resource: pipe, Reach: history.Reach{Level: person.LevelAdmin, Role: "admin é"}}}}
	two := history.Fact{Key: accountNo(2), Person: bob, State: person.StateInactive, Left: true}
	r := history.Record{Source: "sales", Observed: at(1), Whole: true, Facts: []history.Fact{one, two}, Changes: []history.Change{{Kind: history.Appeared, Source: "sales", Identity: one.Key, Person: ann, Observed: at(1)}}}
	must(t, s.AppendChanges(t.Context(), r))
	if err := s.AppendChanges(t.Context(), r); !errors.Is(err, history.ErrRecorded) {
		t.Fatalf("another replica's reading: %v", err)
	}
	one.State, one.Grants = person.StateInactive, nil
	must(t, s.AppendChanges(t.Context(), history.Record{Source: "sales", Since: at(1), Observed: at(2), Facts: []history.Fact{one}}))
	must(t, s.AppendChanges(t.Context(), history.Record{Source: "office", Observed: at(9), Whole: true}))
	k, err := s.Known(t.Context(), "sales")
	must(t, err)
	slices.SortFunc(k.Facts, func(a, b history.Fact) int { return a.Key.Compare(b.Key) })
	if diff := cmp.Diff(history.Known{Source: "sales", Observed: at(2), Facts: []history.Fact{one, two}}, k); diff != "" {
		t.Error(diff)
	}
	if since, err := s.KnownSince(t.Context(), "sales"); err != nil || !since.Equal(at(2)) {
		t.Errorf("%v, %v", since, err)
	}
	if all, more, err := s.Changes(t.Context(), history.Page{Limit: 9}); err != nil || more || len(all) != 1 {
		t.Errorf("%d changes, more %t, %v", len(all), more, err)
	}
}

func changesFound(t *testing.T, s history.Store) {
	all := []history.Change{
		{Kind: history.Appeared, Source: "sales", Identity: accountNo(1), Person: ann, Observed: at(1), After: at(0), State: person.StateActive},
		{Kind: history.Linked, Source: "sales", Identity: accountNo(2), Person: ann, OldPerson: bob, Observed: at(2), After: at(1)},
		{Kind: history.GrantChanged, Source: "office", Identity: accountNo(1), Person: bob, Observed: at(3), After: at(2), Resource: pipe,
			OldGrant: history.Reach{Level: person.LevelMember, Role: "x"}, Grant: history.Reach{Level: person.LevelAdmin, Role: "admin"}},
		{Kind: history.StateChanged, Source: "office", Identity: accountNo(3), Person: bob, Observed: at(3), After: at(2), OldState: person.StateActive, State: person.StateInactive},
	}
	must(t, s.AppendChanges(t.Context(), history.Record{Source: "sales", Observed: at(2), Changes: all[:2]}))
	must(t, s.AppendChanges(t.Context(), history.Record{Source: "office", Observed: at(3), Changes: all[2:]}))
	got, more, err := s.Changes(t.Context(), history.Page{Limit: 4})
	must(t, err)
	if len(got) != 4 || more {
		t.Fatalf("%d changes, more %t", len(got), more)
	}
	for i := range got {
		want := all[3-i]
		want.Seq = got[i].Seq
		if diff := cmp.Diff(want, got[i]); diff != "" || i > 0 && got[i].Seq >= got[i-1].Seq {
			t.Errorf("change %d, seq %d: %s", i, got[i].Seq, diff)
		}
	}
	seqs := map[int64]int{}
	for i, c := range got {
		seqs[c.Seq] = 4 - i
	}
	for name, c := range map[string]struct {
		p    history.Page
		want []int
		more bool
	}{
		"the newest":     {history.Page{Limit: 3}, []int{4, 3, 2}, true},
		"what follows":   {history.Page{Limit: 3, Before: got[2].Seq}, []int{1}, false},
		"a person":       {history.Page{Limit: 9, Filter: history.Filter{People: []person.ID{ann}}}, []int{2, 1}, false},
		"who was joined": {history.Page{Limit: 9, Filter: history.Filter{People: []person.ID{bob}}}, []int{4, 3, 2}, false},
		"an account":     {history.Page{Limit: 9, Filter: history.Filter{Identities: []person.Key{accountNo(1)}}}, []int{3, 1}, false},
		"either":         {history.Page{Limit: 9, Filter: history.Filter{People: []person.ID{ann}, Identities: []person.Key{accountNo(3)}}}, []int{4, 2, 1}, false},
		"a source":       {history.Page{Limit: 9, Filter: history.Filter{Source: "office"}}, []int{4, 3}, false},
		"kinds":          {history.Page{Limit: 9, Filter: history.Filter{Kinds: []history.Kind{history.Linked, history.StateChanged}}}, []int{4, 2}, false},
		"a time":         {history.Page{Limit: 9, Filter: history.Filter{From: at(2), To: at(3)}}, []int{2}, false},
		"all of it":      {history.Page{Limit: 1, Before: got[0].Seq, Filter: history.Filter{People: []person.ID{bob}, Source: "office", Kinds: []history.Kind{history.GrantChanged}, From: at(3), To: at(4)}}, []int{3}, false},
	} {
		found, more, err := s.Changes(t.Context(), c.p)
		must(t, err)
		var which []int
		for _, f := range found {
			which = append(which, seqs[f.Seq])
		}
		if !slices.Equal(which, c.want) || more != c.more {
			t.Errorf("%s: %v more %t, want %v more %t", name, which, more, c.want, c.more)
		}
	}
}

func manyFacts(t *testing.T, s history.Store) {
	const n = 1_000
	r := history.Record{Source: "sales", Observed: at(1), Whole: true}
	for i := range n {
		r.Facts = append(r.Facts, history.Fact{Key: accountNo(i), Person: ownNo(i)})
		r.Changes = append(r.Changes, history.Change{Kind: history.Appeared, Source: "sales", Identity: accountNo(i), Person: ownNo(i), Observed: at(1)})
	}
	r.Facts = append(r.Facts, history.Fact{Key: accountNo(0), Person: bob}) // named twice: the last holds
	must(t, s.AppendChanges(t.Context(), r))
	k, err := s.Known(t.Context(), "sales")
	must(t, err)
	if len(k.Facts) != n {
		t.Errorf("%d facts of %d", len(k.Facts), n)
	}
	for _, f := range k.Facts {
		if f.Key == accountNo(0) && f.Person != bob {
			t.Error("of two facts the first holds")
		}
	}
	seen, before := 0, int64(0)
	for {
		found, more, err := s.Changes(t.Context(), history.Page{Before: before, Limit: 300})
		must(t, err)
		seen += len(found)
		if !more {
			break
		}
		before = found[len(found)-1].Seq
	}
	if seen != n {
		t.Errorf("%d changes of %d over all pages", seen, n)
	}
}
