package directory_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// acme is a small company: Ann is everywhere, Bob and Çağla in one system each.
func acme() *world {
	w := newWorld()
	company := w.resource("crm-a", person.ResourceCompany, "1001", "Acme")
	sales := w.resource("crm-a", person.ResourceCompanyApp, "sales", "Sales")
	pipe := w.resource("flow", person.ResourcePipe, "301", "Onboarding")
	slack := w.resource("dream", person.ResourceConnectedApp, "slack", "Slack")
	w.add("crm-a", "1", with(named("Ann Example", "ann@acme.example"), may(company, person.LevelMember, ""), may(sales, person.LevelAdmin, "admin"),
		func(i *person.Identity) {
			i.CreatedAt, i.AvatarURL = start.AddDate(-2, 0, 0), "https://img.example/ann"
		}))
	w.add("crm-a", "2", with(named("Bob Builder", "bob@elsewhere.example"), may(company, person.LevelMember, ""), inState(person.StateInactive)))
	w.add("flow", "71", with(named("Ann E.", "Ann+flow@ACME.example"), may(pipe, person.LevelAdmin, "admin"),
		func(i *person.Identity) { i.LastSeenAt = start.AddDate(0, 0, -1) }))
	w.add("flow", "72", with(named("Çağla Müller-Łoś", "cagla@acme.example"), may(pipe, person.LevelReader, "my_cards_only"), inState(person.StateUnconfirmed)))
	w.add("dream", "pipedrive:1", may(slack, person.LevelMember, ""))
	w.add("dream", "org-77", may(slack, person.LevelMember, ""))
	return w
}

