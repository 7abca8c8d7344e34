package people_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

func names(nodes []directory.Person) []string {
	var out []string
	for _, p := range nodes {
		out = append(out, p.DisplayName())
	}
	return out
}

func TestPeoplePagesBothWays(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	first, err := o.People(v, who, people.Paging{First: new(2)}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(first.Nodes()); !slices.Equal(got, []string{"Ann Example", "Bob Builder"}) {
		t.Fatalf("first page: %v", got)
	}
	info := first.PageInfo()
	if !info.HasNextPage || info.HasPreviousPage || first.TotalCount() != 4 {
		t.Errorf("first page: %+v, total %d", info, first.TotalCount())
	}
	rest, err := o.People(v, who, people.Paging{After: info.EndCursor}, nil, nil)
	if err != nil || !slices.Equal(names(rest.Nodes()), []string{"Cy One", "Di Two"}) || rest.PageInfo().HasNextPage {
		t.Errorf("the rest: %v, %v", names(rest.Nodes()), err)
	}
	back, err := o.People(v, who, people.Paging{Last: new(1), Before: rest.PageInfo().StartCursor}, nil, nil)
	if err != nil || !slices.Equal(names(back.Nodes()), []string{"Bob Builder"}) || !back.PageInfo().HasPreviousPage {
		t.Errorf("one back: %v, %v", names(back.Nodes()), err)
	}
}

func TestPeopleFilters(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	pipe := o.ids.Resource(person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "12"})
	for name, c := range map[string]struct {
		filter people.Filter
		want   []string
	}{
		"word prefixes of name and address": {people.Filter{Search: new("exa bui")}, []string{"Bob Builder"}},
		"in names only":                     {people.Filter{Search: new("desk"), SearchIn: []people.SearchField{people.SearchName}}, nil},
		"linked":                            {people.Filter{IsLinked: new(true)}, []string{"Ann Example"}},
		"here and not there":                {people.Filter{PresentIn: []person.System{person.Pipedrive}, AbsentIn: []person.System{person.Pipefy}}, []string{"Bob Builder", "Cy One", "Di Two"}},
		"a role in a pipe":                  {people.Filter{Resources: []string{pipe}, Roles: []string{"creator"}}, []string{"Ann Example"}},
		"another role in that pipe":         {people.Filter{Resources: []string{pipe}, Roles: []string{"member"}}, nil},
		"a connected app":                   {people.Filter{Apps: []string{"zoom"}}, []string{"Ann Example"}},
		"by source":                         {people.Filter{Sources: []string{"pf"}}, []string{"Ann Example"}},
		"bots":                              {people.Filter{Kinds: []person.Kind{person.KindBot}}, nil},
	} {
		page, err := o.People(v, who, people.Paging{}, &c.filter, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := names(page.Nodes()); !slices.Equal(got, c.want) || page.TotalCount() != len(c.want) {
			t.Errorf("%s: %v of %d, want %v", name, got, page.TotalCount(), c.want)
		}
	}
}

// Unknown is not absent: while one world of Pipedream was never read, nobody can be said to be missing from Pipedream.
func TestAbsenceFromAnUnreadSourceIsRefused(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	_, err := o.People(v, who, people.Paging{}, &people.Filter{AbsentIn: []person.System{person.Pipedream}}, nil)
	if f := fault.From(err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "pr-dev" {
		t.Errorf("%v; want SOURCE_UNAVAILABLE of pr-dev", err)
	}
	if _, err := o.People(v, who, people.Paging{}, &people.Filter{AbsentInSources: []string{"pr"}}, nil); err != nil {
		t.Errorf("absence from the world that was read: %v", err)
	}
	bob, err := o.Person(v, who, people.Ref{PipedriveUser: &people.VendorUser{UserID: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.InSystem[people.PipedreamUser](o.Service, v, *bob, person.Pipedream); fault.KindOf(err) != fault.SourceUnavailable {
		t.Errorf("Bob's external users: %v; want SOURCE_UNAVAILABLE", err)
	}
	if in, err := people.InSystem[people.PipefyUser](o.Service, v, *bob, person.Pipefy); err != nil || in == nil || len(in) != 0 {
		t.Errorf("Bob's Pipefy users: %v, %v; want an empty list", in, err)
	}
}

func TestPeopleRefusesBadInput(t *testing.T) {
	o := newOffice(t)
	v, all := o.view(access.ReadScopes...)
	_, few := o.view(access.ScopeDirectoryRead)
	resources, err := o.Resources(v, people.Paging{First: new(1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign := resources.PageInfo().EndCursor
	for name, c := range map[string]struct {
		who    access.Principal
		paging people.Paging
		filter *people.Filter
		order  *people.Order
		kind   fault.Kind
		says   string
	}{
		"first 0":              {who: all, paging: people.Paging{First: new(0)}, kind: fault.BadUserInput, says: "from 1 to 100"},
		"first 101":            {who: all, paging: people.Paging{First: new(101)}, kind: fault.BadUserInput, says: "it is 101"},
		"last -1":              {who: all, paging: people.Paging{Last: new(-1)}, kind: fault.BadUserInput, says: "last must be"},
		"both":                 {who: all, paging: people.Paging{First: new(1), Last: new(1)}, kind: fault.BadUserInput, says: "not both"},
		"no cursor":            {who: all, paging: people.Paging{After: new("x")}, kind: fault.BadUserInput},
		"another list's":       {who: all, paging: people.Paging{After: foreign}, kind: fault.BadUserInput},
		"unknown source":       {who: all, filter: &people.Filter{Sources: []string{"nope"}}, kind: fault.BadUserInput, says: "Configured: pd, pf"},
		"not a resource":       {who: all, filter: &people.Filter{Resources: []string{o.ids.Source("pd")}}, kind: fault.BadUserInput, says: "id of a source"},
		"endless search":       {who: all, filter: &people.Filter{Search: new(strings.Repeat("a", 201))}, kind: fault.BadUserInput, says: "at most"},
		"domain, unscoped":     {who: few, filter: &people.Filter{EmailDomains: []string{"example.com"}}, kind: fault.Forbidden, says: "emails:read"},
		"role, unscoped":       {who: few, filter: &people.Filter{Roles: []string{"admin"}}, kind: fault.Forbidden, says: "grants:read"},
		"order, unscoped":      {who: few, order: &people.Order{Field: directory.ByPrimaryEmail}, kind: fault.Forbidden, says: "emails:read"},
		"search, unscoped":     {who: few, filter: &people.Filter{Search: new("a"), SearchIn: []people.SearchField{people.SearchEmail}}, kind: fault.Forbidden, says: "emails:read"},
		"app filter, unscoped": {who: few, filter: &people.Filter{Apps: []string{"slack"}}, kind: fault.Forbidden, says: "grants:read"},
	} {
		_, err := o.People(v, c.who, c.paging, c.filter, c.order)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %s with %q", name, err, c.kind.Code(), c.says)
		}
	}
}

// Who may not see addresses does not find anybody by one either.
func TestSearchWithoutTheEmailScopeLooksAtNamesAlone(t *testing.T) {
	o := newOffice(t)
	v, few := o.view(access.ScopeDirectoryRead)
	page, err := o.People(v, few, people.Paging{}, &people.Filter{Search: new("desk")}, nil)
	if err != nil || page.TotalCount() != 0 {
		t.Errorf("found %d by address, %v", page.TotalCount(), err)
	}
}

// Before anything was read, a list would be empty, and empty means that there is nobody.
func TestNothingReadIsNotNobody(t *testing.T) {
	o := newOffice(t)
	o.snap = directory.Build(directory.Input{At: noon, PersonID: o.ids.PersonID, Linker: linker(t), Sources: []person.SourceState{{ID: "pd", System: person.Pipedrive}}})
	v, who := o.view(access.ReadScopes...)
	if _, err := o.People(v, who, people.Paging{}, nil, nil); fault.KindOf(err) != fault.SourceUnavailable {
		t.Errorf("people: %v", err)
	}
	if _, err := o.Resources(v, people.Paging{}, nil); fault.KindOf(err) != fault.SourceUnavailable {
		t.Errorf("resources: %v", err)
	}
	if _, err := o.Conflicts(v, people.Paging{}); fault.KindOf(err) != fault.SourceUnavailable {
		t.Errorf("conflicts: %v", err)
	}
	if _, err := o.Suggestions(v, people.Paging{}); fault.KindOf(err) != fault.SourceUnavailable {
		t.Errorf("suggestions: %v", err)
	}
}

// A source that was never read is not an empty source.
func TestAskingOfAnUnreadSourceIsRefused(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	unread := func(what string, err error) {
		t.Helper()
		if f := fault.From(err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "pr-dev" {
			t.Errorf("%s: %v; want SOURCE_UNAVAILABLE of pr-dev", what, err)
		}
	}
	_, err := o.People(v, who, people.Paging{}, &people.Filter{Sources: []string{"pr-dev"}}, nil)
	unread("people of it", err)
	_, err = o.People(v, who, people.Paging{}, &people.Filter{IsLinked: new(false)}, nil)
	unread("people who seem to be in one system alone", err)
	_, err = o.Resources(v, people.Paging{}, &people.ResourceFilter{Sources: []string{"pr-dev"}})
	unread("its resources", err)
	source, ok := v.Source("pr-dev")
	if !ok {
		t.Fatal("no such source")
	}
	_, err = o.Identities(v, source, people.Paging{})
	unread("its identities", err)
	// The system has another source, which was read.
	if _, err := o.People(v, who, people.Paging{}, &people.Filter{Systems: []person.System{person.Pipedream}}, nil); err != nil {
		t.Errorf("people of the system: %v", err)
	}
}
