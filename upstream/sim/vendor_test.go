package sim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOperationsOfPipefy(t *testing.T) {
	for body, want := range map[string]string{
		`{"query":"{ me { id } }"}`: "me",
		`{"query":"query Q($id: ID!) { all: organization(id: $id) { id } me { id } }","variables":{"id":1}}`: "organization",
		`{"query":"mutation { setRole(input: {}) { member { role_name } } }"}`:                               "setRole",
		`{"query":"fragment F on User { id } query { me { ...F } }"}`:                                        "me",
		`{"query":"{ "}`: "", `nonsense`: "", ``: "",
	} {
		if got := rootField(httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if got := rootField(httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader("grant_type=x"))); got != "token" {
		t.Errorf("token request: %q", got)
	}
}

func TestOperationsOfPipedream(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/connect/proj_x/users": "GET users", "/v1/connect/proj_x/users/a%2Fb": "GET users", "/v1/connect/proj_x/users/a%2Fb/accounts": "GET accounts",
		"/v1/connect/proj_x/accounts/apn_1": "GET accounts", "/v1/connect/proj_x/projects/info": "GET info", "/v1/oauth/token": "GET token", "/": "",
	} {
		if got := lastLiteral(httptest.NewRequest(http.MethodGet, path, nil)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// FuzzRootField: whatever the body is, the service behind still reads all of it.
func FuzzRootField(f *testing.F) {
	f.Add(`{"query":"{ me { id } }"}`)
	f.Add(`{"query":"{ ...F }"}`)
	f.Add("\x00{")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		rootField(r)
		if left, err := io.ReadAll(r.Body); err != nil || string(left) != body {
			t.Errorf("%q became %q, %v", body, left, err)
		}
	})
}
