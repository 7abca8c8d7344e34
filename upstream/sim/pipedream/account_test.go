package pipedream_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

func TestAccountShape(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	got := string(s.get(base + "/accounts/apn_1").want(200).raw)
	want := `{"id":"apn_1","name":"ada@example.com","external_id":"ada","healthy":true,"dead":false,` +
		`"app":{"id":"oa_slack1","name_slug":"slack","name":"Slack","auth_type":"oauth","description":"Chat","img_src":"https://assets.example.com/slack.svg","custom_fields_json":"[]","categories":["Chat"],"featured_weight":1000000001,"scope_profiles":[{"name":"read_only","scopes":["channels:read"]}]},` +
		`"created_at":"2026-03-25T17:49:15.123Z","updated_at":"2026-03-25T17:49:15.123Z","authorized_scopes":["channels:read"],` +
		`"error":null,"expires_at":null,"last_refreshed_at":null,"next_refresh_at":"2026-03-25T17:49:15.123Z"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	bare := string(s.get(base + "/accounts/apn_2").want(200).raw)
	for _, field := range []string{"expires_at", "next_refresh_at", "error", "credentials"} {
		if strings.Contains(bare, field) {
			t.Errorf("an older record has %s: %s", field, bare)
		}
	}
	for _, part := range []string{`"name":null`, `"dead":null`, `"authorized_scopes":[]`} {
		if !strings.Contains(bare, part) {
			t.Errorf("%s is missing in %s", part, bare)
		}
	}
	if old := string(s.get(base + "/accounts/apn_5").want(200).raw); !strings.Contains(old, `"app":{"id":"app_old","name":"Old"}`) {
		t.Errorf("the old app is %s", old)
	}
	wrapped := start(t, smallWorld(), pipedream.Options{WrapRetrieve: true})
	if raw := string(wrapped.get(base + "/accounts/apn_1").want(200).raw); raw != `{"data":`+want+`}` {
		t.Errorf("wrapped: %s", raw)
	}
}

func TestCredentialsOnlyWhenAsked(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	paths := []string{"/accounts", "/accounts/apn_1", "/users/ada/accounts"}
	for _, path := range paths {
		if raw := string(s.get(base + path).want(200).raw); strings.Contains(raw, "secret-token") {
			t.Errorf("%s leaks", path)
		}
	}
	if n := s.sim.Usage().CredentialReads; n != 0 {
		t.Errorf("%d credential reads before any", n)
	}
	for _, path := range paths {
		if raw := string(s.get(base + path + "?include_credentials=true").want(200).raw); !strings.Contains(raw, "secret-token") {
			t.Errorf("%s holds back", path)
		}
	}
	if n := s.sim.Usage().CredentialReads; n != len(paths) {
		t.Errorf("%d credential reads counted", n)
	}
}

func TestAccountFilters(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	for name, c := range map[string]struct {
		query []string
		want  []string
	}{
		"all":                     {nil, []string{"apn_1", "apn_2", "apn_3", "apn_4", "apn_5"}},
		"user":                    {[]string{"external_user_id", "ada"}, []string{"apn_1", "apn_2", "apn_3"}},
		"awkward user":            {[]string{"external_user_id", oddID}, []string{"apn_4"}},
		"unknown user":            {[]string{"external_user_id", "nobody"}, []string{}},
		"user by prefix":          {[]string{"external_user_id", "ad"}, []string{}},
		"empty user is no filter": {[]string{"external_user_id", ""}, []string{"apn_1", "apn_2", "apn_3", "apn_4", "apn_5"}},
		"app by slug":             {[]string{"app", "slack"}, []string{"apn_1", "apn_2", "apn_4"}},
		"app by id":               {[]string{"app", "app_0a1b2c"}, []string{"apn_3"}},
		"app without slug":        {[]string{"app", "app_old"}, []string{"apn_5"}},
		"oauth app":               {[]string{"oauth_app_id", "oa_slack1"}, []string{"apn_1", "apn_2", "apn_4"}},
		"user and app":            {[]string{"external_user_id", "ada", "app", "slack"}, []string{"apn_1", "apn_2"}},
		"app nobody has":          {[]string{"app", "none"}, []string{}},
	} {
		got := s.list(query("/accounts", c.query...))
		if !slices.Equal(got.ids("id"), c.want) || got.Page.Total != len(c.want) {
			t.Errorf("%s: %v of %d, want %v", name, got.ids("id"), got.Page.Total, c.want)
		}
	}
	var bare []map[string]any
	s.get(base + "/users/ada/accounts?app=slack").want(200).decode(&bare)
	if len(bare) != 2 {
		t.Errorf("bare array of %d", len(bare))
	}
	s.get(base + "/users/nobody/accounts").want(200).decode(&bare)
	if len(bare) != 0 {
		t.Errorf("unknown user has %d accounts", len(bare))
	}
}

func TestEnvironmentsAreKeptApart(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	dev := s.with(s.token, "development")
	if got := dev.list(base + "/accounts").ids("id"); !slices.Equal(got, []string{"apn_9"}) {
		t.Errorf("development lists %v", got)
	}
	dev.get(base + "/accounts/apn_1").want(404)
	s.get(base + "/accounts/apn_9").want(404)
	dev.do("DELETE", base+"/users/ada", "").want(204)
	if got := s.list(query("/accounts", "external_user_id", "ada")).Page.Total; got != 3 {
		t.Errorf("deleting in development left %d accounts in production", got)
	}
	if got := s.with(s.token, "").list(base + "/users").Page.Total; got != 4 {
		t.Errorf("no header lists %d users, want production's 4", got)
	}
	if n := s.sim.Usage().NoEnvironment; n != 1 {
		t.Errorf("%d calls without a header counted", n)
	}
	s.with(s.token, "staging").get(base + "/users").want(400)
	strict := start(t, smallWorld(), pipedream.Options{RequireEnvironment: true})
	strict.with(strict.token, "").do("DELETE", base+"/users/ada", "").want(400)
	strict.with(strict.token, "").get("/v1/connect/apps").want(200)
	if _, there := strict.state.User(project, "production", "ada"); !there {
		t.Error("the refused call deleted")
	}
	s.get("/v1/connect/proj_none/users").want(404)
	if got := s.list("/v1/connect/proj_other/users").Page.Total; got != 0 {
		t.Errorf("another project lists %d users", got)
	}
}

func TestAwkwardIDsInPaths(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	var bare []map[string]any
	s.get(base + "/users/" + url.PathEscape(oddID) + "/accounts").want(200).decode(&bare)
	if len(bare) != 1 || bare[0]["external_id"] != oddID {
		t.Fatalf("got %v", bare)
	}
	s.do("DELETE", base+"/users/"+url.PathEscape(oddID), "").want(204)
	if _, there := s.state.User(project, "production", oddID); there {
		t.Error("the user is still there")
	}
	for _, path := range []string{base + "/users/", base, base + "/", "/", "//", base + "/users/a/b/accounts"} {
		s.do("DELETE", path, "").want(404)
	}
	if got := len(s.state.Data().Projects[0].Production.Users); got != 3 {
		t.Errorf("%d users left, want 3", got)
	}
	s.do("PUT", base+"/accounts/apn_1", "").want(405)
}

func TestUserAccountLimit(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{UserAccountLimit: 2})
	a := s.get(base + "/users/ada/accounts").want(413)
	if !strings.Contains(string(a.raw), "account_limit_reached") {
		t.Errorf("got %s", a.raw)
	}
	s.get(base + "/users/ada-2/accounts").want(200)
	s.get(query("/accounts", "external_user_id", "ada")).want(200)
}
