package pipefy_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// acme answers each document by a phrase in its query.
type acme map[string]string

// whole is an organization in which everything can be read.
func whole() acme {
	return acme{
		"me {":             `{"data":{"me":{"id":"1","email":"bot-1@acme.pipefy-service.com"}}}`,
		"... Organization": `{"data":{"organization":{"id":"7","name":"Acme","role":"admin","membersCount":2,"pipesCount":1}}}`,
		"membersCount":     `{"data":{"organization":{"membersCount":2,"members":[{"role_name":"admin","user":{"id":"1"}},{"role_name":"normal","user":{"id":"2"}}]}}}`,
		"include_publics":  `{"data":{"organization":{"pipesCount":1,"pipes":[{"id":"301","name":"Hiring"}]}}}`,
		"tables(":          `{"data":{"organization":{"tables":{"nodes":[{"id":"Zde","name":"Vendors"}],"pageInfo":{"hasNextPage":false},"totalCount":1}}}}`,
		"a0: pipe(":        `{"data":{"a0":{"members":[{"role_name":"admin","user":{"id":"1"}},{"role_name":"creator","user":{"id":"3","name":"Only here"}}]}}}`,
		"a0: table(":       `{"data":{"a0":{"members":[{"role_name":"member","user":{"id":"2"}}]}}}`,
	}
}

func (a acme) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	query := string(raw)
	for _, phrase := range []string{"a0: pipe(", "a0: table(", "include_publics", "tables(", "... Organization", "membersCount", "me {"} {
		if strings.Contains(query, phrase) {
			answer := a[phrase]
			if strings.HasPrefix(answer, "<") {
				w.WriteHeader(http.StatusBadGateway)
			}
			_, _ = io.WriteString(w, answer)
			return
		}
	}
	panic("an unexpected document: " + query)
}

func TestReadingAWholeOrganization(t *testing.T) {
	r, err := client(t, whole(), pipefy.Options{}).Read(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	asOf := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := r.Batch("pipefy-acme", asOf)
	want := person.Coverage{Seen: 2, Total: 2, Complete: true, GrantsComplete: true}
	if d := cmp.Diff(want, b.Coverage); d != "" {
		t.Error(d)
	}
	if b.Source != "pipefy-acme" || b.System != person.Pipefy || b.Account != "7" || !b.AsOf.Equal(asOf) {
		t.Errorf("got %+v", b)
	}
	if len(b.Identities) != 3 || len(b.Resources) != 3 {
		t.Fatalf("%d identities, %d resources", len(b.Identities), len(b.Resources))
	}
	for _, res := range b.Resources {
		if !res.MembersComplete {
			t.Errorf("%s is not complete", res.Name)
		}
		if (res.Parent == nil) != (res.Key.Kind == person.ResourceOrganization) {
			t.Errorf("%s has the parent %v", res.Name, res.Parent)
		}
	}
	if got := r.OwnerKey(); got != (person.Key{System: person.Pipefy, Account: "7", ID: "1"}) {
		t.Errorf("owner %+v", got)
	}
}

func TestReadingNamesWhatItCouldNotSee(t *testing.T) {
	denied := func(root string) string {
		return `{"data":{"` + root + `":null},"errors":[{"message":"x","path":["` + root + `"],"extensions":{"code":"PERMISSION_DENIED"}}]}`
	}
	for name, c := range map[string]struct {
		phrase, answer string
		gap            string
		complete       bool
	}{
		"no owner":        {"me {", `{"data":{"me":null}}`, "", true},
		"pipes hidden":    {"include_publics", denied("organization"), "the credential may not list the pipes", true},
		"pipes null":      {"include_publics", `{"data":{"organization":{"pipes":null}}}`, "the credential may not list the pipes", true},
		"pipes unseen":    {"include_publics", `{"data":{"organization":{"pipesCount":274,"pipes":[{"id":"301"}]}}}`, "the credential sees 1 of 274 pipes", true},
		"pipes in part":   {"include_publics", `{"data":{"organization":{"pipesCount":1,"pipes":[{"id":"301"},null]}}}`, "a part of the list of pipes could not be read", true},
		"tables hidden":   {"tables(", denied("organization"), "the credential may not list the tables", true},
		"pipe hidden":     {"a0: pipe(", denied("a0"), "the members of pipe 301 could not be read: missing, or hidden from the credential", true},
		"table in part":   {"a0: table(", `{"data":{"a0":{"members":[null]}}}`, "the members of table Zde were read only in part", true},
		"members short":   {"membersCount", `{"data":{"organization":{"membersCount":5,"members":[{"user":{"id":"1"}}]}}}`, "the organization counts 5 members, of whom 1 were listed", false},
		"members in part": {"membersCount", `{"data":{"organization":{"membersCount":1,"members":[{"user":{"id":"1"}},null]}}}`, "a part of the organization's member list could not be read", false},
		"members, no total": {"membersCount", `{"data":{"organization":{"members":[{"user":{"id":"1"}}]}}}`,
			"the organization does not tell how many members it has, so the list may not be complete", false},
		"members, too many": {"membersCount", `{"data":{"organization":{"membersCount":1,"members":[{"user":{"id":"1"}},{"user":{"id":"2"}}]}}}`, "", true},
		"member twice":      {"membersCount", `{"data":{"organization":{"membersCount":2,"members":[{"user":{"id":"1"}},{"user":{"id":"1"}}]}}}`, "the organization counts 2 members, of whom 1 were listed", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := whole()
			a[c.phrase] = c.answer
			r, err := client(t, a, pipefy.Options{}).Read(t.Context(), "7")
			if err != nil {
				t.Fatal(err)
			}
			b := r.Batch("pipefy-acme", time.Time{})
			got := b.Coverage
			for _, res := range b.Resources {
				partial := name == "pipe hidden" && res.Key.ID == "301" || name == "table in part" && res.Key.ID == "Zde" || !c.complete && res.Key.ID == "7"
				if res.MembersComplete == partial {
					t.Errorf("%v: members complete %v", res.Key, res.MembersComplete)
				}
			}
			var want []string
			if c.gap != "" {
				want = []string{c.gap}
			}
			if d := cmp.Diff(want, got.Gaps); d != "" || got.Complete != c.complete {
				t.Errorf("complete %v; %s", got.Complete, d)
			}
			if name == "no owner" && !r.OwnerKey().IsZero() {
				t.Errorf("owner %+v", r.OwnerKey())
			}
		})
	}
}

// Only a failing source, or one that withholds the people themselves, fails the reading.
func TestReadingFailsWithTheSource(t *testing.T) {
	for phrase := range whole() {
		t.Run("outage at "+phrase, func(t *testing.T) {
			a := whole()
			a[phrase] = `<html>bad gateway</html>`
			_, err := client(t, a, pipefy.Options{}).Read(t.Context(), "7")
			if phrase == "a0: pipe(" || phrase == "a0: table(" {
				// One pipe in one document cannot be told from an outage.
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if f := failed(t, err); f.Kind != wire.ServerError {
				t.Errorf("got %v", f)
			}
		})
	}
	for _, phrase := range []string{"... Organization", "membersCount"} {
		a := whole()
		a[phrase] = `{"data":{"organization":null}}`
		_, err := client(t, a, pipefy.Options{}).Read(t.Context(), "7")
		if f := failed(t, err); f.Kind != wire.NotFound {
			t.Errorf("%s: got %v", phrase, f)
		}
	}
}
