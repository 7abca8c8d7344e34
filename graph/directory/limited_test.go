package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

func drawRows(t *rapid.T) access.Rows {
	var rows access.Rows
	if rapid.Bool().Draw(t, "by source") {
		rows.Sources = access.Only(rapid.SliceOfN(rapid.SampledFrom([]string{"crm-a", "crm-b", "flow", "dream", "gone"}), 0, 3).Draw(t, "sources")...)
	}
	if rapid.Bool().Draw(t, "by domain") {
		rows.EmailDomains = access.Only(rapid.SliceOfN(rapid.SampledFrom([]string{"acme.example", "other.example", "x.example"}), 0, 2).Draw(t, "domains")...)
		rows.ShowAddressless = rapid.Bool().Draw(t, "addressless")
	}
	return rows
}

func looking(rows access.Rows) access.Principal {
	return access.Grant("test", access.Role{Scopes: access.ReadScopes, Rows: rows})
}

// filtered is the world without the rows that are hidden, in the plainest words. A vendor that had never heard of them
// would not know of apps that they alone had connected when it was read.
func filtered(in, read directory.Input, rows access.Rows) directory.Input {
	out := filteredRows(in, rows)
	apps := map[person.ResourceKey]bool{}
	for _, b := range filteredRows(read, rows).Batches {
		for _, i := range b.Identities {
			for _, g := range i.Grants {
				apps[g.Resource.Key] = true
			}
		}
	}
	for n := range out.Batches {
		b := &out.Batches[n]
		b.Resources = slices.DeleteFunc(slices.Clone(b.Resources), func(r *person.Resource) bool {
			return (r.Key.Kind == person.ResourceConnectedApp || r.Key.Kind == person.ResourceCompanyApp) && !rows.EmailDomains.All() && !apps[r.Key]
		})
	}
	return out
}

func filteredRows(in directory.Input, rows access.Rows) directory.Input {
	out := in
	out.Batches, out.Sources = nil, nil
	counts := map[person.SourceID]int{}
	for _, b := range in.Batches {
		if !rows.Sources.All() && !slices.Contains(rows.Sources.Names(), string(b.Source)) {
			continue
		}
		var kept []*person.Identity
		for _, i := range b.Identities {
			address := strings.ToLower(i.Email)
			if address == "" && strings.Contains(i.Key.ID, "@") {
				address = strings.ToLower(i.Key.ID)
			}
			_, domain, isAddress := strings.Cut(address, "@")
			switch {
			case rows.EmailDomains.All(), isAddress && slices.Contains(rows.EmailDomains.Names(), domain), address == "" && rows.ShowAddressless:
				kept = append(kept, i)
			}
		}
		b.Identities = kept
		counts[b.Source] = len(kept)
		if !rows.EmailDomains.All() {
			b.Coverage = person.Coverage{Seen: len(kept), Total: -1, Complete: b.Coverage.Complete, GrantsComplete: b.Coverage.GrantsComplete}
		}
		out.Batches = append(out.Batches, b)
	}
	for _, s := range in.Sources {
		if _, shown := counts[s.ID]; shown {
			out.Sources = append(out.Sources, s)
		}
	}
	return out
}

// TestLimitedViewIsTheFilteredWorld: whatever is asked, who may not see all rows is answered as if the hidden ones had never
// been read. The expected side is built from the shown rows alone, so that nothing hidden can be in it.
func TestLimitedViewIsTheFilteredWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		rows := drawRows(t)
		who := looking(rows)
		s := w.build()
		if rapid.Bool().Draw(t, "looked before") {
			s.View(who)
		}
		read := directory.Build(filtered(w.in, w.in, rows)).View(looking(access.Rows{})) // coverage is of the reading, whatever changed since
		changes, in := drawChanges(t, w, 4)
		s = s.Apply(changes)
		if rapid.Bool().Draw(t, "restated") {
			in.Sources = slices.Clone(in.Sources)
			in.Sources[0].Health, in.Sources[0].Reason = person.HealthDegraded, "It is down."
			s = s.WithSources(in.Sources)
		}
		got := s.View(who)
		want := directory.Build(filtered(in, w.in, rows)).View(looking(access.Rows{}))
		if a, b := dumpView(t, got), dumpView(t, want); a != b {
			t.Fatalf("%s: limited\n%s\nfiltered\n%s", rows.Key(), a, b)
		}
		for n, source := range got.Sources() {
			other := want.Sources()[n]
			if a, b := fmt.Sprint(*source.Coverage(), source.Health(), source.Reason() != nil), fmt.Sprint(*read.Sources()[n].Coverage(), other.Health(), other.Reason() != nil); a != b {
				t.Fatalf("%s: %s is %s, in the filtered world %s", rows.Key(), source.ID(), a, b)
			}
		}
		q := directory.PeopleQuery{Filter: drawFilter(t, w), Order: drawOrder(t), Window: directory.Window{First: rapid.IntRange(1, 5).Draw(t, "first")}}
		if a, b := answer(got.People(q)), answer(want.People(q)); a != b {
			t.Fatalf("%s: %+v\nlimited  %s\nfiltered %s", rows.Key(), q, a, b)
		}
		for _, b := range in.Batches {
			for _, i := range b.Identities {
				_, a := got.Identity(i.Key)
				_, b := want.Identity(i.Key)
				_, p := got.Person(personID(i.Key))
				_, q := want.Person(personID(i.Key))
				if a != b || p != q || len(got.PeopleByEmail(i.Email)) != len(want.PeopleByEmail(i.Email)) {
					t.Fatalf("%s: %v is found %v and %v, in the filtered world %v and %v", rows.Key(), i.Key, a, p, b, q)
				}
			}
		}
	})
}

