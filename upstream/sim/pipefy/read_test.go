package pipefy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestMe(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("ana", `{me{id uuid name email username avatarUrl avatar_url createdAt created_at timezone time_zone timeZone locale
		invited confirmed confirmationTokenHasExpired roleName currentOrganizationRole preferences{favoritePipeIds}}}`, nil)
	wantData(t, a, `{"me":{"id":"2","uuid":"uuid-ana","name":"ana","email":"ana@example.com","username":"ana",
		"avatarUrl":"https://img.example.com/ana","avatar_url":"https://img.example.com/ana",
		"createdAt":"2026-01-02T03:04:05Z","created_at":"2026-01-02T03:04:05Z","timezone":"UTC","time_zone":"UTC","timeZone":"UTC","locale":null,
		"invited":false,"confirmed":true,"confirmationTokenHasExpired":false,"roleName":"admin","currentOrganizationRole":"admin","preferences":{"favoritePipeIds":[]}}}`)
}

func TestOrganizationMembers(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	// An integrator's document, with the id as a bare integer.
	a := s.must("bo", `{ organization(id: 100) { id name role membersCount users_count members { role_name billable user { id name roleName currentOrganizationRole } } } }`, nil)
	org := at(t, a.Data, "organization")
	if at(t, org, "id") != "100" || at(t, org, "role") != "normal" || at(t, org, "membersCount") != 6.0 || at(t, org, "users_count") != 6.0 {
		t.Errorf("got %s", a.raw)
	}
	var roles []string
	for _, m := range at(t, org, "members").([]any) {
		roles = append(roles, fmt.Sprint(at(t, m, "user", "name"), ":", at(t, m, "role_name"), ":", at(t, m, "user", "currentOrganizationRole"), ":", at(t, m, "user", "roleName")))
	}
	want := []string{"root:super_admin:super_admin:<nil>", "ana:admin:admin:<nil>", "bo:normal:normal:<nil>", "cyd:company_guest:company_guest:<nil>", "svc:super_admin:super_admin:<nil>", "dan:normal:normal:<nil>"}
	if d := cmp.Diff(want, roles); d != "" {
		t.Error(d)
	}
	if at(t, org, "members", 0, "billable") != true || at(t, org, "members", 1, "billable") != nil {
		t.Errorf("billable: %s", a.raw)
	}
	for limit, want := range map[int]int{0: 0, 2: 2, 6: 6, 99: 6} {
		a := s.must("bo", `query($n:Int){organization(id:"100"){members(limit:$n){role_name} users(limit:$n){id}}}`, map[string]any{"n": limit})
		if got, users := len(at(t, a.Data, "organization", "members").([]any)), len(at(t, a.Data, "organization", "users").([]any)); got != want || users != want {
			t.Errorf("limit %d gives %d members and %d users", limit, got, users)
		}
	}
}

func TestMembersCountByRole(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	a := s.must("root", `{organization(id:100){membersCountByRole{name memberCount isCustom}}}`, nil)
	wantData(t, a, `{"organization":{"membersCountByRole":[
		{"name":"super_admin","memberCount":2,"isCustom":false},{"name":"admin","memberCount":1,"isCustom":false},{"name":"normal","memberCount":2,"isCustom":false},
		{"name":"company_guest","memberCount":1,"isCustom":false},{"name":"external_guest","memberCount":0,"isCustom":false},{"name":"auditor","memberCount":0,"isCustom":true}]}}`)
}

func TestPipesAreTheCallersOwn(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	for _, c := range []struct {
		who, args string
		want      []any
	}{
		{"svc", "", nil},
		{"root", "", []any{"301"}},
		{"bo", "", []any{"301", "302"}},
		{"root", "(include_publics: true)", []any{"301", "303"}},
		{"root", "(include_publics: true, onlyFullyVisible: true)", []any{"301"}},
		{"bo", "(ids: [302, 303])", []any{"302"}},
		{"bo", `(ids: 301)`, []any{"301"}},
		{"bo", `(name_search: "HIR")`, []any{"302"}},
		{"bo", `(with_permission: true)`, []any{"301", "302"}},
		{"bo", `(anyone_can_create_card: true)`, nil},
	} {
		a := s.must(c.who, `{organization(id:100){pipesCount pipes`+c.args+`{id}}}`, nil)
		var got []any
		for _, p := range at(t, a.Data, "organization", "pipes").([]any) {
			got = append(got, at(t, p, "id"))
		}
		if !slices.Equal(got, c.want) || at(t, a.Data, "organization", "pipesCount") != 3.0 {
			t.Errorf("%s %s: %s", c.who, c.args, a.raw)
		}
	}
}

