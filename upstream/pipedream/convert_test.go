package pipedream_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
)

var asOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// batch sweeps the given answers as a collector would, and converts them.
func batch(t *testing.T, users, accounts string) person.Batch {
	t.Helper()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/users") {
			fmt.Fprint(w, users)
			return
		}
		fmt.Fprint(w, accounts)
	}).quiet(t)
	u, err := c.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Accounts(t.Context(), pipedream.AccountFilter{})
	if err != nil {
		t.Fatal(err)
	}
	b := pipedream.Convert("pipedream-prod", c.Project(), u, a, asOf)
	slices.SortFunc(b.Identities, func(x, y *person.Identity) int { return x.Key.Compare(y.Key) })
	slices.SortFunc(b.Resources, func(x, y *person.Resource) int { return x.Key.Compare(y.Key) })
	return b
}

func account(id, owner, app, created, more string) string {
	return fmt.Sprintf(`{"id":"apn_%s","external_id":%q,"app":{"name_slug":%q,"name":%q},"created_at":%q%s}`, id, owner, app, strings.ToUpper(app), created, more)
}

func TestWholeUserIsConverted(t *testing.T) {
	b := batch(t, list("x", 1, `{"id":"exu_9","external_id":"user-7","created_at":"2026-01-05T10:00:00Z"}`), list("x", 1, anaAccount))
	key := func(kind person.ResourceKind, id string) person.ResourceKey {
		return person.ResourceKey{System: person.Pipedream, Account: "proj_abc123/production", Kind: kind, ID: id}
	}
	project := &person.Resource{Key: key(person.ResourceProject, "proj_abc123/production"), Source: "pipedream-prod", Name: "proj_abc123/production", MembersComplete: true}
	app := &person.Resource{Key: key(person.ResourceConnectedApp, "pipedrive"), Source: "pipedream-prod", Name: "Pipedrive", Parent: project, MembersComplete: true}
	at, healthy := time.Date(2026, 3, 25, 17, 49, 15, 0, time.UTC), true
	want := person.Batch{
		Source: "pipedream-prod", System: person.Pipedream, Account: "proj_abc123/production", AsOf: asOf,
		Coverage:  person.Coverage{Seen: 1, Total: 1, Complete: true, GrantsComplete: true},
		Resources: []*person.Resource{project, app},
		Identities: []*person.Identity{{
			Key: person.Key{System: person.Pipedream, Account: "proj_abc123/production", ID: "user-7"}, Source: "pipedream-prod",
			CreatedAt: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC),
			Grants:    []person.Grant{{Resource: project, Role: "external_user"}, {Resource: app, Level: person.LevelMember}},
			Pipedream: &person.PipedreamUser{
				ExternalUserID: "user-7", UserID: "exu_9", ProjectID: "proj_abc123", Environment: "production",
				Accounts: []person.PipedreamAccount{{
					ID: "apn_k3Hq2Za", Name: "ana@example.com", AppSlug: "pipedrive", AppName: "Pipedrive", AuthType: "oauth", Healthy: &healthy,
					AuthorizedScopes: []string{"base", "7"}, CreatedAt: at, UpdatedAt: at, NextRefreshAt: time.Date(2026, 3, 25, 18, 46, 15, 0, time.UTC),
				}},
			},
		}},
	}
	if diff := cmp.Diff(want, b, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if all, _ := json.Marshal(b); strings.Contains(string(all), "SECRET") {
		t.Errorf("a secret entered the process: %s", all)
	}
}

