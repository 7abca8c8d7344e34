package directory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

func TestApplyShowsTheChangeAtOnce(t *testing.T) {
	w := acme()
	s := w.build()
	later := start.Add(time.Minute)
	dora := w.newIdentity("crm-b", "9", named("Dora New", "cagla@acme.example"))
	gone := person.Key{System: person.Pipedrive, Account: "1001", ID: "2"}
	next := s.Apply([]directory.Change{{Key: dora.Key, Identity: dora, ObservedAt: later}, {Key: gone, ObservedAt: later}})

	if got := names(t, next.View(nobody), directory.PeopleFilter{}); got != ann+", Dora New" {
		t.Errorf("people are %q", got)
	}
	i, ok := next.View(nobody).Identity(dora.Key)
	if !ok || len(i.Person().Identities()) != 2 || !i.Freshness().ObservedAt.Equal(later) {
		t.Error("the new account is not linked to Çağla's, or is not as fresh as it is")
	}
	if _, ok := next.View(nobody).Identity(gone); ok {
		t.Error("who has gone is still there")
	}
	if got := names(t, s.View(nobody), directory.PeopleFilter{}); got != everyone {
		t.Errorf("the older snapshot shows %q", got)
	}
}

// TestManyChangesMakeANewBase crosses the limit at which an overlay is given up.
func TestManyChangesMakeANewBase(t *testing.T) {
	w := acme()
	s := w.build()
	const count = 1_200
	for from := 0; from < count; from += 400 {
		var changes []directory.Change
		for n := from; n < from+400; n++ {
			i := w.newIdentity("crm-b", fmt.Sprint(1000+n), named(fmt.Sprintf("New %d", n), ""))
			changes = append(changes, directory.Change{Key: i.Key, Identity: i, ObservedAt: start.Add(time.Hour)})
		}
		s = s.Apply(changes)
	}
	s = s.Apply([]directory.Change{{Key: person.Key{System: person.Pipedrive, Account: "1002", ID: "1000"}}})
	v := s.View(nobody)
	page, err := v.People(directory.PeopleQuery{Filter: directory.PeopleFilter{Search: "new"}, Window: directory.Window{First: 1}})
	if err != nil || page.Total != count-1 {
		t.Errorf("%d of %d are there, %v", page.Total, count-1, err)
	}
	i, ok := v.Identity(person.Key{System: person.Pipedrive, Account: "1002", ID: "1001"})
	if !ok || !i.Freshness().ObservedAt.Equal(start.Add(time.Hour)) {
		t.Error("a new base forgot when a change was observed")
	}
}

func TestListsOfOneResource(t *testing.T) {
	w := acme()
	v := w.view()
	pipe, ok := v.Resource(person.ResourceKey{System: person.Pipefy, Account: "300", Kind: person.ResourcePipe, ID: "301"})
	if !ok {
		t.Fatal("the pipe is not there")
	}
	one, err := v.Members(pipe, directory.Window{First: 1})
	if err != nil || one.Total != 2 || !one.HasNext || one.HasPrevious {
		t.Fatalf("the first page is %+v, %v", one, err)
	}
	two, err := v.Members(pipe, directory.Window{First: 1, After: one.Entries[0].Position})
	if err != nil || two.HasNext || !two.HasPrevious || *two.Entries[0].Node.Role() != "my_cards_only" {
		t.Fatalf("the second page is %+v, %v", two, err)
	}
	found, err := v.Resources(directory.ResourceQuery{Filter: directory.ResourceFilter{Search: "onb", Kinds: []person.ResourceKind{person.ResourcePipe}}, Window: directory.Window{Last: 5}})
	if err != nil || found.Total != 1 || found.Entries[0].Node.Key() != pipe.Key() {
		t.Errorf("searching for the pipe found %d, %v", found.Total, err)
	}
	if ids := v.IdentitiesByID(person.Pipedrive, "1"); len(ids) != 1 || ids[0].DisplayName() != ann {
		t.Errorf("%d users have Ann's number", len(ids))
	}
}

func TestAnEmptyDirectory(t *testing.T) {
	s := newWorld().build()
	if got := names(t, s.View(nobody), directory.PeopleFilter{Search: "ann", EmailDomains: []string{"acme.example"}, Apps: []string{"slack"}}); got != "" {
		t.Errorf("there is %q", got)
	}
	empty := directory.Build(directory.Input{Linker: newLinker(), PersonID: personID})
	if all := everybody(t, empty.View(nobody)); len(all) != 0 {
		t.Errorf("there are %d people", len(all))
	}
	if _, ok := empty.View(nobody).Person(person.ID{}); ok {
		t.Error("nobody is somebody")
	}
}

func TestDiffNamesWhatChanged(t *testing.T) {
	w := acme()
	old := w.build()
	pipe := w.resource("flow", person.ResourcePipe, "301", "")
	cagla := w.newIdentity("flow", "72", with(named("Çağla", "cagla@acme.example"), may(pipe, person.LevelAdmin, "admin")))
	new := old.Apply([]directory.Change{{Key: cagla.Key, Identity: cagla}, {Key: person.Key{System: person.Pipedrive, Account: "1001", ID: "2"}}})
	var kinds []directory.EventKind
	for _, e := range directory.Diff(old, new) {
		kinds = append(kinds, e.Kind)
	}
	if got := fmt.Sprint(kinds); got != fmt.Sprint([]directory.EventKind{directory.IdentityLeft, directory.StateChanged, directory.GrantChanged}) {
		t.Errorf("events are %s", got)
	}
}
