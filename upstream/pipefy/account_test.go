package pipefy_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func yes() *bool { return new(true) }
func no() *bool  { return new(false) }

func TestMe(t *testing.T) {
	c := client(t, answering(t, nil, `{"data":{"me":{"id":301345588,"uuid":"u-1","name":"Ana","email":"ana@acme.example",
		"username":"ana","avatarUrl":"https://x/a.png","createdAt":"2022-03-22 20:06:14 -0300","lastSignInAt":"2026-08-01T10:00:00Z",
		"locale":"pt-BR","timezone":"America/Sao_Paulo","invited":false,"confirmed":true}}}`), pipefy.Options{})
	got, err := c.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := pipefy.User{
		ID: "301345588", UUID: "u-1", Name: "Ana", Email: "ana@acme.example", Username: "ana", AvatarURL: "https://x/a.png",
		Locale: "pt-BR", Timezone: "America/Sao_Paulo", Invited: no(), Confirmed: yes(),
		CreatedAt:    time.Date(2022, 3, 22, 23, 6, 14, 0, time.UTC),
		LastSignInAt: time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTimesInEveryForm(t *testing.T) {
	want := time.Date(2022, 3, 22, 20, 6, 14, 0, time.UTC)
	for text, want := range map[string]time.Time{
		`"2022-03-22T20:06:14Z"`:          want,
		`"2022-03-22T17:06:14-03:00"`:     want,
		`"2022-03-22T17:06:14.000-0300"`:  want,
		`"2022-03-22 17:06:14 -0300"`:     want,
		`"2022-03-22 20:06:14 UTC"`:       want,
		`"2022-03-22 20:06:14"`:           want,
		`"2022-03-22T20:06:14"`:           want,
		`"2022-03-22"`:                    want.Truncate(24 * time.Hour),
		`"2022-03-22T20:06:14.25Z"`:       want.Add(250 * time.Millisecond),
		`"2022-03-22 20:06:14 America/X"`: {},
		`"yesterday"`:                     {},
		`""`:                              {},
		`null`:                            {},
		`1647979574`:                      {},
		`{}`:                              {},
	} {
		c := client(t, answering(t, nil, `{"data":{"me":{"id":"1","createdAt":`+text+`}}}`), pipefy.Options{})
		me, err := c.Me(t.Context())
		if err != nil || !me.CreatedAt.Equal(want) {
			t.Errorf("%s: got %v, %v, want %v", text, me.CreatedAt, err, want)
		}
	}
}

func TestOrganization(t *testing.T) {
	c := client(t, answering(t, nil, `{"data":{"organization":{"id":"7","uuid":"o-7","name":"Acme","role":"super_admin","membersCount":12,"pipesCount":"274"}}}`), pipefy.Options{})
	got, err := c.Organization(t.Context(), "7")
	want := pipefy.Organization{ID: "7", UUID: "o-7", Name: "Acme", Role: "super_admin", Members: 12, Pipes: 274}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	c = client(t, answering(t, nil, `{"data":{"organization":{"name":"Acme"}}}`), pipefy.Options{})
	got, err = c.Organization(t.Context(), "7")
	want = pipefy.Organization{ID: "7", Name: "Acme", Members: -1, Pipes: -1}
	if err != nil || got != want {
		t.Errorf("counts that are not told must be unknown: got %+v, %v", got, err)
	}
}

func TestOrganizations(t *testing.T) {
	c := client(t, answering(t, nil, `{"data":{"organizations":[null,{"id":7,"name":"Acme"},{"name":"no id"}]}}`), pipefy.Options{})
	got, err := c.Organizations(t.Context())
	if err != nil || len(got) != 1 || got[0].ID != "7" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOrganizationMembers(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		ids   []string
		total int
		whole bool
	}{
		"whole": {`{"data":{"organization":{"membersCount":2,"members":[{"role_name":"admin","user":{"id":"1"}},{"user":{"id":2}}]}}}`,
			[]string{"1", "2"}, 2, true},
		"null member, null user, user without id": {`{"data":{"organization":{"membersCount":4,"members":[null,{"role_name":"normal","user":null},{"user":{"name":"x"}},{"user":{"id":"1"}}]}}}`,
			[]string{"1"}, 4, false},
		"in part": {`{"data":{"organization":{"membersCount":2,"members":[{"user":{"id":"1"}}]}},"errors":[{"path":["organization","members",1],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`,
			[]string{"1"}, 2, false},
		"count unknown": {`{"data":{"organization":{"membersCount":null,"members":[]}}}`, nil, -1, true},
		"leaves of odd types": {`{"data":{"organization":{"membersCount":"1","members":[{"role_name":["x"],"billable":"yes","user":{"id":"1","name":7,"email":null,"invited":"true","confirmed":{},"createdAt":true}}]}}}`,
			[]string{"1"}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := client(t, answering(t, nil, c.body), pipefy.Options{}).OrganizationMembers(t.Context(), "7")
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range got.List {
				ids = append(ids, m.User.ID)
			}
			if d := cmp.Diff(c.ids, ids); d != "" || got.Total != c.total || got.Whole != c.whole {
				t.Errorf("got %d of %d, whole %v; %s", len(ids), got.Total, got.Whole, d)
			}
		})
	}
}

// A list that is null must never be taken for an empty one.
func TestNullListIsAFailure(t *testing.T) {
	c := client(t, answering(t, nil, `{"data":{"organization":{"id":"7","members":null,"pipes":null,"tables":{"nodes":null}}}}`), pipefy.Options{})
	_, members := c.OrganizationMembers(t.Context(), "7")
	_, pipes := c.OrganizationPipes(t.Context(), "7")
	_, tables := c.OrganizationTables(t.Context(), "7")
	for _, err := range []error{members, pipes, tables} {
		if f := failed(t, err); f.Kind != wire.Denied {
			t.Errorf("got %v", f)
		}
	}
}

func TestOrganizationPipes(t *testing.T) {
	for _, publics := range []bool{false, true} {
		var seen []request
		c := client(t, answering(t, &seen, `{"data":{"organization":{"pipesCount":274,"pipes":[
			{"id":301,"uuid":"p-301","name":"Hiring","public":false,"role":"admin"},null,{"id":"301","name":"again"},{"id":"302"}]}}}`),
			pipefy.Options{PublicPipes: publics})
		got, err := c.OrganizationPipes(t.Context(), "7")
		want := pipefy.Pipes{
			List:  []pipefy.Pipe{{ID: "301", UUID: "p-301", Name: "Hiring", Role: "admin"}, {ID: "302"}},
			Total: 274, Whole: false,
		}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Error(err, d)
		}
		if seen[0].variables(t)["includePublics"] != publics {
			t.Errorf("variables %s", seen[0].Variables)
		}
	}
}

