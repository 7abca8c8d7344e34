package pipedream_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

// left names what production holds.
func (s *service) left() (users, accounts, triggers []string) {
	env := s.state.Data().Projects[0].Production
	for _, u := range env.Users {
		users = append(users, u.ExternalID)
	}
	for _, a := range env.Accounts {
		accounts = append(accounts, a.ID)
	}
	for _, t := range env.Triggers {
		triggers = append(triggers, t.ID)
	}
	return users, accounts, triggers
}

func (s *service) wantLeft(users, accounts, triggers []string) {
	s.t.Helper()
	u, a, tr := s.left()
	for _, d := range []string{cmp.Diff(users, u), cmp.Diff(accounts, a), cmp.Diff(triggers, tr)} {
		if d != "" {
			s.t.Errorf("left: %s", d)
		}
	}
}

func TestDeleteAccount(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	a := s.do("DELETE", base+"/accounts/apn_1", "").want(204)
	if len(a.raw) != 0 {
		t.Errorf("204 with body %s", a.raw)
	}
	s.wantLeft([]string{"ada", oddID, "ada-2", "ghost"}, []string{"apn_2", "apn_3", "apn_4", "apn_5"}, []string{"dc_2", "em_1", "hi_1", "ti_1"})
	s.get(base + "/accounts/apn_1").want(404)
	if got := s.list(query("/accounts", "external_user_id", "ada")).ids("id"); !slices.Equal(got, []string{"apn_2", "apn_3"}) {
		t.Errorf("the user still lists %v", got)
	}
	s.do("DELETE", base+"/accounts/apn_1", "").want(404)
	easy := start(t, smallWorld(), pipedream.Options{RepeatedDelete: 204})
	easy.do("DELETE", base+"/accounts/apn_1", "").want(204)
	easy.do("DELETE", base+"/accounts/apn_1", "").want(204)
}

func TestDeleteUser(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	s.do("DELETE", base+"/users/ada", "").want(204)
	s.wantLeft([]string{oddID, "ada-2", "ghost"}, []string{"apn_4", "apn_5"}, nil)
	if got := s.list(query("/deployed-triggers", "external_user_id", "ada")).Page.Total; got != 0 {
		t.Errorf("%d triggers left", got)
	}
	s.do("DELETE", base+"/users/ada", "").want(404)
	easy := start(t, smallWorld(), pipedream.Options{UnknownUserDelete: 204})
	easy.do("DELETE", base+"/users/nobody", "").want(204)
	easy.do("DELETE", base+"/users/exu_1", "").want(204)
	if u, _, _ := easy.left(); len(u) != 4 {
		t.Errorf("an exu_ id deleted a user: %v", u)
	}
}

func TestDeleteByApp(t *testing.T) {
	for _, app := range []string{"slack", "oa_slack1"} {
		s := start(t, smallWorld(), pipedream.Options{})
		s.do("DELETE", base+"/apps/"+app+"/accounts", "").want(204)
		s.wantLeft([]string{"ada", oddID, "ada-2", "ghost"}, []string{"apn_3", "apn_5"}, []string{"em_1", "hi_1", "ti_1"})
	}
}

func TestDeleteTrigger(t *testing.T) {
	s := start(t, smallWorld(), pipedream.Options{})
	s.do("DELETE", base+"/deployed-triggers/dc_1", "").want(400)
	s.do("DELETE", query("/deployed-triggers/dc_1", "external_user_id", "ada-2"), "").want(404)
	s.do("DELETE", query("/deployed-triggers/dc_1", "external_user_id", "ada", "ignore_hook_errors", "true"), "").want(204)
	s.do("DELETE", query("/deployed-triggers/dc_1", "external_user_id", "ada"), "").want(404)
	_, accounts, triggers := s.left()
	if len(accounts) != 5 || slices.Contains(triggers, "dc_1") {
		t.Errorf("left %v and %v", accounts, triggers)
	}
}

// TestNothingIsLeftHanging: after any deletions every account and trigger has its user, every
// trigger its accounts, and what a user lists is what the whole list holds for them.
func TestNothingIsLeftHanging(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := start(t, smallWorld(), pipedream.Options{RepeatedDelete: 204, UnknownUserDelete: 204})
		for range rapid.IntRange(1, 6).Draw(r, "deletions") {
			path := rapid.SampledFrom([]string{
				"/users/ada", "/users/ada-2", "/users/" + url.PathEscape(oddID), "/accounts/apn_1", "/accounts/apn_2", "/accounts/apn_4",
				"/apps/slack/accounts", "/apps/openai/accounts",
			}).Draw(r, "path")
			s.do("DELETE", base+path, "").want(204)
		}
		env := s.state.Data().Projects[0].Production
		users, accounts := map[string][]string{}, map[string]bool{}
		for _, u := range env.Users {
			users[u.ExternalID] = []string{}
		}
		for _, a := range env.Accounts {
			if users[a.ExternalID] == nil {
				r.Fatalf("account %s belongs to nobody", a.ID)
			}
			users[a.ExternalID] = append(users[a.ExternalID], a.ID)
			accounts[a.ID] = true
		}
		for _, tr := range env.Triggers {
			if users[tr.ExternalID] == nil {
				r.Fatalf("trigger %s belongs to nobody", tr.ID)
			}
			for _, id := range tr.AccountIDs {
				if !accounts[id] {
					r.Fatalf("trigger %s uses account %s, which is gone", tr.ID, id)
				}
			}
		}
		for external, want := range users {
			if got := s.list(query("/accounts", "external_user_id", external)).ids("id"); !slices.Equal(got, want) {
				r.Fatalf("%s lists %v, want %v", external, got, want)
			}
		}
	})
}
