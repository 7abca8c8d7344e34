package pipedream_test

import (
	"encoding/base64"
	"strconv"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func encode(id string) string { return base64.StdEncoding.EncodeToString([]byte(id)) }

func TestAccountsBudget(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{AccountRequests: 3, AccountWindow: time.Minute})
	for _, path := range []string{"/accounts", "/accounts/apn_1", "/users/ada/accounts"} {
		if h := s.get(base + path).want(200).header; h.Get("X-RateLimit-Limit") != "" {
			t.Errorf("%s shows the budget", path)
		}
		s.clock.advance(time.Second)
	}
	a := s.get(base + "/accounts").want(429)
	if string(a.raw) != `{"error":"Throttled"}` {
		t.Errorf("body %s", a.raw)
	}
	reset := strconv.FormatInt(s.clock.Now().Add(57*time.Second).Unix(), 10)
	for name, want := range map[string]string{"Retry-After": "57", "X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	d := s.do("DELETE", base+"/accounts/apn_1", "").want(429)
	if len(d.raw) != 0 || d.header.Get("Retry-After") == "" {
		t.Errorf("a throttled deletion: %q, Retry-After %q", d.raw, d.header.Get("Retry-After"))
	}
	if _, accounts, _ := s.left(); len(accounts) != 5 {
		t.Error("a throttled deletion deleted")
	}
	s.with(s.token, "development").get(base + "/accounts").want(429)
	s.get("/v1/connect/proj_other/accounts").want(200)
	s.get(base + "/users").want(200)
	s.get(query("/deployed-triggers", "external_user_id", "ada")).want(200)
	s.clock.advance(57 * time.Second)
	s.get(base + "/accounts").want(200)
}

func TestPublishedBudget(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	for range 2000 {
		s.get(base + "/accounts/none").want(404)
	}
	if a := s.get(base + "/accounts/none").want(429); a.header.Get("X-RateLimit-Limit") != "2000" || a.header.Get("Retry-After") != "300" {
		t.Errorf("headers %v", a.header)
	}
	s.clock.advance(5 * time.Minute)
	s.get(base + "/accounts/apn_1").want(200)
}

func TestUsage(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	s.get(base + "/accounts/apn_1")
	s.get(base + "/accounts/apn_2")
	s.do("DELETE", base+"/users/ada", "")
	s.get("/nowhere")
	u := s.sim.Usage()
	if u.Requests != 4 || u.ByRoute["GET /accounts/{id}"] != 2 || u.ByRoute["DELETE /users/{id}"] != 1 || u.ByRoute[""] != 1 || u.ByStatus[204] != 1 {
		t.Errorf("usage %+v", u)
	}
	s.sim.ResetUsage()
	if u := s.sim.Usage(); u.Requests != 0 || len(u.ByRoute) != 0 {
		t.Errorf("after reset %+v", u)
	}
}
