package sim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// client keeps no connection, so that nothing outlives a test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func begin(t *testing.T, opt sim.Options) *sim.Running {
	t.Helper()
	if opt.World == nil {
		opt.World = sim.NewWorld(sim.WorldOptions{People: 60})
	}
	r, err := sim.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func call(t *testing.T, method, url, body string, header ...string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	json.Unmarshal(raw, &out) // what is no JSON stays nil
	return res.StatusCode, out
}

func pipefyBearer(t *testing.T, r *sim.Running) string {
	t.Helper()
	c := r.World.Credentials.Pipefy[0]
	_, out := call(t, "POST", r.Pipefy.URL+"/oauth/token", fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, c.ClientID, c.ClientSecret))
	return fmt.Sprint("Bearer ", out["access_token"])
}

func pipedreamBearer(t *testing.T, r *sim.Running) string {
	t.Helper()
	c := r.World.Credentials
	_, out := call(t, "POST", r.Pipedream.URL+"/v1/oauth/token", fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, c.PipedreamClientID, c.PipedreamClientSecret))
	return fmt.Sprint("Bearer ", out["access_token"])
}

func TestCredentialsOpenPipedrive(t *testing.T) {
	r := begin(t, sim.Options{})
	for i, c := range r.World.Credentials.Pipedrive {
		company := r.World.Pipedrive.Companies[i]
		for _, header := range [][]string{{"x-api-token", c.Token}, {"x-api-token", c.PlainToken}, {"Authorization", "Bearer " + c.OAuthToken}} {
			status, me := call(t, "GET", r.Pipedrive.URL+"/api/v1/users/me", "", header...)
			if data, _ := me["data"].(map[string]any); status != 200 || data["company_id"] != float64(c.CompanyID) {
				t.Errorf("%v: %d %v", header, status, me)
			}
		}
		_, list := call(t, "GET", r.Pipedrive.URL+"/v1/users", "", "x-api-token", c.Token)
		if data, _ := list["data"].([]any); len(data) != len(company.Users) {
			t.Errorf("%s lists %d of %d users", company.Name, len(data), len(company.Users))
		}
		if got := r.PipedriveServer.Usage().Tokens[c.CompanyID]; got != 26 {
			t.Errorf("the meter of %s shows %d tokens", company.Name, got)
		}
	}
}

func TestCredentialsOpenPipefy(t *testing.T) {
	r := begin(t, sim.Options{})
	c := r.World.Credentials.Pipefy[0]
	org := r.World.Pipefy.Organizations[0]
	query := fmt.Sprintf(`{"query":"{ me { email } organization(id: %d) { membersCount members { role_name user { id email } } pipes { id } pipesCount } }"}`, c.OrganizationID)
	for name, tc := range map[string]struct{ bearer, me string }{
		"service account": {pipefyBearer(t, r), "pipefy-service.com"},
		"personal token":  {"Bearer " + c.PersonalToken, "@"},
	} {
		status, out := call(t, "POST", r.Pipefy.URL+"/graphql", query, "Authorization", tc.bearer)
		data, _ := out["data"].(map[string]any)
		o, _ := data["organization"].(map[string]any)
		members, _ := o["members"].([]any)
		pipes, _ := o["pipes"].([]any)
		me, _ := data["me"].(map[string]any)
		if status != 200 || len(members) != len(org.Members) || o["membersCount"] != float64(len(members)) {
			t.Fatalf("%s: %d, %d of %d members: %v", name, status, len(members), len(org.Members), out["errors"])
		}
		if len(pipes) == 0 || o["pipesCount"] != float64(len(r.World.Pipefy.Pipes)) || len(pipes) >= len(r.World.Pipefy.Pipes) {
			t.Errorf("%s sees %d pipes of %v", name, len(pipes), o["pipesCount"])
		}
		if email := fmt.Sprint(me["email"]); !strings.Contains(email, tc.me) {
			t.Errorf("%s is %s", name, email)
		}
	}
}

func TestCredentialsOpenPipedream(t *testing.T) {
	r := begin(t, sim.Options{})
	p := r.World.Pipedream.Projects[0]
	bearer := pipedreamBearer(t, r)
	for environment, want := range map[string][2]int{"production": {len(p.Production.Users), len(p.Production.Accounts)}, "development": {len(p.Development.Users), len(p.Development.Accounts)}} {
		for i, list := range []string{"users", "accounts"} {
			status, out := call(t, "GET", r.Pipedream.URL+"/v1/connect/"+p.ID+"/"+list+"?limit=100", "", "Authorization", bearer, "x-pd-environment", environment)
			info, _ := out["page_info"].(map[string]any)
			if status != 200 || info["total_count"] != float64(want[i]) {
				t.Errorf("%s %s: %d %v, want %d", environment, list, status, info, want[i])
			}
		}
	}
}

