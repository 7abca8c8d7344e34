package people_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// office is a small company: Ann is in all three systems, Bob in Pipedrive only,
// Cy and Di share an address, and Pipedream's development world was never read.
type office struct {
	*people.Service
	ids  *nodeid.Codec
	snap *directory.Snapshot
}

func (o office) Current() *directory.Snapshot { return o.snap }
func (o office) Begun() <-chan struct{}       { return begun }

// begun: this office's picture is complete.
var begun = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

func (o office) view(scopes ...access.Scope) (directory.View, access.Principal) {
	who := access.NewPrincipal("test", scopes...)
	return o.snap.View(who), who
}

// newOffice builds it, after the edits if there are any.
func newOffice(t testing.TB, edits ...func(*directory.Input)) office {
	t.Helper()
	ids, err := nodeid.New([]byte("a secret of the test, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	company := &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"}, Source: "pd", Name: "Acme", MembersComplete: true}
	organization := &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourceOrganization, ID: "301"}, Source: "pf", Name: "Acme Ops", MembersComplete: true}
	pipes := []*person.Resource{organization}
	for _, id := range []string{"11", "12", "13"} {
		pipes = append(pipes, &person.Resource{
			Key:    person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: id},
			Source: "pf", Name: "Pipe " + id, Parent: organization, MembersComplete: true,
		})
	}
	project := &person.Resource{Key: person.ResourceKey{System: person.Pipedream, Account: "proj_a/production", Kind: person.ResourceProject, ID: "proj_a/production"}, Source: "pr", Name: "proj_a", MembersComplete: true}
	zoom := &person.Resource{Key: person.ResourceKey{System: person.Pipedream, Account: "proj_a/production", Kind: person.ResourceConnectedApp, ID: "zoom"}, Source: "pr", Name: "Zoom", Parent: project, MembersComplete: true}
	o := office{ids: ids}
	in := directory.Input{
		Version: 1, At: noon, Linker: linker(t), PersonID: ids.PersonID,
		Sources: []person.SourceState{
			{ID: "pd", System: person.Pipedrive, Account: "7001", Title: "Acme", AsOf: noon, Health: person.HealthOK,
				Coverage: person.Coverage{Seen: 4, Total: -1, Complete: true}, CredentialOwner: pipedriveKey("1"), OwnerPhone: "+372 5555"},
			{ID: "pf", System: person.Pipefy, Account: "301", Title: "Acme Ops", AsOf: noon, Health: person.HealthOK,
				Coverage: person.Coverage{Seen: 1, Total: 1, Complete: true}},
			{ID: "pr", System: person.Pipedream, Account: "proj_a/production", AsOf: noon, Health: person.HealthOK,
				Coverage: person.Coverage{Seen: 1, Total: 1, Complete: true}},
			{ID: "pr-dev", System: person.Pipedream, Health: person.HealthUnavailable, Reason: "pr-dev did not answer.", Code: "SOURCE_UNAVAILABLE", RetryAt: noon.Add(30 * time.Second)},
		},
		Batches: []person.Batch{
			{Source: "pd", System: person.Pipedrive, Account: "7001", AsOf: noon, Coverage: person.Coverage{Seen: 4, Total: -1, Complete: true},
				Resources: []*person.Resource{company},
				Identities: []*person.Identity{
					pipedriveUser("1", "Ann Example", "ann@example.com", company),
					pipedriveUser("2", "Bob Builder", "bob@example.com", company),
					pipedriveUser("3", "Cy One", "desk@example.com", company),
					pipedriveUser("4", "Di Two", "desk@example.com", company),
				}},
			{Source: "pf", System: person.Pipefy, Account: "301", AsOf: noon, Coverage: person.Coverage{Seen: 1, Total: 1, Complete: true, GrantsComplete: true},
				Resources: pipes, Identities: []*person.Identity{{
					Key: person.Key{System: person.Pipefy, Account: "301", ID: "900"}, Source: "pf", Name: "Ann E.", Email: "Ann@Example.com",
					EmailVerified: true, Pipefy: &person.PipefyUser{UserID: "900", OrganizationRole: "admin"},
					Grants: []person.Grant{{Resource: pipes[0], Level: person.LevelAdmin, Role: "admin"}, {Resource: pipes[1], Level: person.LevelMember, Role: "member"},
						{Resource: pipes[2], Level: person.LevelMember, Role: "creator"}, {Resource: pipes[3], Level: person.LevelReader, Role: "read_and_comment"}},
				}}},
			{Source: "pr", System: person.Pipedream, Account: "proj_a/production", AsOf: noon, Coverage: person.Coverage{Seen: 1, Total: 1, Complete: true},
				Resources: []*person.Resource{project, zoom},
				Identities: []*person.Identity{{
					Grants: []person.Grant{{Resource: zoom, Level: person.LevelMember}},
					Key:    person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@example.com"}, Source: "pr", Email: "ann@example.com",
					Pipedream: &person.PipedreamUser{ExternalUserID: "ann@example.com", ProjectID: "proj_a", Environment: "production", Accounts: []person.PipedreamAccount{
						{ID: "apn_3", AppSlug: "slack", CreatedAt: noon, Dead: new(true)},
						{ID: "apn_2", AppSlug: "slack", CreatedAt: noon.Add(-time.Hour), Healthy: new(true)},
						{ID: "apn_1", AppSlug: "zoom", CreatedAt: noon.Add(-2 * time.Hour)},
					}},
				}}},
		},
	}
	for _, edit := range edits {
		edit(&in)
	}
	o.snap = directory.Build(in)
	o.Service = people.New(o, ids, func() time.Time { return noon })
	return o
}

func linker(t testing.TB) *link.Linker {
	t.Helper()
	l, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func pipedriveKey(id string) person.Key {
	return person.Key{System: person.Pipedrive, Account: "7001", ID: id}
}

func pipedriveUser(id, name, email string, company *person.Resource) *person.Identity {
	return &person.Identity{
		Key: pipedriveKey(id), Source: "pd", Name: name, Email: email, EmailVerified: true,
		Grants:    []person.Grant{{Resource: company, Level: person.LevelMember, Role: "regular"}},
		Pipedrive: &person.PipedriveUser{ActiveFlag: true, Access: []person.PipedriveAccess{{App: "sales"}, {App: "global", Admin: id == "1"}}},
	}
}