func names(t *testing.T, v directory.View, f directory.PeopleFilter) string {
	t.Helper()
	page, err := v.People(directory.PeopleQuery{Filter: f, Window: directory.Window{First: 100}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range page.Nodes() {
		all = append(all, p.DisplayName())
	}
	return strings.Join(all, ", ")
}

const (
	ann, bob, cagla = "Ann Example", "Bob Builder", "Çağla Müller-Łoś"
	everyone        = ann + ", " + bob + ", " + cagla
)

func TestFilters(t *testing.T) {
	yes, no := true, false
	v := acme().view()
	pipe := person.ResourceKey{System: person.Pipefy, Account: "300", Kind: person.ResourcePipe, ID: "301"}
	for _, c := range []struct {
		name   string
		filter directory.PeopleFilter
		want   string
	}{
		{"nothing asked shows humans and the unknown", directory.PeopleFilter{}, everyone},
		{"organizations are shown when asked for", directory.PeopleFilter{Kinds: []person.Kind{person.KindOrganization}}, "org-77"},
		{"by source", directory.PeopleFilter{Sources: []person.SourceID{"crm-a", "crm-b"}}, ann + ", " + bob},
		{"by system", directory.PeopleFilter{Systems: []person.System{person.Pipefy}}, ann + ", " + cagla},
		{"by status", directory.PeopleFilter{Status: []person.State{person.StateInactive, person.StateUnconfirmed}}, bob + ", " + cagla},
		{"by the vendor's role", directory.PeopleFilter{Roles: []string{"my_cards_only"}}, cagla},
		{"by level", directory.PeopleFilter{Levels: []person.Level{person.LevelAdmin}}, ann},
		{"by resource", directory.PeopleFilter{Resources: []person.ResourceKey{pipe}}, ann + ", " + cagla},
		{"level and resource speak of one grant", directory.PeopleFilter{Resources: []person.ResourceKey{pipe}, Levels: []person.Level{person.LevelMember}}, ""},
		{"level and app speak of one grant", directory.PeopleFilter{Apps: []string{"slack"}, Levels: []person.Level{person.LevelAdmin}}, ""},
		{"by the app of either vendor", directory.PeopleFilter{Apps: []string{"slack", "sales"}}, ann},
		{"by mail domain", directory.PeopleFilter{EmailDomains: []string{"@ELSEWHERE.example"}}, bob},
		{"search by beginnings, in any order", directory.PeopleFilter{Search: "exa ann"}, ann},
		{"search ignores accents and strokes", directory.PeopleFilter{Search: "cagla los"}, cagla},
		{"search finds addresses", directory.PeopleFilter{Search: "elsewhere"}, bob},
		{"search in names does not look at addresses", directory.PeopleFilter{Search: "elsewhere", SearchIn: directory.SearchNames}, ""},
		{"search in addresses does not look at names", directory.PeopleFilter{Search: "builder", SearchIn: directory.SearchEmails}, ""},
		{"search begins words, it does not look inside", directory.PeopleFilter{Search: "uilder"}, ""},
		{"blank search asks for nothing", directory.PeopleFilter{Search: "  "}, everyone},
		{"linked", directory.PeopleFilter{Linked: &yes}, ann},
		{"not linked", directory.PeopleFilter{Linked: &no}, bob + ", " + cagla},
		{"present in all", directory.PeopleFilter{PresentIn: []person.System{person.Pipedrive, person.Pipedream}}, ann},
		{"present here and absent there", directory.PeopleFilter{PresentIn: []person.System{person.Pipedrive}, AbsentIn: []person.System{person.Pipefy}}, bob},
		{"absent from a source", directory.PeopleFilter{AbsentInSources: []person.SourceID{"crm-a"}}, cagla},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(t, v, c.filter); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBadFiltersSayWhatToDo(t *testing.T) {
	w := acme()
	w.in.Sources = slices.DeleteFunc(w.in.Sources, func(s person.SourceState) bool { return s.System == person.Pipedream })
	for _, c := range []struct {
		filter directory.PeopleFilter
		says   string
	}{
		{directory.PeopleFilter{Sources: []person.SourceID{"crm-z"}}, `"crm-z"`},
		{directory.PeopleFilter{AbsentInSources: []person.SourceID{"crm-z"}}, `"crm-z"`},
		{directory.PeopleFilter{Search: "?!"}, "letter"},
		{directory.PeopleFilter{Search: strings.Repeat("a ", 50)}, "at most"},
		{directory.PeopleFilter{EmailDomains: []string{"not a domain"}}, "not a mail domain"},
		{directory.PeopleFilter{AbsentIn: []person.System{person.Pipedream}}, "configured"},
	} {
		_, err := w.view().People(directory.PeopleQuery{Filter: c.filter, Window: directory.Window{First: 1}})
		if err == nil || fault.KindOf(err) != fault.BadUserInput || !strings.Contains(fault.From(err).Message, c.says) {
			t.Errorf("%+v gave %v, which does not say %s", c.filter, err, c.says)
		}
	}
}

// TestUnknownIsNotAbsent: nobody is called absent from what is not known.
func TestUnknownIsNotAbsent(t *testing.T) {
	retry := start.Add(90 * time.Second)
	for name, spoil := range map[string]func(*world){
		"never read": func(w *world) {
			w.in.Batches = slices.DeleteFunc(w.in.Batches, func(b person.Batch) bool { return b.Source == "flow" })
			w.state("flow").Health = person.HealthPending
		},
		"never reached": func(w *world) {
			w.in.Batches = slices.DeleteFunc(w.in.Batches, func(b person.Batch) bool { return b.Source == "flow" })
			w.state("flow").Health = person.HealthUnavailable
		},
		"down":         func(w *world) { w.state("flow").Health = person.HealthDegraded },
		"read in part": func(w *world) { w.batch("flow").Coverage.Complete = false },
	} {
		t.Run(name, func(t *testing.T) {
			w := acme()
			spoil(w)
			w.state("flow").RetryAt = retry
			for _, f := range []directory.PeopleFilter{
				{AbsentIn: []person.System{person.Pipefy}},
				{AbsentInSources: []person.SourceID{"flow"}, PresentIn: []person.System{person.Pipedrive}},
			} {
				_, err := w.view().People(directory.PeopleQuery{Filter: f, Window: directory.Window{First: 1}, Now: start})
				got := fault.From(err)
				if got == nil || got.Kind != fault.SourceUnavailable || got.Source != "flow" || got.RetryAfter != 90*time.Second {
					t.Errorf("got %+v", got)
				}
			}
			if got := names(t, w.view(), directory.PeopleFilter{AbsentIn: []person.System{person.Pipedream}, PresentIn: []person.System{person.Pipedrive}}); got != bob {
				t.Errorf("absence from a healthy source gave %q", got)
			}
		})
	}
}

func TestOnePersonFromThreeSystems(t *testing.T) {
	v := acme().view()
	found := v.PeopleByEmail("ANN+anything@acme.example")
	if len(found) != 1 {
		t.Fatalf("%d people have Ann's address", len(found))
	}
	p := found[0]
	if p.DisplayName() != ann || *p.PrimaryEmail() != "ann@acme.example" || *p.AvatarURL() != "https://img.example/ann" {
		t.Errorf("Ann is shown as %q <%s> %s", p.DisplayName(), *p.PrimaryEmail(), *p.AvatarURL())
	}
	if got := p.Emails(); !slices.Equal(got, []string{"ann@acme.example"}) {
		t.Errorf("spellings of one mailbox are listed apart: %q", got)
	}
	if len(p.Identities()) != 3 || len(p.IdentitiesIn(person.Pipefy)) != 1 || len(p.Links()) < 2 {
		t.Errorf("%d identities, %d in Pipefy, %d links", len(p.Identities()), len(p.IdentitiesIn(person.Pipefy)), len(p.Links()))
	}
	if !p.CreatedAt().Equal(start.AddDate(-2, 0, 0)) || !p.LastSeenAt().Equal(start.AddDate(0, 0, -1)) {
		t.Errorf("made %v, seen %v", p.CreatedAt(), p.LastSeenAt())
	}
	for _, i := range p.Identities() {
		if alias, ok := v.Person(personID(i.Key())); !ok || alias.ID() != p.ID() {
			t.Errorf("the id of %v alone does not lead to Ann", i.Key())
		}
		if len(i.Links()) == 0 {
			t.Errorf("%v has no link", i.Key())
		}
	}
	grants, err := v.Grants(p, directory.GrantFilter{Levels: []person.Level{person.LevelAdmin}}, directory.Window{First: 1})
	if err != nil || grants.Total != 2 || !grants.HasNext || grants.Entries[0].Node.Resource().Name() != "Sales" {
		t.Errorf("Ann administers %d things: %v", grants.Total, err)
	}
}

func TestChoiceOfName(t *testing.T) {
	same := func(i *person.Identity) { i.Email = "x@acme.example" }
	for name, c := range map[string]struct {
		crm, flow       func(*person.Identity)
		want, wantEmail string
	}{
		"systems in their order":        {named("Crm", "x@acme.example"), named("Flow", "x@acme.example"), "Crm", "x@acme.example"},
		"an active account goes before": {with(named("Crm", "x@acme.example"), inState(person.StateInactive)), named("Flow", "X@acme.example"), "Flow", "X@acme.example"},
		"unconfirmed before inactive":   {with(named("Crm", ""), same, inState(person.StateInactive)), with(named("Flow", ""), same, inState(person.StateUnconfirmed)), "Flow", "x@acme.example"},
		"a name before an address":      {with(named(" ", ""), same), named("Flow", "x@acme.example"), "Flow", "x@acme.example"},
		"an address before an id":       {same, same, "x@acme.example", "x@acme.example"},
		"a verified address before one of the same standing": {
			with(named("Crm", "X@acme.example"), func(i *person.Identity) { i.EmailVerified = false }), named("Flow", "x@acme.example"), "Crm", "x@acme.example"},
		"standing before verification": {
			with(named("Crm", "X@acme.example"), func(i *person.Identity) { i.EmailVerified = false }), with(named("Flow", "x@acme.example"), inState(person.StateInactive)), "Crm", "X@acme.example"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			a, b := w.add("crm-a", "1", c.crm), w.add("flow", "1", c.flow)
			w.in.Decisions = []link.Decision{{Verb: link.Join, A: a.Key, B: b.Key, At: start, By: "tester"}}
			i, _ := w.view().Identity(a.Key)
			if p := i.Person(); p.DisplayName() != c.want || *p.PrimaryEmail() != c.wantEmail {
				t.Errorf("shown as %q <%s>", p.DisplayName(), *p.PrimaryEmail())
			}
		})
	}
}

func TestAContestedAddressHasSeveralPeople(t *testing.T) {
	w := newWorld()
	for _, id := range []string{"1", "2"} {
		w.add("crm-a", id, named("Desk "+id, "desk@acme.example"))
	}
	if got := w.view().PeopleByEmail("desk@acme.example"); len(got) != 2 || got[0].ID() == got[1].ID() {
		t.Errorf("%d people share the address", len(got))
	}
	if got := w.view().PeopleByEmail("no address"); got != nil {
		t.Errorf("%d people have what is no address", len(got))
	}
}

func TestRedirects(t *testing.T) {
	w := acme()
	i, _ := w.view().Identity(person.Key{System: person.Pipedrive, Account: "1001", ID: "1"})
	survivor := i.Person().ID()
	a, b := person.ID{1}, person.ID{2}
	w.in.Redirects = map[person.ID]person.ID{a: b, b: survivor, {3}: {4}, {4}: {3}}
	if p, ok := w.view().Person(a); !ok || p.ID() != survivor {
		t.Error("a chain of redirects does not lead to the survivor")
	}
	if _, ok := w.view().Person(person.ID{3}); ok {
		t.Error("a circle of redirects leads to somebody")
	}
	if _, ok := w.view().Person(person.ID{9}); ok {
		t.Error("an unknown id leads to somebody")
	}
}

func TestAFailedSourceKeepsItsFacts(t *testing.T) {
	w := acme()
	s := w.build()
	down := slices.Clone(w.in.Sources)
	for i := range down {
		if down[i].ID == "flow" {
			down[i].Health, down[i].Reason = person.HealthDegraded, "Pipefy did not answer."
		}
	}
	v := s.WithSources(down).View(nobody)
	for _, p := range everybody(t, v) {
		for _, i := range p.Identities() {
			f, flow := i.Freshness(), i.Raw().Source == "flow"
			if !f.ObservedAt.Equal(start) || f.IsStale != flow || (f.Reason != "") != flow {
				t.Errorf("%v is %+v", i.Key(), f)
			}
		}
	}
	source, _ := v.Source("flow")
	if f := source.Freshness(); f == nil || f.Reason != "Pipefy did not answer." || !source.Coverage().Complete {
		t.Errorf("the source is %+v", f)
	}
	if old, _ := s.View(nobody).Source("flow"); old.State().Health != person.HealthOK {
		t.Error("the older snapshot has changed")
	}
}

func TestGrantsSayWhetherTheyAreComplete(t *testing.T) {
	w := acme()
	complete := func(name string) bool {
		for _, p := range everybody(t, w.view()) {
			if p.DisplayName() == name {
				return p.GrantsComplete()
			}
		}
		t.Fatal("nobody is called", name)
		return false
	}
	if !complete(ann) || !complete(bob) {
		t.Error("all is known, and grants are called incomplete")
	}
	w.batch("flow").Coverage.GrantsComplete = false
	if complete(ann) || !complete(bob) {
		t.Error("a pipe with unknown members concerns Ann alone")
	}
	w.batch("dream").Coverage.Complete = false
	if complete(bob) {
		t.Error("Bob may have more in a source that is not wholly known")
	}
}

// TestOneKeyTwice: of two records with one key in a reading the first counts, and
// of two sources that read one account the one whose name comes first.
func TestOneKeyTwice(t *testing.T) {
	w := acme()
	pipe := w.resource("flow", person.ResourcePipe, "301", "Onboarding")
	w.add("flow", "72", with(named("Impostor", "impostor@acme.example"), may(pipe, person.LevelAdmin, "admin")))
	again := w.newIdentity("flow", "72", named("Late Reader", "late@acme.example"))
	again.Source = "flow-too"
	w.in.Sources = append(w.in.Sources, person.SourceState{ID: "flow-too", System: person.Pipefy, Account: "300", Health: person.HealthOK})
	w.in.Batches = append(w.in.Batches, person.Batch{Source: "flow-too", System: person.Pipefy, Account: "300", Identities: []*person.Identity{again, again}})
	slices.Reverse(w.in.Batches)
	v := w.view()
	if got := names(t, v, directory.PeopleFilter{}); got != everyone {
		t.Errorf("people are %q, want %q", got, everyone)
	}
	for _, search := range []string{"impostor", "late"} {
		if got := names(t, v, directory.PeopleFilter{Search: search}); got != "" {
			t.Errorf("searching for %s finds %q", search, got)
		}
	}
	shown, _ := v.Resource(pipe.Key)
	page, err := v.Members(shown, directory.Window{First: 10})
	if err != nil || page.Total != 2 {
		t.Errorf("the pipe has %d members, want 2, %v", page.Total, err)
	}
	if all := directory.Diff(w.build(), w.build()); len(all) != 0 {
		t.Errorf("two builds differ: %v", all)
	}
}

// TestAddressesHideBehindTheirScope: where an address is all that names somebody,
// who may not see addresses is told that there is no name, and finds nobody by it.
func TestAddressesHideBehindTheirScope(t *testing.T) {
	w := newWorld()
	w.add("crm-a", "1", func(i *person.Identity) { i.Name, i.Email = "ann@acme.example", "ann@acme.example" })
	w.add("dream", "bob@acme.example", func(i *person.Identity) { i.Name, i.Email = "", "" })
	for _, c := range []struct {
		scopes []access.Scope
		shown  []string
	}{
		{access.ReadScopes, []string{"ann@acme.example", "bob@acme.example"}},
		{[]access.Scope{access.ScopeDirectoryRead}, []string{"(no name)", "1"}},
	} {
		v := w.build().View(access.NewPrincipal("test", c.scopes...))
		var shown []string
		for _, p := range everybody(t, v) {
			shown = append(shown, p.DisplayName())
		}
		if slices.Sort(shown); !slices.Equal(shown, c.shown) {
			t.Errorf("with %v people are shown as %q, want %q", c.scopes, shown, c.shown)
		}
	}
	page, err := w.view().People(directory.PeopleQuery{Filter: directory.PeopleFilter{Search: "bob", SearchIn: directory.SearchNames}, Window: directory.Window{First: 9}})
	if err != nil || page.Total != 0 {
		t.Errorf("%d found by an address as a name, %v", page.Total, err)
	}
}
