package directory_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

var (
	drawnNames  = []string{"", " ", "Ann Example", "ANN  EXAMPLE", "Ánn Brontë", "Łukasz Øre", "Bob", "Bob-Ann O'Neil", "straße 7", "İpek"}
	drawnEmails = []string{"", "ann@acme.example", "Ann@ACME.example", "ann+x@acme.example", "bob@acme.example", "ann@other.example", "bob@other.example", "team@x.example", "not an address"}
	drawnRoles  = []string{"", "member", "admin"}
)

// drawIdentity is one of few possible identities, so that they collide often.
func drawIdentity(t *rapid.T, w *world) *person.Identity {
	a := rapid.SampledFrom(accounts).Draw(t, "account")
	ids := []string{"1", "2", "3", "4", "5", "6"}
	if a.system == person.Pipedream {
		ids = []string{"pipedrive:1", "pipedrive:2", "ann@acme.example", "org-1", "bot-1", "x\x00y", "x", "7"}
	}
	return w.newIdentity(a.source, rapid.SampledFrom(ids).Draw(t, "id"), func(i *person.Identity) {
		if a.system != person.Pipedream {
			i.Name = rapid.SampledFrom(drawnNames).Draw(t, "name")
			i.Email = rapid.SampledFrom(drawnEmails).Draw(t, "email")
			i.EmailVerified = rapid.Bool().Draw(t, "verified")
			i.State = rapid.SampledFrom([]person.State{person.StateActive, person.StateInactive, person.StateUnconfirmed, person.StateErased}).Draw(t, "state")
		}
		i.Kind = rapid.SampledFrom([]person.Kind{person.KindUnknown, person.KindUnknown, person.KindHuman, person.KindBot}).Draw(t, "kind")
		day := func(label string) (at time.Time) {
			if n := rapid.IntRange(0, 4).Draw(t, label); n > 0 {
				at = start.AddDate(0, 0, -n)
			}
			return at
		}
		i.CreatedAt, i.LastSeenAt = day("created"), day("seen")
		for _, r := range w.batch(a.source).Resources {
			if rapid.IntRange(0, 2).Draw(t, "grant") == 0 {
				level := rapid.SampledFrom([]person.Level{person.LevelOther, person.LevelMember, person.LevelAdmin}).Draw(t, "level")
				may(r, level, rapid.SampledFrom(drawnRoles).Draw(t, "role"))(i)
			}
		}
	})
}

func drawWorld(t *rapid.T) *world {
	w := newWorld()
	for _, source := range []person.SourceID{"crm-a", "crm-b"} {
		w.resource(source, person.ResourceCompany, w.batch(source).Account, "Acme")
		w.resource(source, person.ResourceCompanyApp, "sales", "Sales")
	}
	w.resource("flow", person.ResourcePipe, "1", "Ann's pipe")
	w.resource("flow", person.ResourcePipe, "2", "Bob")
	w.resource("dream", person.ResourceConnectedApp, "slack", "Slack")
	for range rapid.IntRange(0, 25).Draw(t, "identities") {
		i := drawIdentity(t, w)
		b := w.batch(i.Source)
		if !slices.ContainsFunc(b.Identities, func(o *person.Identity) bool { return o.Key == i.Key }) {
			b.Identities = append(b.Identities, i)
		}
	}
	for n := range rapid.IntRange(0, 4).Draw(t, "decisions") {
		w.in.Decisions = append(w.in.Decisions, link.Decision{
			Verb: rapid.SampledFrom([]link.Verb{link.Join, link.Apart}).Draw(t, "verb"),
			A:    drawIdentity(t, w).Key, B: drawIdentity(t, w).Key, At: start.Add(time.Duration(n)), By: "tester",
		})
	}
	return w
}

// drawChanges also gives the input that they lead to.
func drawChanges(t *rapid.T, w *world, most int) ([]directory.Change, directory.Input) {
	var changes []directory.Change
	in := w.in
	in.Batches = slices.Clone(in.Batches)
	for range rapid.IntRange(0, most).Draw(t, "changes") {
		i := drawIdentity(t, w)
		c := directory.Change{Key: i.Key, Identity: i, ObservedAt: start.Add(time.Hour)}
		if rapid.Bool().Draw(t, "remove") {
			c.Identity = nil
		}
		changes = append(changes, c)
		for n := range in.Batches {
			b := &in.Batches[n]
			if b.Source != i.Source {
				continue
			}
			b.Identities = slices.DeleteFunc(slices.Clone(b.Identities), func(o *person.Identity) bool { return o.Key == c.Key })
			if c.Identity != nil {
				b.Identities = append(b.Identities, c.Identity)
			}
		}
	}
	return changes, in
}