// answer is a page in words, cursors and refusals included.
func answer(p directory.Page[directory.Person], err error) string {
	var out strings.Builder
	fmt.Fprint(&out, p.Total, p.HasNext, p.HasPrevious, err)
	for _, e := range p.Entries {
		fmt.Fprintf(&out, " %x %q %x", e.Node.ID(), e.Node.DisplayName(), []byte(e.Position))
	}
	return out.String()
}

func TestWhoSeesAllLooksAtThePictureItself(t *testing.T) {
	s := acme().build()
	if v := s.View(nobody); !v.ShowsAll() || v.Snapshot() != s {
		t.Error("a view without limits is not of the picture")
	}
	v := s.View(looking(access.Rows{Sources: access.Only("crm-a")}))
	if v.ShowsAll() || v.Snapshot() != s {
		t.Error("a limited view does not say what it is of")
	}
}

// What is hidden after a change was shown before: the old record must not stay.
func TestChangeCanHide(t *testing.T) {
	w := acme()
	rows := access.Rows{EmailDomains: access.Only("acme.example")}
	s := w.build()
	key := person.Key{System: person.Pipedrive, Account: "1001", ID: "1"}
	if _, ok := s.View(looking(rows)).Identity(key); !ok {
		t.Fatal("the story's first user is not shown")
	}
	moved := w.newIdentity("crm-a", "1", named("Ann", "ann@elsewhere.example"))
	s = s.Apply([]directory.Change{{Key: key, Identity: moved, ObservedAt: start.Add(time.Hour)}})
	if _, ok := s.View(looking(rows)).Identity(key); ok {
		t.Error("who has moved out of sight is still shown")
	}
}

// What was looked at is made before the next picture is shown, and what nobody looks at any more is given up.
func TestPrepareLikeMakesWhatWasLookedAt(t *testing.T) {
	first, second, third := acme().build(), acme().build(), acme().build()
	rows := access.Rows{Sources: access.Only("crm-a")}
	first.View(looking(rows))
	second.PrepareLike(first)
	third.PrepareLike(second)
	if n := second.Limited(); n != 1 {
		t.Errorf("%d were made for the next picture", n)
	}
	if n := third.Limited(); n != 0 {
		t.Errorf("%d were made of what nobody looked at", n)
	}
}

// An app is known by its accounts alone: one that only hidden people connected would say that they are there. What a
// vendor lists for itself says nothing.
func TestLimitedViewNamesNoAppOfHiddenPeople(t *testing.T) {
	w := newWorld()
	slack := w.resource("dream", person.ResourceConnectedApp, "slack", "Slack")
	notion := w.resource("dream", person.ResourceConnectedApp, "notion", "Notion")
	w.resource("flow", person.ResourcePipe, "1", "Empty pipe")
	w.add("dream", "ann@acme.example", may(slack, person.LevelMember, ""))
	w.add("dream", "bob@other.example", with(may(slack, person.LevelMember, ""), may(notion, person.LevelMember, "")))
	v := w.build().View(looking(access.Rows{EmailDomains: access.Only("acme.example")}))
	var names []string
	list, err := v.Resources(directory.ResourceQuery{Window: directory.Window{First: 10}})
	for _, r := range whole(t, list, err).Nodes() {
		names = append(names, r.Name())
	}
	if want := []string{"Empty pipe", "Slack"}; !slices.Equal(names, want) {
		t.Errorf("there are %q, want %q", names, want)
	}
	if _, found := v.Resource(notion.Key); found {
		t.Error("an app that only somebody hidden connected is found by its key")
	}
	list, err = v.Resources(directory.ResourceQuery{Filter: directory.ResourceFilter{Search: "notion"}, Window: directory.Window{First: 10}})
	if len(whole(t, list, err).Nodes()) > 0 {
		t.Error("an app that only somebody hidden connected is found by its name")
	}
}
