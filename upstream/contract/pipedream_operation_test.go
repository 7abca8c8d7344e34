package contract_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdream "github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// oddIDs are external user ids that a careless client would send elsewhere.
var oddIDs = []string{
	"a/b", "a//b/", "/", "ana@acme.example", "pipedrive:7", "a#b", "a?b=c", "100%", "%2F", "a b", " a ", "a+b", "...", "a;b&c",
	"žluťoučký kůň", "人", "\"quoted\\", "../users", strings.Repeat("x", 250), strings.Repeat("é", 250),
}

// strange raises a stage with an external user for each odd id: two accounts, and
// a trigger of each type, of which the source's alone uses the first account.
func strange(t *testing.T, s setting) *stage {
	t.Helper()
	st := play(t, s)
	at := time.Date(2026, 3, 25, 17, 49, 15, 0, time.UTC)
	must(t, st.PipedreamState.Update(func(d *simdream.Data) {
		env := &d.Projects[0].Production
		for i, id := range oddIDs {
			n := digits(int64(i))
			env.Users = append(env.Users, simdream.ExternalUser{ID: "exu_odd" + n, ExternalID: id, CreatedAt: at})
			env.Accounts = append(env.Accounts,
				simdream.Account{ID: "apn_oddA" + n, ExternalID: id, Healthy: true, App: d.Apps[0], CreatedAt: at, UpdatedAt: at},
				simdream.Account{ID: "apn_oddB" + n, ExternalID: id, Dead: new(true), App: d.Apps[1], CreatedAt: at, UpdatedAt: at})
			env.Triggers = append(env.Triggers,
				simdream.Trigger{ID: "dc_odd" + n, Type: simdream.TriggerSource, ExternalID: id, AccountIDs: []string{"apn_oddA" + n}, Active: true, Name: "S", ComponentKey: new("key"), CreatedAt: at, UpdatedAt: at, WebhookSigningKey: new("signing-secret")},
				simdream.Trigger{ID: "hi_odd" + n, Type: simdream.TriggerHTTP, ExternalID: id, CreatedAt: at, UpdatedAt: at},
				simdream.Trigger{ID: "ti_odd" + n, Type: simdream.TriggerTimer, ExternalID: id, CreatedAt: at, UpdatedAt: at},
				simdream.Trigger{ID: "em_odd" + n, Type: simdream.TriggerEmail, ExternalID: id, CreatedAt: at, UpdatedAt: at})
		}
	}))
	return st
}

func (st *stage) production() simdream.Environment {
	return st.PipedreamState.Data().Projects[0].Production
}

// agreeOnAccount checks that an account reads as the simulator knows it.
func agreeOnAccount(t *testing.T, got pipedream.Account, want simdream.Account) {
	t.Helper()
	name := ""
	if want.Name != nil {
		name = *want.Name
	}
	dead := got.Dead.Ptr()
	if string(got.ID) != want.ID || string(got.Name) != name || string(got.ExternalID) != want.ExternalID || got.Healthy.Value != want.Healthy ||
		(dead == nil) != (want.Dead == nil) || dead != nil && *dead != *want.Dead ||
		string(got.App.Value.NameSlug) != want.App.NameSlug || string(got.App.Value.Name) != want.App.Name || string(got.App.Value.AuthType) != want.App.AuthType ||
		!got.CreatedAt.Equal(want.CreatedAt) || !got.UpdatedAt.Equal(want.UpdatedAt) ||
		!slices.EqualFunc(got.AuthorizedScopes.Items, want.AuthorizedScopes, func(a lenient.String, b string) bool { return string(a) == b }) {
		t.Errorf("account %s reads as %+v, want %+v", want.ID, got, want)
	}
	var expires, last, next time.Time
	if r := want.Refresh; r != nil {
		expires, last, next = value(r.ExpiresAt), value(r.LastRefreshedAt), value(r.NextRefreshAt)
	}
	if !got.ExpiresAt.Equal(expires) || !got.LastRefreshedAt.Equal(last) || !got.NextRefreshAt.Equal(next) {
		t.Errorf("account %s: refresh %v %v %v, want %v %v %v", want.ID, got.ExpiresAt, got.LastRefreshedAt, got.NextRefreshAt, expires, last, next)
	}
}