func some[T any](t *rapid.T, label string, from ...T) []T {
	if rapid.IntRange(0, 4).Draw(t, "has "+label) > 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, 2).Draw(t, label)
}

func drawFilter(t *rapid.T, w *world) directory.PeopleFilter {
	var sources []person.SourceID
	for _, a := range accounts {
		sources = append(sources, a.source)
	}
	keys := slices.SortedFunc(maps.Keys(w.resources), person.ResourceKey.Compare)
	f := directory.PeopleFilter{
		SearchIn:         rapid.SampledFrom([]directory.SearchIn{0, directory.SearchNames, directory.SearchEmails}).Draw(t, "in"),
		Systems:          some(t, "systems", person.Systems[:]...),
		Sources:          some(t, "sources", sources...),
		Status:           some(t, "status", person.StateActive, person.StateInactive, person.StateUnconfirmed, person.StateErased),
		Kinds:            some(t, "kinds", person.KindUnknown, person.KindHuman, person.KindBot, person.KindOrganization),
		Roles:            some(t, "roles", "member", "admin", "nobody"),
		Levels:           some(t, "levels", person.LevelMember, person.LevelAdmin, person.LevelGuest),
		Resources:        some(t, "resources", keys...),
		Apps:             some(t, "apps", "sales", "slack", "none"),
		EmailDomains:     some(t, "domains", "acme.example", "OTHER.example", "none.example"),
		PresentIn:        some(t, "present", person.Systems[:]...),
		PresentInSources: some(t, "presentInSources", sources...),
		AbsentIn:         some(t, "absent", person.Systems[:]...),
		AbsentInSources:  some(t, "absentInSources", sources...),
	}
	f.Search = strings.Join(some(t, "search", "an", "Ann", "bob", "ex ac", "ø", "lu", "acme", "STRASSE", "O'Neil", "zz", "ann@acme.example", "pipedrive"), " ")
	if linked := some(t, "linked", true, false); linked != nil {
		f.Linked = &linked[0]
	}
	return f
}

func drawOrder(t *rapid.T) directory.PeopleOrder {
	return directory.PeopleOrder{
		Field:      rapid.SampledFrom([]directory.PeopleField{directory.ByDisplayName, directory.ByCreatedAt, directory.ByLastSeenAt, directory.ByPrimaryEmail}).Draw(t, "field"),
		Descending: rapid.Bool().Draw(t, "descending"),
	}
}

func idsOf(people []directory.Person) []person.ID {
	ids := make([]person.ID, len(people))
	for i, p := range people {
		ids[i] = p.ID()
	}
	return ids
}

// TestQueriesAnswerAsTheReference also pages through every answer both ways: under any
// page size and filter both ways give the whole list.
func TestQueriesAnswerAsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		changes, in := drawChanges(t, w, 4)
		v := w.build().Apply(changes).View(nobody)
		q := directory.PeopleQuery{Filter: drawFilter(t, w), Order: drawOrder(t)}
		want := referenceIDs(in, q)
		size := rapid.IntRange(1, 7).Draw(t, "size")
		for _, backward := range []bool{false, true} {
			if got := idsOf(pageThrough(t, v, q, size, backward, len(want))); !slices.Equal(got, want) {
				t.Fatalf("backward %v: got %d people\n%x\nwant %d\n%x", backward, len(got), got, len(want), want)
			}
		}
	})
}

// pageThrough reads a whole list and checks what each page says about itself.
func pageThrough(t *rapid.T, v directory.View, q directory.PeopleQuery, size int, backward bool, total int) []directory.Person {
	var all []directory.Person
	for range total + 1 {
		q.First, q.Last = size, 0
		if backward {
			q.First, q.Last = 0, size
		}
		page, err := v.People(q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Total != total {
			t.Fatalf("total is %d, want %d", page.Total, total)
		}
		more, behind := page.HasNext, page.HasPrevious
		if backward {
			all = append(page.Nodes(), all...)
			more, behind = behind, more
		} else {
			all = append(all, page.Nodes()...)
		}
		if behind != (len(all) > len(page.Entries)) || more != (len(all) < total) {
			t.Fatalf("after %d of %d: more %v, behind %v", len(all), total, more, behind)
		}
		if !more {
			return all
		}
		if backward {
			q.Before = page.Entries[0].Position
		} else {
			q.After = page.Entries[len(page.Entries)-1].Position
		}
	}
	t.Fatalf("paging does not end")
	return nil
}

// TestApplyEqualsBuild holds everything that can be read of a snapshot with an
// overlay against one that was built from the same facts.
func TestApplyEqualsBuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		changes, in := drawChanges(t, w, 6)
		first := rapid.IntRange(0, len(changes)).Draw(t, "first")
		s := w.build().Apply(changes[:first]).Apply(changes[first:])
		got, want := dump(t, s), dump(t, directory.Build(in))
		if got != want {
			t.Fatalf("applied:\n%s\nbuilt:\n%s", got, want)
		}
	})
}