func TestAccountsAreGroupedAndOrdered(t *testing.T) {
	b := batch(t, list("", 2, user(1), user(2)), list("", 6,
		account("old", "user-1", "slack", "2026-01-01T00:00:00Z", ``),
		account("new", "user-1", "slack", "2026-02-01T00:00:00Z", `,"dead":true,"healthy":false`),
		account("gh", "user-1", "github", "2025-01-01T00:00:00Z", `,"dead":true`),
		account("tieb", "user-1", "zoom", "2025-01-01T00:00:00Z", ``),
		account("tiea", "user-1", "zoom", "2025-01-01T00:00:00Z", ``),
		account("lone", "User-1", "slack", "2026-01-01T00:00:00Z", ``),
	))
	if len(b.Identities) != 3 || !b.Coverage.Complete || b.Coverage.Seen != 3 || b.Coverage.Total != 3 {
		t.Fatalf("%d identities, %+v", len(b.Identities), b.Coverage)
	}
	lone, one, two := b.Identities[0], b.Identities[1], b.Identities[2]
	var ids []string
	for _, a := range one.Pipedream.Accounts {
		ids = append(ids, a.ID)
	}
	if got := strings.Join(ids, " "); got != "apn_gh apn_new apn_old apn_tiea apn_tieb" {
		t.Errorf("accounts in the order %s", got)
	}
	var grants []string
	for _, g := range one.Grants {
		grants = append(grants, fmt.Sprint(g.Resource.Key.ID, g.Level, g.Role))
	}
	// Github's only account is dead; slack has a living one behind the newer dead one.
	if got := strings.Join(grants, " | "); got != fmt.Sprintf("proj_abc123/production%[1]dexternal_user | github%[1]ddead | slack%[2]d | zoom%[2]d", person.LevelOther, person.LevelMember) {
		t.Errorf("grants %s", got)
	}
	if lone.Key.ID != "User-1" || lone.Pipedream.UserID != "" || len(lone.Pipedream.Accounts) != 1 || lone.Grants[1].Resource != one.Grants[2].Resource {
		t.Errorf("an account without a user row made %+v", lone)
	}
	if two.Pipedream.UserID != "exu_2" || len(two.Pipedream.Accounts) != 0 || len(two.Grants) != 1 {
		t.Errorf("a user without accounts made %+v", two)
	}
}

func TestCoverageNamesWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		users, accounts string
		total           int
		gap             string
	}{
		"users promised":      {list("", 9, user(1)), list("", 0), 9, "external users promised but not sent: 8"},
		"accounts promised":   {list("", 1, user(1)), list("", 2, account("a", "user-1", "slack", "", ``)), 1, "accounts promised but not sent: 1"},
		"users unreadable":    {list("", 2, user(1), `{"id":"exu_2"}`), list("", 0), 2, "external users without a readable id: 1"},
		"accounts unreadable": {list("", 1, user(1)), list("", 1, `{"external_id":"user-1"}`), 1, "accounts without a readable id: 1"},
		"pages in a circle":   {`{"data":[` + user(1) + `],"page_info":{"end_cursor":"a"}}`, list("", 0), -1, "the pages of a list ran in a circle"},
		"accounts ownerless":  {list("", 1, user(1)), list("", 1, `{"id":"apn_1"}`), 1, "accounts that do not name their external user: 1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := batch(t, c.users, c.accounts)
			if b.Coverage.Complete || b.Coverage.Total != c.total || len(b.Coverage.Gaps) != 1 || b.Coverage.Gaps[0] != c.gap {
				t.Errorf("%+v", b.Coverage)
			}
			if b.Resources[0].MembersComplete {
				t.Error("members are called complete")
			}
		})
	}
	if b := batch(t, `{"data":[`+user(1)+`]}`, `{"data":[]}`); b.Coverage.Total != -1 || !b.Coverage.Complete {
		t.Errorf("without totals: %+v", b.Coverage)
	}
}

func TestOldAndBareAccounts(t *testing.T) {
	b := batch(t, list("", 0), list("", 3, `{"id":"apn_1","external_id":"u","app":{"id":"app_1","name":"Slack"}}`, `{"id":"apn_2","external_id":"u"}`,
		`{"id":"apn_3","external_id":7,"app":"slack","name":{},"healthy":"1","dead":"no","created_at":1780830733000,"authorized_scopes":"x","expires_at":[]}`))
	number, u := b.Identities[0], b.Identities[1]
	if len(u.Grants) != 2 || u.Grants[1].Resource.Key.ID != "Slack" {
		t.Errorf("grants %+v", u.Grants)
	}
	a := number.Pipedream.Accounts[0]
	if number.Key.ID != "7" || a.Healthy == nil || !*a.Healthy || a.Dead != nil || a.CreatedAt.Year() != 2026 || len(number.Grants) != 1 {
		t.Errorf("%+v", a)
	}
	i := pipedream.Identity("pipedream-prod", prod, "u", pipedream.User{}, nil)
	if i.Key != u.Key || i.Pipedream.ExternalUserID != "u" || len(i.Grants) != 1 || i.Grants[0].Resource.MembersComplete {
		t.Errorf("%+v", i)
	}
}