func value(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// faithful checks what holds for every call whatsoever.
func (st *stage) faithful(t *testing.T) {
	t.Helper()
	if u := st.PipedreamServer.Usage(); u.CredentialReads != 0 || u.NoEnvironment != 0 {
		t.Errorf("%d calls asked for credentials, %d named no environment", u.CredentialReads, u.NoEnvironment)
	}
}

func TestPipedreamListUsers(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]bool{"null cursor at the end": false, "echoed cursor": true} {
		t.Run(name, func(t *testing.T) {
			st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{EchoCursor: echo, RequireEnvironment: true}}})
			want := st.production().Users
			got, err := st.pipedream.Users(t.Context())
			must(t, err)
			if !got.Complete() || got.Total != len(want) || !slices.EqualFunc(got.Items, want, func(a pipedream.User, b simdream.ExternalUser) bool {
				return string(a.ID) == b.ID && string(a.ExternalID) == b.ExternalID && a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt)
			}) {
				t.Errorf("%d users of %d differ from the simulator's %d", len(got.Items), got.Total, len(want))
			}
			if calls := st.PipedreamServer.Usage().ByRoute["GET /users"]; calls != (len(want)+99)/100 {
				t.Errorf("%d users took %d calls", len(want), calls)
			}
			st.faithful(t)
		})
	}
}

func TestPipedreamListAccounts(t *testing.T) {
	t.Parallel()
	for _, echo := range []bool{false, true} {
		st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{EchoCursor: echo}}})
		all := st.production().Accounts
		got, err := st.pipedream.Accounts(t.Context(), pipedream.AccountFilter{})
		must(t, err)
		if len(got.Items) != len(all) || !got.Complete() {
			t.Fatalf("%d accounts of %d", len(got.Items), len(all))
		}
		for i, a := range got.Items {
			agreeOnAccount(t, a, all[i])
		}
		nobody := "nobody here"
		none, err := st.pipedream.Accounts(t.Context(), pipedream.AccountFilter{ExternalUserID: &nobody})
		if err != nil || len(none.Items) != 0 || !none.Complete() {
			t.Errorf("nobody's accounts: %+v, %v", none, err)
		}
		st.faithful(t)
	}
}

// TestPipedreamAccountsByUserAndApp asks for every odd id in both ways, with and without an app.
func TestPipedreamAccountsByUserAndApp(t *testing.T) {
	t.Parallel()
	st := strange(t, setting{})
	app := st.PipedreamState.Data().Apps[1].NameSlug
	for _, id := range oddIDs {
		want := st.PipedreamState.Accounts("proj_man1f0ld", "production", id)
		for _, slug := range []string{"", app} {
			expect := want
			if slug != "" {
				expect = slices.DeleteFunc(slices.Clone(want), func(a simdream.Account) bool { return a.App.NameSlug != slug })
			}
			filtered, err := st.pipedream.Accounts(t.Context(), pipedream.AccountFilter{ExternalUserID: &id, App: slug})
			must(t, err)
			direct, err := st.pipedream.UserAccounts(t.Context(), id, slug)
			must(t, err)
			for way, got := range map[string][]pipedream.Account{"filter": filtered.Items, "path": direct} {
				if len(got) != len(expect) || len(expect) == 0 {
					t.Fatalf("%q by %s: %d accounts, want %d", id, way, len(got), len(expect))
				}
				for i := range got {
					agreeOnAccount(t, got[i], expect[i])
				}
			}
		}
	}
	st.faithful(t)
}

