package pipefy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestContradictionsAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*pipefy.Data){
		"repeated user":                   func(d *pipefy.Data) { d.Users[1].ID = root },
		"user zero":                       func(d *pipefy.Data) { d.Users[1].ID = 0 },
		"address in other case":           func(d *pipefy.Data) { d.Users[1].Email = "ROOT@example.com" },
		"repeated uuid":                   func(d *pipefy.Data) { d.Users[1].UUID = "uuid-root" },
		"repeated organization":           func(d *pipefy.Data) { d.Organizations[1].ID = 100 },
		"repeated pipe":                   func(d *pipefy.Data) { d.Pipes[1].ID = 301 },
		"pipe of no organization":         func(d *pipefy.Data) { d.Pipes[1].OrganizationID = 5 },
		"table of no organization":        func(d *pipefy.Data) { d.Tables[0].OrganizationID = 5 },
		"table without id":                func(d *pipefy.Data) { d.Tables[0].ID = "" },
		"repeated internal id":            func(d *pipefy.Data) { d.Tables = append(d.Tables, d.Tables[0]); d.Tables[1].ID = "other" },
		"unknown member":                  func(d *pipefy.Data) { d.Organizations[0].Members[0].UserID = 99 },
		"repeated member":                 func(d *pipefy.Data) { d.Pipes[0].Members[1].UserID = root },
		"guest in a pipe":                 func(d *pipefy.Data) { d.Pipes[0].Members[1].UserID = cyd },
		"stranger in a table":             func(d *pipefy.Data) { d.Tables[0].Members[1].UserID = eve },
		"client of nobody":                func(d *pipefy.Data) { d.Clients[0].UserID = 99 },
		"personal token of nobody":        func(d *pipefy.Data) { d.PersonalTokens[0].UserID = 99 },
		"table id that is an internal id": func(d *pipefy.Data) { d.Tables = append(d.Tables, pipefy.Table{ID: "901", OrganizationID: 100}) },
	} {
		data := smallWorld()
		spoil(&data)
		if _, err := pipefy.NewState(data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDataIsACopy(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	if d := cmp.Diff(smallWorld(), s.state.Data()); d != "" {
		t.Errorf("what goes in does not come out: %s", d)
	}
	touched := s.state.Data()
	touched.Users[0].Name = "changed"
	touched.Organizations[0].Members[0].Role = "changed"
	touched.Organizations[0].CustomRoles[0] = "changed"
	touched.Pipes[0].Webhooks[0].Actions[0] = "changed"
	touched.Pipes[0].Webhooks[0].Headers["X-Key"] = "changed"
	wantSame(t, smallWorld(), s.state.Data())
	if _, ok := s.state.User(99); ok {
		t.Error("user 99 exists")
	}
	if _, ok := s.state.UserByEmail("no@example.com"); ok {
		t.Error("no@example.com exists")
	}
	if _, ok := s.state.OrganizationRole(999, root); ok {
		t.Error("a member of organization 999")
	}
}

func TestUpdate(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	if err := s.state.Update(func(d *pipefy.Data) { d.Users[0].Email = "ana@example.com" }); err == nil {
		t.Fatal("a contradiction was taken")
	}
	wantSame(t, smallWorld(), s.state.Data())
	if err := s.state.Update(func(d *pipefy.Data) { d.Users[0].Email = "moved@example.com" }); err != nil {
		t.Fatal(err)
	}
	wantData(t, s.must("root", `{me{email}}`, nil), `{"me":{"email":"moved@example.com"}}`)
	if _, ok := s.state.UserByEmail("root@example.com"); ok {
		t.Error("the old address is still indexed")
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, err := pipefy.NewState(smallWorld())
		if err != nil {
			t.Fatal(err)
		}
		sim := pipefy.New(state, pipefy.Options{Latency: 40 * time.Millisecond})
		begun := time.Now()
		sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/graphql", nil))
		if took := time.Since(begun); took != 40*time.Millisecond {
			t.Errorf("an answer took %s", took)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("the caller left"))
		defer cancel()
		sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/graphql", nil))
		if n := sim.Usage().Requests; n != 1 {
			t.Errorf("%d requests answered, want 1: the second caller left", n)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				s.must("root", fmt.Sprintf(`mutation{inviteMembers(input:{pipe_id:301,emails:{email:"p%d-%d@example.com",role_name:"member"}}){users{id}}}`, i, j), nil)
				s.must("bo", `{organization(id:100){membersCount members{user{email}}} pipe(id:301){members{role_name}}}`, nil)
			}
		})
	}
	wg.Wait()
	ids := map[int64]bool{}
	for _, u := range s.state.Data().Users {
		ids[u.ID] = true
	}
	wantData(t, s.must("root", `{organization(id:100){membersCount} pipe(id:301){users_count}}`, nil), `{"organization":{"membersCount":86},"pipe":{"users_count":83}}`)
	if len(ids) != 87 {
		t.Errorf("%d distinct ids, want 87", len(ids))
	}
}

// company is one organization of n people.
func company(n int) pipefy.Data {
	data := smallWorld()
	for i := range n {
		id := int64(1000 + i)
		data.Users = append(data.Users, pipefy.User{ID: id, UUID: fmt.Sprint("u", id), Name: fmt.Sprint("Person ", i), Email: fmt.Sprintf("p%d@example.com", i), Confirmed: true})
		data.Organizations[0].Members = append(data.Organizations[0].Members, pipefy.Member{UserID: id, Role: "normal"})
		data.Pipes[0].Members = append(data.Pipes[0].Members, pipefy.Member{UserID: id, Role: "member"})
	}
	return data
}