func TestWhoSeesWhat(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	for _, c := range []struct {
		who, field string
		allowed    bool
	}{
		{"bo", `organization(id:100){id}`, true}, {"eve", `organization(id:100){id}`, false}, {"dan", `organization(id:200){id}`, true},
		{"root", `pipe(id:301){id}`, true}, {"root", `pipe(id:302){id}`, false}, {"root", `pipe(id:303){id}`, true}, {"eve", `pipe(id:303){id}`, false},
		{"svc", `table(id:"ZdeRdE"){id}`, false}, {"bo", `table(id:"ZdeRdE"){id}`, true}, {"bo", `table(id:901){id}`, true},
	} {
		a := s.ask(c.who, "{x:"+c.field+"}", nil)
		if allowed := a.Data["x"] != nil; allowed != c.allowed {
			t.Errorf("%s, %s: %s", c.who, c.field, a.raw)
		}
		if !c.allowed && a.code(t) != "PERMISSION_DENIED" {
			t.Errorf("%s, %s: %s", c.who, c.field, a.raw)
		}
	}
	for who, want := range map[string]string{
		"dan": `{"organizations":[{"id":"100"},{"id":"200"}],"some":[{"id":"200"}]}`,
		"eve": `{"organizations":[{"id":"200"}],"some":[{"id":"200"}]}`,
	} {
		wantData(t, s.must(who, `{organizations{id} some:organizations(ids:[200,"300"]){id}}`, nil), want)
	}
}

func TestPipeAndTable(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	wantData(t, s.must("root", `{pipe(id:301){uuid name public role organizationId organization{name createdBy{name}} users_count members{role_name user{id}} users{name} webhooks{id actions headers}}}`, nil),
		`{"pipe":{"uuid":"pipe-301","name":"Sales","public":false,"role":"admin","organizationId":"100","organization":{"name":"Acme","createdBy":{"name":"root"}},"users_count":3,
		"members":[{"role_name":"admin","user":{"id":"1"}},{"role_name":"member","user":{"id":"3"}},{"role_name":"creator","user":{"id":"6"}}],
		"users":[{"name":"root"},{"name":"bo"},{"name":"dan"}],"webhooks":[{"id":"7","actions":["card.create"],"headers":{"X-Key":"k"}}]}}`)
	wantData(t, s.must("bo", `{table(id:"ZdeRdE"){id internal_id uuid authorization users_count my_permissions{can_manage_record can_manage_table} members(limit:1){role_name}}}`, nil),
		`{"table":{"id":"ZdeRdE","internal_id":"901","uuid":"table-901","authorization":"write","users_count":3,"my_permissions":{"can_manage_record":true,"can_manage_table":false},"members":[{"role_name":"admin"}]}}`)
	wantData(t, s.must("bo", `{organization(id:100){userMetadata{canCreatePipe canInviteUser} onlyAdminCanInviteUsers}}`, nil),
		`{"organization":{"userMetadata":{"canCreatePipe":true,"canInviteUser":false},"onlyAdminCanInviteUsers":true}}`)
}

func TestPendingInvitationsCanBeLeftOut(t *testing.T) {
	data := smallWorld()
	data.Users[dan-1].Invited, data.Users[dan-1].Confirmed = true, false
	s := start(t, data, pipefy.Options{})
	wantData(t, s.must("root", `{pipe(id:301){users(filterUnacceptedInvitation:true){name} all:users{name invited confirmed}}}`, nil),
		`{"pipe":{"users":[{"name":"root"},{"name":"bo"}],"all":[{"name":"root","invited":false,"confirmed":true},{"name":"bo","invited":false,"confirmed":true},{"name":"dan","invited":true,"confirmed":false}]}}`)
}