// TestDiffIsWhatHappened replays the events on what was, which gives what is.
func TestDiffIsWhatHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		old := w.build()
		changes, in := drawChanges(t, w, 8)
		new := directory.Build(in)
		if rapid.Bool().Draw(t, "overlay") {
			new = old.Apply(changes)
		}
		facts := factsOf(t, old)
		for _, e := range directory.Diff(old, new) {
			replay(t, facts, e)
		}
		if want := factsOf(t, new); !maps.EqualFunc(facts, want, func(a, b fact) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			t.Fatalf("replayed:\n%v\nwant:\n%v", facts, want)
		}
		if again := directory.Diff(new, new); len(again) != 0 {
			t.Fatalf("a snapshot differs from itself: %v", again)
		}
	})
}

type fact struct {
	person person.ID
	state  person.State
	grants map[person.ResourceKey]string
}

func factOf(owner person.ID, i *person.Identity) fact {
	f := fact{owner, i.State, map[person.ResourceKey]string{}}
	for _, g := range i.Grants {
		f.grants[g.Resource.Key] = fmt.Sprint(g.Level, g.Role)
	}
	return f
}

func factsOf(t *rapid.T, s *directory.Snapshot) map[person.Key]fact {
	facts := map[person.Key]fact{}
	for _, p := range everybody(t, s.View(nobody)) {
		for _, i := range p.Identities() {
			facts[i.Key()] = factOf(p.ID(), i.Raw())
		}
	}
	return facts
}

func replay(t *rapid.T, facts map[person.Key]fact, e directory.Event) {
	f, there := facts[e.Identity]
	if there == (e.Kind == directory.IdentityAppeared) || there && f.person != e.OldPerson && f.person != e.Person {
		t.Fatalf("event %+v does not fit %v", e, f)
	}
	switch e.Kind {
	case directory.IdentityAppeared:
		f = factOf(e.Person, e.New)
	case directory.IdentityLeft:
		delete(facts, e.Identity)
		return
	case directory.PersonChanged:
		f.person = e.Person
	case directory.StateChanged:
		f.state = e.New.State
	case directory.GrantGained, directory.GrantChanged:
		f.grants[e.NewGrant.Resource.Key] = fmt.Sprint(e.NewGrant.Level, e.NewGrant.Role)
	case directory.GrantLost:
		delete(f.grants, e.OldGrant.Resource.Key)
	}
	facts[e.Identity] = f
}

// TestPagingSurvivesASwap reads a page of one snapshot and goes on in another: who is
// in both at the same place is neither skipped nor repeated.
func TestPagingSurvivesASwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		changes, _ := drawChanges(t, w, 6)
		before := w.build()
		after := before.Apply(changes)
		q := directory.PeopleQuery{Filter: directory.PeopleFilter{Kinds: allKinds}, Order: drawOrder(t)}
		q.First = rapid.IntRange(1, 6).Draw(t, "first")
		one, err := before.View(nobody).People(q)
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Entries) == 0 {
			return
		}
		read := idsOf(one.Nodes())
		q.First, q.After = 1000, one.Entries[len(one.Entries)-1].Position
		two, err := after.View(nobody).People(q)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, idsOf(two.Nodes())...)
		q.After = nil
		old, _ := before.View(nobody).People(q)
		now, _ := after.View(nobody).People(q)
		places := map[person.ID]string{}
		for _, e := range old.Entries {
			places[e.Node.ID()] = string(e.Position)
		}
		for _, e := range now.Entries {
			id := e.Node.ID()
			times := len(slices.DeleteFunc(slices.Clone(read), func(o person.ID) bool { return o != id }))
			if places[id] == string(e.Position) && times != 1 {
				t.Fatalf("%q was read %d times", e.Node.DisplayName(), times)
			}
		}
	})
}