func TestHundredThousandMembers(t *testing.T) {
	s := start(t, company(100_000), pipefy.Options{})
	a := s.must("root", `{organization(id:100){membersCount members{role_name user{id uuid name email}}}}`, nil)
	if n := len(at(t, a.Data, "organization", "members").([]any)); n != 100_006 {
		t.Errorf("%d members", n)
	}
	s.must("ana", `mutation{removeUserFromOrg(input:{organization_id:100,email:"p50000@example.com"}){success}}`, nil)
	wantData(t, s.must("root", `{organization(id:100){membersCount} pipe(id:301){users_count}}`, nil), `{"organization":{"membersCount":100005},"pipe":{"users_count":100002}}`)
}

// BenchmarkMembers lists an organization: nanoseconds per member should not grow with it.
func BenchmarkMembers(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sim := serverOf(b, company(n))
			body := `{"query":"{organization(id:100){members{role_name user{id uuid name email}}}}"}`
			for b.Loop() {
				if out := post(sim, body); out.Code != 200 {
					b.Fatal(out.Body)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/member")
		})
	}
}

// BenchmarkAliases runs the document that a batching client sends: fifty pipes with their members.
func BenchmarkAliases(b *testing.B) {
	sim := serverOf(b, smallWorld())
	body, _ := json.Marshal(map[string]string{"query": aliases(50)})
	for b.Loop() {
		if out := post(sim, string(body)); out.Code != 200 {
			b.Fatal(out.Body)
		}
	}
}

func serverOf(t testing.TB, data pipefy.Data) *pipefy.Server {
	state, err := pipefy.NewState(data)
	if err != nil {
		t.Fatal(err)
	}
	return pipefy.New(state, pipefy.Options{})
}

func post(sim http.Handler, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", "/graphql", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer root")
	req.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	sim.ServeHTTP(out, req)
	return out
}

// FuzzGraphQL: whatever the document and the variables, the answer is JSON and no panic.
func FuzzGraphQL(f *testing.F) {
	for _, seed := range [][2]string{
		{`{me{id}}`, `{}`},
		{`query($id:ID!){organization(id:$id){members(limit:1){user{id}}}}`, `{"id":100}`},
		{`query($id:ID!){organization(id:$id){id}}`, `{"id":1e300}`},
		{`query($ids:[ID]!){pipes(ids:$ids){id}}`, `{"ids":[[1],null,{}]}`},
		{`mutation($in:InviteMembersInput!){inviteMembers(input:$in){users{id}errors{index}}}`, `{"in":{"emails":{"email":"x@example.com","role_name":"member"},"pipe_id":301}}`},
		{`mutation($in:InviteMembersInput!){inviteMembers(input:$in){users{id}}}`, `{"in":{"emails":[null,[]],"organization_id":1.5}}`},
		{`{organization(id:100){tables(first:2147483648){nodes{id}}}}`, ``},
		{`{organization(id:100){...A}} fragment A on Organization{...A}`, `null`},
		{`{__schema{types{name fields{type{ofType{name}}}}}}`, `[]`},
		{`{a:me @skip(if:true){id} me @include(if:$x){id}}`, `{"x":"y"}`},
		{`mutation{setRole(input:{pipe_id:301,member:{user_id:99999999999999999999,role_name:""}}){member{role_name}}}`, `{}`},
		{`{table(id:"ZdeRdE"){webhooks{headers}} table(id:"ZdeRdE"){id}}`, `{}`},
		{`subscription{x}`, `{}`},
	} {
		f.Add(seed[0], seed[1])
	}
	sim := serverOf(f, smallWorld())
	f.Fuzz(func(t *testing.T, query, variables string) {
		request := map[string]any{"query": query}
		if json.Valid([]byte(variables)) {
			request["variables"] = json.RawMessage(variables)
		}
		body, err := json.Marshal(request)
		if err != nil {
			return
		}
		out := post(sim, string(body))
		if out.Code != 200 && out.Code != 400 || !json.Valid(out.Body.Bytes()) {
			t.Errorf("status %d: %q", out.Code, out.Body)
		}
		if strings.Contains(out.Body.String(), "INTERNAL_SERVER_ERROR") {
			t.Errorf("%q broke a resolver: %s", query, out.Body)
		}
	})
}

// FuzzID: an id of any form finds its own thing, nothing, or is refused; never somebody else's.
func FuzzID(f *testing.F) {
	for _, id := range []string{"301", "0301", " 301", "+301", "3.01e2", "-1", "", "ZdeRdE", "zderde", "9223372036854775808", "\u0000", "٣٠١"} {
		f.Add(id)
	}
	sim := serverOf(f, smallWorld())
	f.Fuzz(func(t *testing.T, id string) {
		body, err := json.Marshal(map[string]any{"query": `query($id:ID!){pipe(id:$id){id} table(id:$id){id internal_id}}`, "variables": map[string]any{"id": id}})
		if err != nil {
			return
		}
		var got struct {
			Data struct {
				Pipe  *struct{ ID string }
				Table *struct {
					ID       string
					Internal string `json:"internal_id"`
				}
			}
		}
		if err := json.Unmarshal(post(sim, string(body)).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if p := got.Data.Pipe; p != nil && p.ID != id {
			t.Errorf("%q found pipe %s", id, p.ID)
		}
		if tb := got.Data.Table; tb != nil && tb.ID != id && tb.Internal != id {
			t.Errorf("%q found table %s", id, tb.ID)
		}
	})
}
