package pipedream_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func TestOAuthToken(t *testing.T) {
	for _, omit := range []bool{false, true} {
		s := start(t, smallWorld(), pipedream.Options{OmitCreatedAt: omit})
		var got map[string]any
		s.with("", "").do("POST", tokenPath, `{"grant_type":"client_credentials","client_id":"all","client_secret":"s1"}`).want(200).decode(&got)
		if got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["access_token"] == "" {
			t.Errorf("got %v", got)
		}
		if _, has := got["created_at"]; has == omit {
			t.Errorf("created_at present: %v", has)
		}
	}
}

func TestOAuthRefusals(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"wrong secret":        {`{"grant_type":"client_credentials","client_id":"all","client_secret":"no"}`, 401},
		"wrong client":        {`{"grant_type":"client_credentials","client_id":"no","client_secret":"s1"}`, 401},
		"other grant":         {`{"grant_type":"password","client_id":"all","client_secret":"s1"}`, 400},
		"unknown scope":       {`{"grant_type":"client_credentials","client_id":"all","client_secret":"s1","scope":"everything"}`, 400},
		"scope not granted":   {`{"grant_type":"client_credentials","client_id":"reader","client_secret":"s2","scope":"connect:users:write"}`, 400},
		"default not granted": {`{"grant_type":"client_credentials","client_id":"reader","client_secret":"s2"}`, 400},
		"form":                {`grant_type=client_credentials`, 400},
	} {
		if a := s.do("POST", tokenPath, c.body); a.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, a.status, c.status, a.raw)
		}
	}
}

func TestBearer(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	for _, token := range []string{"", "nonsense"} {
		s.with(token, "production").get(base + "/users").want(401)
		s.with(token, "").get("/v1/connect/apps").want(401)
		s.with(token, "").get("/v1/connect/projects").want(404)
	}
	s.clock.advance(time.Hour - time.Second)
	s.get(base + "/users").want(200)
	s.clock.advance(time.Second)
	s.get(base + "/users").want(401)
	fresh := s.with(s.login("all", "s1", ""), "production")
	fresh.get(base + "/users").want(200)
	s.sim.RevokeTokens()
	fresh.get(base + "/users").want(401)
}

// TestScopes tries every route with the scope that it needs and with all others.
func TestScopes(t *testing.T) {
	for _, c := range []struct{ method, path, scope string }{
		{"GET", base + "/users", "connect:users:read"},
		{"DELETE", base + "/users/nobody", "connect:users:write"},
		{"GET", base + "/accounts", "connect:accounts:read"},
		{"GET", base + "/accounts/apn_1", "connect:accounts:read"},
		{"GET", base + "/users/ada/accounts", "connect:accounts:read"},
		{"DELETE", base + "/accounts/nothing", "connect:accounts:write"},
		{"DELETE", base + "/apps/nothing/accounts", "connect:accounts:write"},
		{"GET", base + "/deployed-triggers?external_user_id=ada", "connect:deployed_triggers:read"},
		{"DELETE", base + "/deployed-triggers/nothing?external_user_id=ada", "connect:deployed_triggers:write"},
		{"POST", base + "/tokens", "connect:tokens:create"},
		{"GET", "/v1/connect/projects", "connect:projects:read"},
	} {
		s := start(t, smallWorld(), pipedream.Options{})
		for _, scope := range []string{c.scope, "*", "connect:*"} {
			if a := s.with(s.login("all", "s1", scope), "production").do(c.method, c.path, `{"external_user_id":"ada"}`); a.status == 403 || a.status == 401 {
				t.Errorf("%s %s with %s: %d", c.method, c.path, scope, a.status)
			}
		}
		s.with(s.login("all", "s1", "connect:usage:read connect:proxy connect:actions:*"), "production").do(c.method, c.path, "{}").want(403)
		other := map[bool]string{true: "connect:users:read", false: "connect:accounts:read"}[strings.Contains(c.scope, "accounts")]
		if other != c.scope {
			s.with(s.login("all", "s1", other), "production").do(c.method, c.path, "{}").want(403)
		}
	}
	s := start(t, smallWorld(), pipedream.Options{InfoNeedsScope: true})
	s.get(base + "/projects/info").want(200)
	s.with(s.login("all", "s1", "connect:users:read"), "production").get(base + "/projects/info").want(403)
}

func TestConnectToken(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	var got struct {
		Token     string `json:"token"`
		ExpiresAt string `json:"expires_at"`
		Link      string `json:"connect_link_url"`
	}
	s.do("POST", base+"/tokens", `{"external_user_id":"ada","expires_in":60}`).want(200).decode(&got)
	if !regexp.MustCompile(`^ctok_[0-9a-f]{32}$`).MatchString(got.Token) || got.ExpiresAt != "2026-11-21T12:01:00.000+00:00" || !strings.Contains(got.Link, got.Token) {
		t.Fatalf("got %+v", got)
	}
	own := s.with(got.Token, "production")
	if n := len(own.list(query("/accounts", "external_user_id", oddID)).Data); n != 3 {
		t.Errorf("a Connect token lists %d accounts, want its own user's 3", n)
	}
	own.get(base + "/accounts/apn_4").want(404)
	own.get(base + "/users/ada-2/accounts").want(404)
	own.get(base + "/users").want(403)
	own.do("POST", base+"/tokens", `{"external_user_id":"ada"}`).want(403)
	own.do("DELETE", base+"/apps/slack/accounts", "").want(403)
	own.do("DELETE", base+"/users/ada-2", "").want(404)
	own.with(got.Token, "development").get(base + "/accounts").want(404)
	own.get("/v1/connect/proj_other/accounts").want(404)
	own.get(base + "/projects/info").want(200)
	own.do("DELETE", base+"/users/ada", "").want(204)
	s.clock.advance(time.Minute)
	own.get(base + "/accounts").want(401)

	for name, body := range map[string]string{
		"no user": `{}`, "too long a life": `{"external_user_id":"x","expires_in":14401}`, "no life": `{"external_user_id":"x","expires_in":0}`,
		"too long an id": `{"external_user_id":"` + strings.Repeat("ü", 251) + `"}`, "no JSON": `x`,
	} {
		if a := s.do("POST", base+"/tokens", body); a.status != 400 {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	body, _ := json.Marshal(map[string]string{"external_user_id": oddID})
	for range 100 {
		s.do("POST", base+"/tokens", string(body)).want(200)
	}
	s.do("POST", base+"/tokens", string(body)).want(429)
	s.do("POST", base+"/tokens", `{"external_user_id":"another"}`).want(200)
}
