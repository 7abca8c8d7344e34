package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// hiddenWords are in everything of the group's world that a subsidiary may not see.
var hiddenWords = []string{"secret", "holding"}

// group is an office of two companies and an organization; with the hidden rows, or as if they had never been.
func group(t *testing.T, hidden bool) *office {
	o, ids := newOffice(t)
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	company := func(source, account, name string) *person.Resource {
		return &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: account, Kind: person.ResourceCompany, ID: account}, Source: person.SourceID(source), Name: name, MembersComplete: true}
	}
	pipe := &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "11"}, Source: "pf", Name: "Invoices", MembersComplete: true}
	user := func(source, account, id, name, email string, of *person.Resource) *person.Identity {
		i := &person.Identity{Key: person.Key{System: of.Key.System, Account: account, ID: id}, Source: person.SourceID(source), Name: name, Email: email, EmailVerified: true,
			Grants: []person.Grant{{Resource: of, Level: person.LevelMember, Role: "member"}}}
		if of.Key.System == person.Pipedrive {
			i.Pipedrive = &person.PipedriveUser{UserID: 1, ActiveFlag: true}
		} else {
			i.Pipefy = &person.PipefyUser{UserID: id}
		}
		return i
	}
	complete := person.Coverage{Seen: 9, Total: 9, Complete: true, GrantsComplete: true}
	one, two := company("pd", "7001", "Acme"), company("pd-secret", "7002", "Secret Acme")
	in := directory.Input{Version: 1, At: noon, Linker: linker, PersonID: ids.PersonID}
	add := func(source string, system person.System, account string, r *person.Resource, all ...*person.Identity) {
		in.Sources = append(in.Sources, person.SourceState{ID: person.SourceID(source), System: system, Account: account, Title: source, Health: person.HealthOK, AsOf: noon, Coverage: complete})
		in.Batches = append(in.Batches, person.Batch{Source: person.SourceID(source), System: system, Account: account, AsOf: noon, Coverage: complete, Resources: []*person.Resource{r},
			Identities: slices.DeleteFunc(all, func(i *person.Identity) bool { return !hidden && strings.HasSuffix(i.Email, "holding.example") })})
	}
	add("pd", person.Pipedrive, "7001", one,
		user("pd", "7001", "1", "Ann", "ann@acme.example", one), user("pd", "7001", "2", "Bob", "bob@acme.example", one),
		user("pd", "7001", "3", "Cy Secret", "cy@holding.example", one), user("pd", "7001", "4", "Di", "di@acme.example", one))
	if hidden { // Bob has a better name and an admin's account where nobody may look
		add("pd-secret", person.Pipedrive, "7002", two, user("pd-secret", "7002", "2", "Robert Secret", "bob@acme.example", two), user("pd-secret", "7002", "9", "Ann", "boss@holding.example", two))
	}
	add("pf", person.Pipefy, "301", pipe,
		user("pf", "301", "900", "Ann E.", "Ann@Acme.example", pipe), user("pf", "301", "901", "Secret Cy", "cy@holding.example", pipe), user("pf", "301", "902", "Di", "di@holding.example", pipe))
	o.snapshot = directory.Build(in)
	o.root.Details = follows{live{office: o}, hidden}
	return o
}

// follows: Ann is followed by Bob and, where there is one, by Cy whom nobody may see.
type follows struct {
	live
	hidden bool
}

func (f follows) Followers(_ context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.Follower] {
	return details(users, func(u *person.Identity) people.Detail[[]person.Follower] {
		all := []person.Follower{{UserID: 2, AddedAt: noon}}
		if f.hidden {
			all = append(all, person.Follower{UserID: 3, AddedAt: noon})
		}
		return people.Detail[[]person.Follower]{Value: all, Held: true, Cost: people.Cost{Source: u.Source, Calls: len(all), Tokens: 10 * len(all)}}
	})
}

// askAs gives the answer as it is sent.
func (o *office) askAs(t *testing.T, who access.Principal, query string, headers ...string) string {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"query": query})
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
	return w.Body.String()
}

