package pipedrive_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
)

var asOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// batch reads me and a list of user records as a client would, and converts them.
func batch(t *testing.T, me string, users ...string) person.Batch {
	t.Helper()
	m, err := says(t, 200, ok(me)).client(t, nil).Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := says(t, 200, ok(`[`+strings.Join(users, ",")+`]`)).client(t, nil).Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pipedrive.Convert("pipedrive-acme", m, list, asOf)
}

func find(t *testing.T, b person.Batch, id string) *person.Identity {
	t.Helper()
	i := slices.IndexFunc(b.Identities, func(i *person.Identity) bool { return i.Key.ID == id })
	if i < 0 {
		t.Fatalf("no identity %s", id)
	}
	return b.Identities[i]
}

func TestWholeUserIsConverted(t *testing.T) {
	b := batch(t, annMe, annUser)
	company := &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"},
		Source: "pipedrive-acme", Name: "Acme", MembersComplete: true}
	sales := &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompanyApp, ID: "sales"},
		Source: "pipedrive-acme", Name: "sales", Parent: company, MembersComplete: true}
	lang, role := 1, int64(1)
	login := time.Date(2026, 6, 7, 11, 12, 13, 0, time.UTC)
	created := time.Date(2025, 2, 3, 8, 15, 0, 0, time.UTC)
	want := person.Batch{
		Source: "pipedrive-acme", System: person.Pipedrive, Account: "7001", AsOf: asOf,
		Coverage:  person.Coverage{Seen: 1, Total: 1, Complete: true, GrantsComplete: true},
		Resources: []*person.Resource{company, sales},
		Identities: []*person.Identity{{
			Key: person.Key{System: person.Pipedrive, Account: "7001", ID: "20480117"}, Source: "pipedrive-acme",
			Name: "Ann Example", Email: "ann@example.com", EmailVerified: true, CreatedAt: created, LastSeenAt: login,
			Grants: []person.Grant{{Resource: company, Level: person.LevelAdmin}, {Resource: sales, Level: person.LevelMember}},
			Pipedrive: &person.PipedriveUser{
				UserID: 20480117, CompanyID: 7001, Lang: &lang, Locale: "en_US", TimezoneName: "Europe/Tallinn", TimezoneOffset: "+02:00",
				DefaultCurrency: "EUR", RoleID: &role, ActiveFlag: true, HasCreatedCompany: true, Modified: login, LastLogin: login,
				Access: []person.PipedriveAccess{{App: "global", Admin: true, PermissionSetID: "5b1f0c3e-1"}, {App: "sales", PermissionSetID: "5b1f0c3e-2"}},
			},
		}},
	}
	if diff := cmp.Diff(want, b, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if all, _ := json.Marshal(b); strings.Contains(string(all), "5550100") {
		t.Error("the phone of the token's user is in the shared batch")
	}
}

func TestStates(t *testing.T) {
	for name, c := range map[string]struct {
		record   string
		state    person.State
		verified bool
		name     string
		grants   int
	}{
		"active":                   {`"name":"Bo","email":"bo@example.com","active_flag":1,"last_login":"2026-01-01 00:00:00","access":[{"app":"sales"}]`, person.StateActive, true, "Bo", 2},
		"never logged in":          {`"name":"Bo","email":"bo@example.com","active_flag":true,"last_login":null`, person.StateActive, false, "Bo", 1},
		"deactivated":              {`"name":"Bo","email":"bo@example.com","active_flag":false,"last_login":"2026-01-01 00:00:00","access":[{"app":"sales"}]`, person.StateInactive, false, "Bo", 0},
		"deactivated as 0":         {`"name":"Bo","email":"bo@example.com","active_flag":0`, person.StateInactive, false, "Bo", 0},
		"invited":                  {`"name":"Bo@Example.com","email":"bo@example.com","active_flag":true,"last_login":null,"access":[{"app":"sales"}]`, person.StateUnconfirmed, false, "", 2},
		"named by address, active": {`"name":"bo@example.com","email":"bo@example.com","active_flag":true,"last_login":"2026-01-01 00:00:00"`, person.StateActive, true, "", 1},
		"only an id":               {`"name":null`, person.StateActive, false, "", 1},
		"garbage in every field":   {`"name":{},"email":[],"active_flag":"x","is_deleted":{},"last_login":"then","access":{"app":1},"role_id":"r","lang":{}`, person.StateActive, false, "", 1},
		"erased":                   {`"name":"(deleted user)","email":"bo@example.com","is_deleted":true,"active_flag":false,"icon_url":"http://x/bo.png","access":[{"app":"sales"}]`, person.StateErased, false, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			i := find(t, batch(t, annMe, annUser, `{"id":"7",`+c.record+`}`), "7")
			if i.State != c.state || i.EmailVerified != c.verified || i.Name != c.name || len(i.Grants) != c.grants {
				t.Errorf("state %v, verified %v, name %q, %d grants", i.State, i.EmailVerified, i.Name, len(i.Grants))
			}
			if c.state == person.StateErased && (i.Email != "" || i.AvatarURL != "" || len(i.Pipedrive.Access) != 0 || !i.Pipedrive.IsDeleted) {
				t.Errorf("an erased user keeps %+v", i)
			}
		})
	}
}

func TestUnreadableRecordsCostOnlyThemselves(t *testing.T) {
	b := batch(t, annMe, annUser, `{"id":null,"name":"Nobody"}`, `"text"`, `null`, `{"id":8,"access":[null,7,{"app":null},{"app":"nova","admin":"1"},{"app":"nova"}]}`)
	if len(b.Identities) != 2 || b.Coverage.Complete || b.Coverage.Seen != 2 || b.Coverage.Total != 5 || !slices.Equal(b.Coverage.Gaps, []string{"users without a readable id: 3"}) {
		t.Fatalf("%d identities, %+v", len(b.Identities), b.Coverage)
	}
	i := find(t, b, "8")
	if len(i.Grants) != 2 || i.Grants[1].Resource.Key.ID != "nova" || i.Grants[1].Level != person.LevelAdmin || i.Grants[1].Resource.MembersComplete {
		t.Errorf("grants %+v", i.Grants)
	}
}

func TestResourcesAreSharedAndOnlyAnAdminSeesAllMembers(t *testing.T) {
	b := batch(t, annMe, annUser, `{"id":8,"access":[{"app":"sales"}]}`, `{"id":8,"name":"Later","access":[{"app":"sales"}]}`)
	ann, other := find(t, b, "20480117"), find(t, b, "8")
	if len(b.Identities) != 2 || other.Name != "Later" || ann.Grants[1].Resource != other.Grants[1].Resource {
		t.Errorf("two identities, one resource expected: %d, %v", len(b.Identities), other.Name)
	}
	plain := batch(t, `{"id":8,"company_id":"7001","company_domain":"acme","access":[{"app":"global","admin":false}]}`, annUser)
	if r := plain.Resources[0]; r.MembersComplete || r.Name != "acme" {
		t.Errorf("a plain member's token made %+v", r)
	}
}

func TestMeNeedsBothIDs(t *testing.T) {
	for _, body := range []string{`{"id":7}`, `{"company_id":7001}`, `null`, `[]`, `{"id":"x","company_id":7001}`} {
		if _, err := says(t, 200, ok(body)).client(t, nil).Me(t.Context()); err == nil {
			t.Errorf("%s was accepted", body)
		}
	}
}