// TestPipedreamAccountCeiling: the unpaged route refuses users with many accounts, the paged one does not.
func TestPipedreamAccountCeiling(t *testing.T) {
	t.Parallel()
	st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{UserAccountLimit: 1}}})
	_, err := st.pipedream.UserAccounts(t.Context(), oddIDs[0], "")
	if f := failure(t, err); f.Kind != wire.TooLarge || f.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%+v", f)
	}
	if got, err := st.pipedream.Accounts(t.Context(), pipedream.AccountFilter{ExternalUserID: &oddIDs[0]}); err != nil || len(got.Items) != 2 {
		t.Errorf("%d accounts, %v", len(got.Items), err)
	}
	st.discreet(t, err.Error())
}

func TestPipedreamRetrieveAccount(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]bool{"bare": false, "wrapped": true} {
		t.Run(name, func(t *testing.T) {
			st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{WrapRetrieve: wrap}}})
			for _, want := range st.production().Accounts[:20] {
				got, err := st.pipedream.Account(t.Context(), want.ID)
				must(t, err)
				agreeOnAccount(t, got, want)
			}
			if _, err := st.pipedream.Account(t.Context(), "apn_none"); wire.KindOf(err) != wire.NotFound {
				t.Errorf("an unknown account: %v", err)
			}
			st.faithful(t)
		})
	}
}

func TestPipedreamDeployedTriggers(t *testing.T) {
	t.Parallel()
	st := strange(t, setting{})
	for i, id := range oddIDs {
		got, err := st.pipedream.DeployedTriggers(t.Context(), id)
		must(t, err)
		n := digits(int64(i))
		at := time.Date(2026, 3, 25, 17, 49, 15, 0, time.UTC)
		want := []person.DeployedTrigger{
			{ID: "dc_odd" + n, Name: "S", Type: "DeployedComponent", ComponentKey: "key", Active: new(true), CreatedAt: at, UpdatedAt: at},
			{ID: "hi_odd" + n, Type: "HttpInterface", CreatedAt: at, UpdatedAt: at},
			{ID: "ti_odd" + n, Type: "TimerInterface", CreatedAt: at, UpdatedAt: at},
			{ID: "em_odd" + n, Type: "EmailInterface", CreatedAt: at, UpdatedAt: at},
		}
		if !slices.EqualFunc(got, want, func(a, b person.DeployedTrigger) bool {
			active := a.Active == nil && b.Active == nil || a.Active != nil && b.Active != nil && *a.Active == *b.Active
			return a.ID == b.ID && a.Name == b.Name && a.Type == b.Type && a.ComponentKey == b.ComponentKey && active && a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt)
		}) {
			t.Errorf("%q: %+v", id, got)
		}
	}
	if calls := st.PipedreamServer.Usage().ByRoute["GET /deployed-triggers"]; calls != 4*len(oddIDs) {
		t.Errorf("%d calls for %d users", calls, len(oddIDs))
	}
	st.faithful(t)
}

func TestPipedreamProjectInfo(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	got, err := st.pipedream.ProjectInfo(t.Context())
	must(t, err)
	if !slices.EqualFunc(got.Apps.Items, st.PipedreamState.Data().Projects[0].Apps, func(a pipedream.App, b *simdream.App) bool { return string(a.NameSlug) == b.NameSlug }) {
		t.Errorf("%+v", got.Apps.Items)
	}
	if _, err := play(t, setting{project: "proj_other"}).pipedream.ProjectInfo(t.Context()); wire.KindOf(err) != wire.NotFound {
		t.Errorf("another project: %v", err)
	}
	st.faithful(t)
}

