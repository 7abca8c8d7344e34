package pipefy_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

func (s *service) token() string {
	s.t.Helper()
	a := s.send("POST", "/oauth/token", "", formType, "grant_type=client_credentials&client_id=client&client_secret=secret")
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.raw), &out); err != nil || a.status != 200 {
		s.t.Fatalf("status %d: %s", a.status, a.raw)
	}
	return out.AccessToken
}

func TestTokenEncodings(t *testing.T) {
	for name, c := range map[string]struct{ auth, kind, body string }{
		"form":  {"", formType, "grant_type=client_credentials&client_id=client&client_secret=secret"},
		"JSON":  {"", jsonType, `{"grant_type":"client_credentials","client_id":"client","client_secret":"secret"}`},
		"basic": {"Basic Y2xpZW50OnNlY3JldA==", formType, "grant_type=client_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, smallWorld(), pipefy.Options{})
			a := s.send("POST", "/oauth/token", c.auth, c.kind, c.body)
			var got struct {
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int    `json:"expires_in"`
			}
			if err := json.Unmarshal([]byte(a.raw), &got); err != nil {
				t.Fatal(err)
			}
			if a.status != 200 || got.TokenType != "Bearer" || got.ExpiresIn != 300 {
				t.Fatalf("status %d: %s", a.status, a.raw)
			}
			wantData(t, s.must(got.AccessToken, `{me{name}}`, nil), `{"me":{"name":"svc"}}`)
			if u := s.sim.Usage(); u.Tokens != 1 {
				t.Errorf("%d tokens counted", u.Tokens)
			}
		})
	}
}

func TestTokenRefusals(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	for name, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"wrong secret": {formType, "grant_type=client_credentials&client_id=client&client_secret=no", 401},
		"wrong client": {jsonType, `{"grant_type":"client_credentials","client_id":"x","client_secret":"secret"}`, 401},
		"other grant":  {formType, "grant_type=password&client_id=client&client_secret=secret", 400},
		"broken JSON":  {jsonType, `{`, 400},
	} {
		if a := s.send("POST", "/oauth/token", "", c.kind, c.body); a.status != c.status {
			t.Errorf("%s: status %d, want %d", name, a.status, c.status)
		}
	}
}

func TestBearer(t *testing.T) {
	s := start(t, smallWorld(), pipefy.Options{})
	token := s.token()
	body := `{"query":"{me{id}}"}`
	for name, header := range map[string]string{
		"none": "", "no Bearer": token, "unknown": "Bearer nobody", "empty": "Bearer ",
	} {
		a := s.send("POST", "/graphql", header, jsonType, body)
		if a.status != 401 || len(a.Errors) != 1 || a.Errors[0].Title != "Unauthorized" || a.Errors[0].Detail == "" || a.Errors[0].Message != "" || a.Errors[0].Extensions != nil {
			t.Errorf("%s: status %d, body %s", name, a.status, a.raw)
		}
	}
	s.clock.advance(5*time.Minute - time.Second)
	if a := s.ask(token, `{me{id}}`, nil); a.status != 200 {
		t.Errorf("before expiry: %d", a.status)
	}
	s.clock.advance(time.Second)
	if a := s.ask(token, `{me{id}}`, nil); a.status != 401 {
		t.Errorf("after expiry: %d", a.status)
	}
	s.clock.advance(1000 * time.Hour)
	if a := s.ask("ana", `{me{id}}`, nil); a.status != 200 {
		t.Errorf("a personal token expired: %d", a.status)
	}
	fresh := s.token()
	s.sim.RevokeTokens()
	if a := s.ask(fresh, `{me{id}}`, nil); a.status != 401 {
		t.Errorf("revoked token: %d", a.status)
	}
}