// TestHiddenRowsAreNowhereInAnswers: whoever may see one subsidiary alone gets, byte for byte, the answers of a world in which
// there is no more: data, counts, cursors, errors and extensions.
func TestHiddenRowsAreNowhereInAnswers(t *testing.T) {
	whole, filtered := group(t, true), group(t, false)
	who := access.Grant("key:subsidiary", access.Role{Scopes: access.ReadScopes, Rows: access.Rows{
		Sources: access.Only("pd", "pf"), EmailDomains: access.Only("acme.example"),
	}})
	everything := access.NewPrincipal("key:all", access.ReadScopes...)
	const identity = `{ __typename id sourceId displayName email isActive kind person { id displayName } links { rule trust evidence identities { id } } source { name } freshness { observedAt isStale } }`
	const all = `{ id displayName kind status primaryEmail emails identities ` + identity + ` links { rule evidence } grants { totalCount isComplete nodes { resource { name } role } }
		pipedriveUsers { companies { name } followers { totalCount edges { cursor userId node { displayName } } } isAdmin } pipefyUsers { pipeMemberships { totalCount isComplete } }
		sourceStates { source { name } state age } }`
	var hiddenIDs []string
	for _, p := range mustPeople(t, whole.snapshot.View(everything)) {
		hiddenIDs = append(hiddenIDs, whole.root.IDs.Person(p.ID()))
	}
	documents := []string{
		`{ people { totalCount edges { cursor } pageInfo { hasNextPage startCursor endCursor } nodes ` + all + ` } }`,
		`{ people(orderBy: {field: PRIMARY_EMAIL, direction: DESC}, first: 1) { totalCount edges { cursor } pageInfo { hasNextPage } nodes { displayName } } }`,
		`{ people(filter: {search: "secret"}) { totalCount nodes { displayName } } }`,
		`{ people(filter: {search: "robert"}) { totalCount } }`,
		`{ people(filter: {emailDomains: ["holding.example"]}) { totalCount } }`,
		`{ people(filter: {isLinked: false}) { totalCount nodes { displayName } } }`,
		`{ people(filter: {absentIn: [PIPEFY]}) { totalCount nodes { displayName } } }`,
		`{ people(filter: {sources: ["pd-secret"]}) { totalCount } }`,
		`{ people(filter: {absentInSources: ["pd-secret"]}) { totalCount } }`,
		`{ people(filter: {systems: [PIPEDREAM]}) { totalCount } }`,
		`{ person(by: {email: "cy@holding.example"}) { id } }`,
		`{ person(by: {email: "bob@acme.example"}) ` + all + ` }`,
		`{ person(by: {pipedriveUser: {userId: "9"}}) { id } }`,
		`{ person(by: {pipedriveUser: {userId: "2"}}) ` + all + ` }`,
		`{ person(by: {pipedriveUser: {userId: "2", source: "pd-secret"}}) { id } }`,
		`{ person(by: {pipefyUser: {userId: "901"}}) { id } }`,
		fmt.Sprintf(`{ nodes(ids: ["%s"]) { __typename ... on Person { displayName } } }`, strings.Join(hiddenIDs, `","`)),
		`{ resources { totalCount nodes { id name isMembersComplete source { name } members { totalCount edges { cursor level node ` + identity + ` } } } } }`,
		`{ sources { id name title health coverage { seen total isComplete gaps } freshness { observedAt } viewerCanReadBudget credentialOwner { id } identities { totalCount nodes { id } } } }`,
		`{ linkSuggestions { totalCount nodes { rule evidence identities { displayName } } } linkConflicts { totalCount nodes { reason identities { displayName } } } }`,
		`{ viewer { name scopes limitedTo { sources emailDomains showsAddressless } } }`,
	}
	for _, d := range documents {
		got, want := whole.askAs(t, who, d), filtered.askAs(t, who, d)
		if got != want {
			t.Errorf("%s\n  whole world:    %s\n  filtered world: %s", d, got, want)
		}
		for _, word := range hiddenWords {
			if !strings.Contains(d, word) && strings.Contains(strings.ToLower(got), word) {
				t.Errorf("%s tells of %q: %s", d, word, got)
			}
		}
	}
	// The comparison can fail: who may see all gets another answer from the whole world.
	if whole.askAs(t, everything, documents[0]) == filtered.askAs(t, everything, documents[0]) {
		t.Error("the two worlds are the same")
	}
}

func mustPeople(t *testing.T, v directory.View) []directory.Person {
	t.Helper()
	page, err := v.People(directory.PeopleQuery{Window: directory.Window{First: 100}})
	if err != nil {
		t.Fatal(err)
	}
	return page.Nodes()
}

// What was remembered for one client is never told to another who may see less.
func TestRememberedAnswersKeepToTheirRows(t *testing.T) {
	o := group(t, true)
	const query = `{ people { totalCount nodes { displayName } } }`
	all := access.NewPrincipal("key:all", access.ReadScopes...)
	few := access.Grant("key:few", access.Role{Scopes: access.ReadScopes, Rows: access.Rows{Sources: access.Only("pf")}})
	first, limited, again := o.askAs(t, all, query), o.askAs(t, few, query), o.askAs(t, all, query)
	if first != again || limited == first || strings.Contains(limited, "Robert") {
		t.Errorf("all: %s\nfew: %s\nall: %s", first, limited, again)
	}
}

func TestCostsAreNotToldOfWholeAccounts(t *testing.T) {
	o := group(t, true)
	few := access.Grant("key:few", access.Role{Scopes: access.ReadScopes, Rows: access.Rows{Sources: access.Only("pd")}})
	if a := o.askAs(t, few, `{ people { nodes { pipedriveUsers { followers { totalCount } } } } }`); !strings.Contains(a, `"cost":{}`) {
		t.Errorf("costs are told: %s", a)
	}
	if a := o.askAs(t, few, `{ sources { name budget { spent } } }`); !strings.Contains(a, "FORBIDDEN") || strings.Contains(a, `"spent":`) {
		t.Errorf("budgets are told: %s", a)
	}
}