// library is the small world with n more tables in organization 100, all bo's.
func library(n int) pipefy.Data {
	data := smallWorld()
	for i := range n {
		data.Tables = append(data.Tables, pipefy.Table{
			ID: fmt.Sprintf("T%d", i), InternalID: int64(1000 + i), Name: fmt.Sprintf("Table %d", i), OrganizationID: 100,
			Members: []pipefy.Member{{UserID: bo, Role: "admin"}},
		})
	}
	return data
}

func TestTablesArePaged(t *testing.T) {
	s := start(t, library(60), pipefy.Options{})
	a := s.must("bo", `{organization(id:100){tables{totalCount nodes{id} pageInfo{hasNextPage hasPreviousPage}}}}`, nil)
	if n := len(at(t, a.Data, "organization", "tables", "nodes").([]any)); n != 50 || at(t, a.Data, "organization", "tables", "totalCount") != 61.0 || at(t, a.Data, "organization", "tables", "pageInfo", "hasNextPage") != true {
		t.Errorf("the default page has %d: %s", n, a.raw)
	}
	a = s.must("bo", `{organization(id:100){tables(name_search:"table 5"){nodes{name}} none:tables(name_search:"zzz"){edges{cursor} pageInfo{startCursor endCursor hasNextPage}}}}`, nil)
	if n := len(at(t, a.Data, "organization", "tables", "nodes").([]any)); n != 11 {
		t.Errorf("search found %d tables, want 11", n)
	}
	if at(t, a.Data, "organization", "none", "pageInfo", "endCursor") != nil {
		t.Errorf("an empty page has a cursor: %s", a.raw)
	}
	for _, args := range []string{`first:-1`, `after:"%%%"`, `before:"LTE"`, `after:"eA"`} {
		if a := s.ask("bo", `{organization(id:100){tables(`+args+`){totalCount}}}`, nil); a.code(t) != "INVALID_INPUT" {
			t.Errorf("%s: %s", args, a.raw)
		}
	}
}

func TestPagesOfAConnectionAreTheWhole(t *testing.T) {
	const doc = `query($first:Int,$after:String,$last:Int,$before:String){organization(id:100){
		tables(first:$first,after:$after,last:$last,before:$before){edges{cursor node{id}} nodes{id} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}`
	rapid.Check(t, func(r *rapid.T) {
		n, size := rapid.IntRange(0, 30).Draw(r, "tables"), rapid.IntRange(1, 12).Draw(r, "size")
		forward := rapid.Bool().Draw(r, "forward")
		s := start(t, library(n), pipefy.Options{})
		var got []any
		vars := map[string]any{"first": size}
		if !forward {
			vars = map[string]any{"last": size}
		}
		for range n + 3 {
			page := at(t, s.must("bo", doc, vars).Data, "organization", "tables")
			var ids []any
			for _, e := range at(t, page, "edges").([]any) {
				ids = append(ids, at(t, e, "node", "id"))
			}
			if len(ids) > size {
				r.Fatalf("%d items in a page of %d", len(ids), size)
			}
			if forward {
				got = append(got, ids...)
				vars["after"] = at(t, page, "pageInfo", "endCursor")
				if at(t, page, "pageInfo", "hasNextPage") == false {
					break
				}
			} else {
				got = append(ids, got...)
				vars["before"] = at(t, page, "pageInfo", "startCursor")
				if at(t, page, "pageInfo", "hasPreviousPage") == false {
					break
				}
			}
		}
		want := []any{"ZdeRdE"}
		for i := range n {
			want = append(want, fmt.Sprintf("T%d", i))
		}
		if !slices.Equal(got, want) {
			r.Fatalf("walked %v, want %v", got, want)
		}
	})
}

func TestOrgMembersIsAConnection(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	wantData(t, s.must("bo", `{organization(id:100){orgMembers(first:2){edges{node{id uuid name email}} pageInfo{hasNextPage}}}}`, nil),
		`{"organization":{"orgMembers":{"edges":[{"node":{"id":"1","uuid":"uuid-root","name":"root","email":"root@example.com"}},{"node":{"id":"2","uuid":"uuid-ana","name":"ana","email":"ana@example.com"}}],"pageInfo":{"hasNextPage":true}}}}`)
}