func TestOneWorldCanBeStartedManyTimes(t *testing.T) {
	w := sim.NewWorld(sim.WorldOptions{People: 60})
	untouched := sim.NewWorld(sim.WorldOptions{People: 60})
	r := begin(t, sim.Options{World: w})
	c, org := w.Credentials, w.Pipefy.Organizations[0]
	call(t, "POST", r.Pipedrive.URL+"/v1/users", `{"email":"new@acme.example"}`, "x-api-token", c.Pipedrive[0].Token)
	call(t, "PUT", fmt.Sprintf("%s/v1/users/%d", r.Pipedrive.URL, w.Pipedrive.Companies[0].Users[3].ID), `{"active_flag":false}`, "x-api-token", c.Pipedrive[0].Token)
	var victim string
	for _, u := range w.Pipefy.Users {
		if u.ID == org.Members[4].UserID {
			victim = u.Email
		}
	}
	call(t, "POST", r.Pipefy.URL+"/graphql", fmt.Sprintf(`{"query":"mutation { removeUserFromOrg(input: {organization_id: %d, email: \"%s\"}) { success } }"}`, org.ID, victim),
		"Authorization", "Bearer "+c.Pipefy[0].PersonalToken)
	if _, still := r.PipefyState.OrganizationRole(org.ID, org.Members[4].UserID); still {
		t.Error("the removal had no effect, so this test shows nothing")
	}
	project := w.Pipedream.Projects[0]
	status, _ := call(t, "DELETE", r.Pipedream.URL+"/v1/connect/"+project.ID+"/accounts/"+project.Production.Accounts[0].ID, "", "Authorization", pipedreamBearer(t, r), "x-pd-environment", "production")
	if status != 204 {
		t.Errorf("the account was not deleted: %d", status)
	}
	if !reflect.DeepEqual(w, untouched) {
		t.Error("running the world changed it")
	}
}

func TestEachServiceHasItsFaults(t *testing.T) {
	r := begin(t, sim.Options{})
	bearer, dream := pipefyBearer(t, r), pipedreamBearer(t, r)
	for _, tc := range []struct {
		service                *sim.Service
		operation              string
		method, path, body     string
		otherPath, otherBody   string
		header, value, header2 string
	}{
		{r.Pipedrive, "listUsers", "GET", "/v1/users", "", "/v1/users/me", "", "x-api-token", r.World.Credentials.Pipedrive[0].Token, ""},
		{r.Pipefy, "organization", "POST", "/graphql", `{"query":"query Q { organization(id: 301001) { id } }"}`, "/graphql", `{"query":"{ me { id } }"}`, "Authorization", bearer, ""},
		{r.Pipedream, "GET users", "GET", "/v1/connect/proj_man1f0ld/users", "", "/v1/connect/proj_man1f0ld/accounts", "", "Authorization", dream, ""},
	} {
		tc.service.Chaos.MustFire(t)
		if err := tc.service.Chaos.Add(chaos.Fault{Name: "full", Kind: chaos.Burst429, Match: chaos.Match{Operation: tc.operation}, Count: 1}); err != nil {
			t.Fatal(err)
		}
		if status, out := call(t, tc.method, tc.service.URL+tc.otherPath, tc.otherBody, tc.header, tc.value); status != 200 {
			t.Errorf("%s: another operation was hit: %d %v", tc.operation, status, out)
		}
		if status, _ := call(t, tc.method, tc.service.URL+tc.path, tc.body, tc.header, tc.value); status != 429 {
			t.Errorf("%s: %d instead of 429", tc.operation, status)
		}
		if status, out := call(t, tc.method, tc.service.URL+tc.path, tc.body, tc.header, tc.value); status != 200 {
			t.Errorf("%s: after the fault: %d %v", tc.operation, status, out)
		}
	}
}

func TestLimitsCanBeChosen(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	r := begin(t, sim.Options{Budget: 100, Burst: 3, Now: func() time.Time { return now }})
	token := r.World.Credentials.Pipedrive[0].Token
	for i, want := range []int{200, 200, 200, 429} {
		if status, _ := call(t, "GET", r.Pipedrive.URL+"/v1/users/me", "", "x-api-token", token); status != want {
			t.Errorf("request %d: %d", i, status)
		}
	}
	plain := r.World.Credentials.Pipedrive[0].PlainToken
	for i, want := range []int{200, 200, 429} {
		if status, _ := call(t, "GET", r.Pipedrive.URL+"/v1/users/find?term=a", "", "x-api-token", plain); status != want {
			t.Errorf("search %d of 100-6 tokens: %d", i, status)
		}
	}
}

func TestLatencyIsSpent(t *testing.T) {
	r := begin(t, sim.Options{Latency: 30 * time.Millisecond})
	began := time.Now()
	call(t, "GET", r.Pipedrive.URL+"/v1/users/me", "", "x-api-token", r.World.Credentials.Pipedrive[0].Token)
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestContextEndsTheServices(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := sim.Start(ctx, sim.Options{World: sim.NewWorld(sim.WorldOptions{People: 5})})
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	if err := r.Pipedrive.Chaos.Add(chaos.Fault{Name: "hang", Kind: chaos.Hang}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		close(arrived)
		if res, err := client.Get(r.Pipedrive.URL + "/v1/users"); err == nil {
			res.Body.Close()
			t.Error("a service that ended has answered")
		}
	})
	<-arrived
	cancel()
	wg.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.Get(r.Pipefy.URL); err == nil {
		t.Error("still listening")
	}
}

func TestStartRefusesATakenAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = sim.Start(t.Context(), sim.Options{World: sim.NewWorld(sim.WorldOptions{People: 5}), Listen: sim.Addresses{Pipedream: l.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), "pipedream") {
		t.Errorf("got %v", err)
	}
}