func TestOrganizationTablesAreReadPageByPage(t *testing.T) {
	page := func(from, n int, info string) string {
		nodes := ""
		for i := range n {
			nodes += fmt.Sprintf(`{"id":"Z%d","internal_id":%d,"name":"T"},`, from+i, from+i)
		}
		return `{"data":{"organization":{"tables":{"nodes":[` + nodes[:len(nodes)-1] + `],"pageInfo":` + info + `,"totalCount":60}}}}`
	}
	for name, c := range map[string]struct {
		bodies []string
		tables int
		whole  bool
		calls  int
	}{
		"two pages":            {[]string{page(0, 50, `{"hasNextPage":true,"endCursor":"c1"}`), page(50, 10, `{"hasNextPage":false,"endCursor":"c2"}`)}, 60, true, 2},
		"no page information":  {[]string{page(0, 3, `null`)}, 3, true, 1},
		"a cursor is missing":  {[]string{page(0, 50, `{"hasNextPage":true,"endCursor":null}`)}, 50, false, 1},
		"pages run in circles": {[]string{page(0, 50, `{"hasNextPage":true,"endCursor":"c1"}`)}, 50, false, 2},
		"a later page is null": {[]string{page(0, 50, `{"hasNextPage":true,"endCursor":"c1"}`), `{"data":{"organization":{"id":"7","tables":null}}}`}, 50, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []request
			got, err := client(t, answering(t, &seen, c.bodies...), pipefy.Options{}).OrganizationTables(t.Context(), "7")
			if err != nil || len(got.List) != c.tables || got.Whole != c.whole || got.Total != 60 || len(seen) != c.calls {
				t.Errorf("got %d tables, whole %v, total %d, %d calls, %v", len(got.List), got.Whole, got.Total, len(seen), err)
			}
			if _, sent := seen[0].variables(t)["after"]; sent {
				t.Error("the first page has no cursor to come after")
			}
			if len(seen) > 1 && seen[1].variables(t)["after"] != "c1" {
				t.Errorf("the second page was asked for with %s", seen[1].Variables)
			}
		})
	}
}

func TestTablesEndEvenIfTheVendorDoesNot(t *testing.T) {
	calls := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = fmt.Fprintf(w, `{"data":{"organization":{"tables":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":"c%d"}}}}}`, calls)
	})
	c, err := pipefy.New(wire.Config{Source: "s", Transport: memory{h}}, pipefy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.OrganizationTables(t.Context(), "7")
	if err != nil || got.Whole || calls != 1001 {
		t.Errorf("whole %v after %d calls, %v", got.Whole, calls, err)
	}
}
