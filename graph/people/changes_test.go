package people_test

import (
	"errors"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

func TestChangesArePagedAndFiltered(t *testing.T) {
	o := newOffice(t)
	v, _ := o.view(access.Scopes...)
	annID, bobID := o.ids.PersonID(ann), o.ids.PersonID(bob)
	pipe := person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "11"}
	store := &history.Memory{}
	record := func(source person.SourceID, since, at time.Time, changes ...history.Change) {
		for i := range changes {
			changes[i].Source, changes[i].Observed, changes[i].After = source, at, since
		}
		if err := store.AppendChanges(t.Context(), history.Record{Source: source, Since: since, Observed: at, Changes: changes}); err != nil {
			t.Fatal(err)
		}
	}
	record("pd", time.Time{}, noon, history.Change{Kind: history.Appeared, Identity: bob, Person: bobID}, history.Change{Kind: history.StateChanged, Identity: ann, Person: annID, OldState: person.StateInactive})
	record("pf", time.Time{}, noon.Add(time.Hour),
		history.Change{Kind: history.GrantLost, Identity: annPipe, Person: o.ids.PersonID(annPipe), Resource: pipe, OldGrant: history.Reach{Level: person.LevelAdmin, Role: "admin"}},
		history.Change{Kind: history.Left, Identity: person.Key{System: person.Pipefy, Account: "301", ID: "gone"}, Person: person.ID{9}})

	kinds := func(p people.Paging, f *people.ChangeFilter) (out []history.Kind, page *people.ChangePage) {
		t.Helper()
		page, err := o.Changes(t.Context(), v, store, p, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Nodes() {
			out = append(out, c.Kind)
		}
		return out, page
	}
	is := func(what string, got []history.Kind, want ...history.Kind) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
	}
	first, page := kinds(people.Paging{First: new(3)}, nil)
	is("the newest first", first, history.Left, history.GrantLost, history.StateChanged)
	if !page.PageInfo().HasNextPage || page.TotalCount() != nil {
		t.Error("the page says that it is all, or how many there are")
	}
	rest, _ := kinds(people.Paging{After: page.PageInfo().EndCursor}, nil)
	is("the rest", rest, history.Appeared)
	// What an account of Ann's did before it was linked to her is hers too.
	hers, page := kinds(people.Paging{}, &people.ChangeFilter{Person: new(o.ids.Person(annID))})
	is("Ann's", hers, history.GrantLost, history.StateChanged)
	lost := page.Nodes()[0]
	if *lost.OldLevel != person.LevelAdmin || *lost.OldRole != "admin" || lost.Level != nil || lost.Resource == nil || *lost.ResourceID != o.ids.Resource(pipe) || lost.Identity == nil ||
		!lost.ObservedAt.Equal(noon.Add(time.Hour)) || lost.AfterAt != nil || lost.Person == nil || lost.Person.ID() != annID {
		t.Errorf("%+v", lost)
	}
	gone, page := kinds(people.Paging{}, &people.ChangeFilter{Source: new("pf"), Kind: []history.Kind{history.Left}})
	is("who left", gone, history.Left)
	if c := page.Nodes()[0]; c.Identity != nil || c.Person != nil || !named(c, "gone") {
		t.Errorf("%+v", c)
	}
	late, _ := kinds(people.Paging{}, &people.ChangeFilter{To: new(noon.Add(time.Minute))})
	is("before", late, history.StateChanged, history.Appeared)

	for what, f := range map[string]*people.ChangeFilter{"a source": {Source: new("nowhere")}, "a person": {Person: new("x")}, "an account": {Person: new(o.ids.Identity(ann))}} {
		var bad *fault.Error
		if _, err := o.Changes(t.Context(), v, store, people.Paging{}, f); !errors.As(err, &bad) || bad.Kind != fault.BadUserInput {
			t.Errorf("%s that is none: %v", what, err)
		}
	}
	some := access.Grant("intern", access.Role{Scopes: access.Scopes, Rows: access.Rows{Sources: access.Only("pd")}})
	var f *fault.Error
	if _, err := o.Changes(t.Context(), o.snap.View(some), store, people.Paging{}, nil); !errors.As(err, &f) || f.Kind != fault.Forbidden {
		t.Error("who may see a part reads history")
	}
}

// named tells whether a change shows the account's id at its vendor.
func named(c people.Change, id string) bool {
	shown, err := c.SourceID()
	return err == nil && shown == id
}