// TestPipedreamDeleteAccount takes the account and its trigger, and nothing else;
// gone is gone, in either of the two answers that nobody has documented.
func TestPipedreamDeleteAccount(t *testing.T) {
	t.Parallel()
	for _, repeated := range []int{http.StatusNotFound, http.StatusNoContent} {
		st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{RepeatedDelete: repeated}}})
		before := st.production()
		got, err := st.pipedream.DeleteAccount(t.Context(), "apn_oddA0")
		if err != nil || got != pipedream.Deleted {
			t.Fatalf("%v, %v", got, err)
		}
		after := st.production()
		if len(after.Users) != len(before.Users) || len(after.Accounts) != len(before.Accounts)-1 || len(after.Triggers) != len(before.Triggers)-1 {
			t.Errorf("%d accounts and %d triggers became %d and %d", len(before.Accounts), len(before.Triggers), len(after.Accounts), len(after.Triggers))
		}
		if slices.ContainsFunc(after.Triggers, func(tr simdream.Trigger) bool { return tr.ID == "dc_odd0" }) {
			t.Error("the trigger that used the account lives on")
		}
		got, err = st.pipedream.DeleteAccount(t.Context(), "apn_oddA0")
		if want := map[int]pipedream.Deletion{404: pipedream.AlreadyGone, 204: pipedream.Deleted}[repeated]; err != nil || got != want {
			t.Errorf("repeated, answered %d: %v, %v", repeated, got, err)
		}
		st.faithful(t)
	}
}

// TestPipedreamDeleteUser deletes the users of all odd ids, each with everything of theirs and nobody else's.
func TestPipedreamDeleteUser(t *testing.T) {
	t.Parallel()
	for _, unknown := range []int{http.StatusNotFound, http.StatusNoContent} {
		st := strange(t, setting{sim: sim.Options{Pipedream: simdream.Options{UnknownUserDelete: unknown}}})
		for _, id := range oddIDs {
			before := st.production()
			got, err := st.pipedream.DeleteUser(t.Context(), id)
			if err != nil || got != pipedream.Deleted {
				t.Fatalf("%q: %v, %v", id, got, err)
			}
			after := st.production()
			if len(after.Users) != len(before.Users)-1 || len(after.Accounts) != len(before.Accounts)-2 || len(after.Triggers) != len(before.Triggers)-4 {
				t.Errorf("%q: %d, %d and %d became %d, %d and %d", id, len(before.Users), len(before.Accounts), len(before.Triggers), len(after.Users), len(after.Accounts), len(after.Triggers))
			}
			if _, there := st.PipedreamState.User("proj_man1f0ld", "production", id); there {
				t.Errorf("%q is still there", id)
			}
		}
		got, err := st.pipedream.DeleteUser(t.Context(), oddIDs[0])
		if want := map[int]pipedream.Deletion{404: pipedream.AlreadyGone, 204: pipedream.Deleted}[unknown]; err != nil || got != want {
			t.Errorf("repeated, answered %d: %v, %v", unknown, got, err)
		}
		st.faithful(t)
	}
}

// TestPipedreamEnvironmentsAreApart: a deletion in production leaves the namesake in development.
func TestPipedreamEnvironmentsAreApart(t *testing.T) {
	t.Parallel()
	st := strange(t, setting{})
	must(t, st.PipedreamState.Update(func(d *simdream.Data) {
		d.Projects[0].Development = simdream.Environment{Users: []simdream.ExternalUser{{ID: "exu_dev", ExternalID: oddIDs[0]}}}
	}))
	if got, err := st.pipedream.DeleteUser(t.Context(), oddIDs[0]); err != nil || got != pipedream.Deleted {
		t.Fatal(got, err)
	}
	if _, there := st.PipedreamState.User("proj_man1f0ld", "development", oddIDs[0]); !there {
		t.Error("the user of the other environment is gone")
	}
}

// TestPipedreamImpossibleIDsStayHome: these would reach another route, so nothing is sent.
func TestPipedreamImpossibleIDsStayHome(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	before := st.production()
	for _, id := range []string{"", ".", "..", strings.Repeat("x", 251)} {
		_, accounts := st.pipedream.Accounts(t.Context(), pipedream.AccountFilter{ExternalUserID: &id})
		_, direct := st.pipedream.UserAccounts(t.Context(), id, "")
		_, triggers := st.pipedream.DeployedTriggers(t.Context(), id)
		_, deletion := st.pipedream.DeleteUser(t.Context(), id)
		for _, err := range []error{accounts, direct, triggers, deletion} {
			if fault.KindOf(err) != fault.BadUserInput {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if n := st.PipedreamServer.Usage().Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
	if after := st.production(); len(after.Users) != len(before.Users) {
		t.Error("somebody is gone")
	}
}
