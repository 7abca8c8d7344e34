package pipedream_test

import (
	"context"
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

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func TestContradictionsAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*pipedream.Environment){
		"repeated external id": func(e *pipedream.Environment) { e.Users[1].ExternalID = "ada" },
		"empty external id":    func(e *pipedream.Environment) { e.Users[1].ExternalID = "" },
		"long external id":     func(e *pipedream.Environment) { e.Users[1].ExternalID = strings.Repeat("x", 251) },
		"repeated user":        func(e *pipedream.Environment) { e.Users[1].ID = "exu_1" },
		"repeated account":     func(e *pipedream.Environment) { e.Accounts[1].ID = "apn_1" },
		"account of nobody":    func(e *pipedream.Environment) { e.Accounts[1].ExternalID = "nobody" },
		"account of no app":    func(e *pipedream.Environment) { e.Accounts[1].App = nil },
		"trigger of nobody":    func(e *pipedream.Environment) { e.Triggers[1].ExternalID = "nobody" },
	} {
		data := smallWorld()
		spoil(&data.Projects[0].Production)
		if _, err := pipedream.NewState(data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	data := smallWorld()
	data.Projects[1].ID = project
	if _, err := pipedream.NewState(data); err == nil {
		t.Error("a repeated project was accepted")
	}
	data = smallWorld()
	data.Projects[0].Development = crowd(11).Projects[0].Production
	if _, err := pipedream.NewState(data); err == nil {
		t.Error("an eleventh user in development was accepted")
	}
	data.Projects[0].Development = crowd(10).Projects[0].Production
	if _, err := pipedream.NewState(data); err != nil {
		t.Error(err)
	}
	data = smallWorld()
	data.Projects[0].Production.Users[1].ExternalID = strings.Repeat("ü", 250)
	data.Projects[0].Production.Accounts[3].ExternalID = strings.Repeat("ü", 250)
	if _, err := pipedream.NewState(data); err != nil {
		t.Errorf("250 characters of two bytes: %v", err)
	}
}

func TestDataIsACopy(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	before := s.state.Data()
	touched := s.state.Data()
	env := &touched.Projects[0].Production
	env.Users[0].ExternalID = "changed"
	env.Accounts[0].AuthorizedScopes[0] = "changed"
	env.Accounts[0].Credentials["more"] = "x"
	env.Triggers[0].AccountIDs[0] = "changed"
	env.Triggers[0].ConfiguredProps["more"] = "x"
	if d := cmp.Diff(before, s.state.Data()); d != "" {
		t.Errorf("writing to a copy changed the state: %s", d)
	}
	if got := s.state.Accounts(project, "production", "ada"); len(got) != 3 || got[0].ID != "apn_1" {
		t.Errorf("accounts %v", got)
	}
	if got := s.state.Accounts(project, "staging", "ada"); got != nil {
		t.Errorf("accounts of no environment: %v", got)
	}
	if u, ok := s.state.User(project, "development", "ada"); !ok || u.ID != "exu_9" {
		t.Errorf("user %v", u)
	}
}

func TestUpdate(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	before := s.state.Data()
	err := s.state.Update(func(d *pipedream.Data) { d.Projects[0].Production.Accounts[0].ExternalID = "nobody" })
	if err == nil {
		t.Fatal("a contradiction was taken")
	}
	if d := cmp.Diff(before, s.state.Data()); d != "" {
		t.Errorf("a refused update changed the state: %s", d)
	}
	if err := s.state.Update(func(d *pipedream.Data) { d.Projects[0].Production.Accounts[0].Healthy = false }); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	s.get(base + "/accounts/apn_1").want(200).decode(&got)
	if got["healthy"] != false {
		t.Error("the update is not served")
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, err := pipedream.NewState(smallWorld())
		if err != nil {
			t.Fatal(err)
		}
		sim := pipedream.New(state, pipedream.Options{Latency: 40 * time.Millisecond})
		begun := time.Now()
		sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", base+"/users", nil))
		if took := time.Since(begun); took != 40*time.Millisecond {
			t.Errorf("an answer took %s", took)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("the caller left"))
		defer cancel()
		sim.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", base+"/users", nil))
		if n := sim.Usage().Requests; n != 1 {
			t.Errorf("%d requests answered, want 1: the second caller left", n)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	s := start(t, crowd(200), pipedream.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				s.list(query("/users", "limit", "100"))
				s.do("DELETE", fmt.Sprintf("%s/users/user-%06d", base, i*10+j), "").want(204)
				s.list(query("/accounts", "limit", "100"))
			}
		})
	}
	wg.Wait()
	users, accounts, _ := s.left()
	if len(users) != 120 || len(accounts) != 120 {
		t.Errorf("%d users and %d accounts left, want 120", len(users), len(accounts))
	}
}

// FuzzRequest: whatever the path, query, header or body, the server answers, never with a 500.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, target, env, body string }{
		{"GET", base + "/users?limit=1&after=ZXh1XzE", "production", ""},
		{"GET", base + "/accounts?external_user_id=ada&app=slack&before=YXBuXzI", "development", ""},
		{"DELETE", base + "/users/a%2Fb%40c", "production", ""},
		{"DELETE", base + "/users/%", "", ""},
		{"POST", base + "/tokens", "production", `{"external_user_id":"ada","expires_in":1e30}`},
		{"POST", tokenPath, "", `{"grant_type":["x"]}`},
		{"GET", base + "/deployed-triggers?external_user_id=ada&emitter_type=timer", "production", ""},
		{"GET", "/v1/connect/apps?sort_key=name&after=b3BlbmFp&before=eA", "", ""},
	} {
		f.Add(seed.method, seed.target, seed.env, seed.body)
	}
	state, err := pipedream.NewState(smallWorld())
	if err != nil {
		f.Fatal(err)
	}
	sim := pipedream.New(state, pipedream.Options{})
	login := httptest.NewRecorder()
	sim.ServeHTTP(login, httptest.NewRequest("POST", tokenPath, strings.NewReader(`{"grant_type":"client_credentials","client_id":"all","client_secret":"s1"}`)))
	token := strings.Split(strings.SplitAfter(login.Body.String(), `"access_token":"`)[1], `"`)[0]
	f.Fuzz(func(t *testing.T, method, target, env, body string) {
		req, err := http.NewRequest(method, "http://sim"+target, strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header["X-Pd-Environment"] = []string{env}
		out := httptest.NewRecorder()
		sim.ServeHTTP(out, req)
		if out.Code >= 500 || out.Code < 200 {
			t.Errorf("%s %q: status %d", method, target, out.Code)
		}
	})
}
