package action_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// office is a company whose administrators are Ann and Bob, and whose credential is Cy's. Ann is in all three systems.
type office struct {
	*action.Desk
	*action.Memory
	ids  *nodeid.Codec
	snap *directory.Snapshot
}

func (o *office) Current() *directory.Snapshot { return o.snap }
func (o *office) Begun() <-chan struct{}       { c := make(chan struct{}); close(c); return c }

// Await does nothing: what is decided stays as it is.
func (o *office) Await(ctx context.Context, id action.ID) (action.Action, error) {
	return o.Get(ctx, id)
}

type unread struct{ people.Details }

func (unread) DeployedTriggers(_ context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.DeployedTrigger] {
	return make([]people.Detail[[]person.DeployedTrigger], len(users))
}

func user(id string) person.Key { return person.Key{System: person.Pipedrive, Account: "7001", ID: id} }
func member(id string) person.Key {
	return person.Key{System: person.Pipefy, Account: "301", ID: id}
}

var (
	company      = &person.Resource{Key: person.ResourceKey{System: person.Pipedrive, Account: "7001", Kind: person.ResourceCompany, ID: "7001"}, Source: "pd", Name: "Acme"}
	organization = &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourceOrganization, ID: "301"}, Source: "pf", Name: "Acme Ops"}
	pipe         = &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourcePipe, ID: "11"}, Source: "pf", Name: "Hiring", Parent: organization}
	table        = &person.Resource{Key: person.ResourceKey{System: person.Pipefy, Account: "301", Kind: person.ResourceTable, ID: "t1"}, Source: "pf", Name: "Laptops", Parent: organization}
	project      = &person.Resource{Key: person.ResourceKey{System: person.Pipedream, Account: "proj_a/production", Kind: person.ResourceProject, ID: "proj_a/production"}, Source: "pr", Name: "proj_a"}
)

func newOffice(t *testing.T, edits ...func(*directory.Input)) *office {
	t.Helper()
	ids, err := nodeid.New([]byte("a secret that is long enough for ids"))
	if err != nil {
		t.Fatal(err)
	}
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	drive := func(id, email string, level person.Level) *person.Identity {
		return &person.Identity{
			Key: user(id), Source: "pd", Name: email, Email: email, EmailVerified: true, Grants: []person.Grant{{Resource: company, Level: level}},
			Pipedrive: &person.PipedriveUser{ActiveFlag: true},
		}
	}
	fy := func(id, email string, level person.Level) *person.Identity {
		return &person.Identity{
			Key: member(id), Source: "pf", Name: email, Email: email, EmailVerified: true, Pipefy: &person.PipefyUser{UserID: id},
			Grants: []person.Grant{{Resource: organization, Level: level}, {Resource: pipe, Level: level}, {Resource: table, Level: level}},
		}
	}
	whole := person.Coverage{Complete: true, GrantsComplete: true, Total: -1}
	in := directory.Input{
		Version: 1, At: noon, Linker: linker, PersonID: ids.PersonID,
		Sources: []person.SourceState{
			{ID: "pd", System: person.Pipedrive, Account: "7001", AsOf: noon, Health: person.HealthOK, Coverage: whole, CredentialOwner: user("3")},
			{ID: "pf", System: person.Pipefy, Account: "301", AsOf: noon, Health: person.HealthOK, Coverage: whole, CredentialOwner: member("903")},
			{ID: "pr", System: person.Pipedream, Account: "proj_a/production", AsOf: noon, Health: person.HealthOK, Coverage: whole},
		},
		Batches: []person.Batch{
			{Source: "pd", System: person.Pipedrive, Account: "7001", AsOf: noon, Coverage: whole, Resources: []*person.Resource{company}, Identities: []*person.Identity{
				drive("1", "ann@acme.example", person.LevelAdmin), drive("2", "bob@acme.example", person.LevelAdmin), drive("3", "cy@acme.example", person.LevelMember),
			}},
			{Source: "pf", System: person.Pipefy, Account: "301", AsOf: noon, Coverage: whole, Resources: []*person.Resource{organization, pipe, table}, Identities: []*person.Identity{
				fy("901", "ann@acme.example", person.LevelMember), fy("903", "cy@acme.example", person.LevelAdmin),
			}},
			{Source: "pr", System: person.Pipedream, Account: "proj_a/production", AsOf: noon, Coverage: whole, Resources: []*person.Resource{project}, Identities: []*person.Identity{{
				Key: person.Key{System: person.Pipedream, Account: "proj_a/production", ID: "ann@acme.example"}, Source: "pr", Email: "ann@acme.example",
				Grants: []person.Grant{{Resource: project, Level: person.LevelMember}},
				Pipedream: &person.PipedreamUser{ExternalUserID: "ann@acme.example", ProjectID: "proj_a", Environment: "production",
					Accounts: []person.PipedreamAccount{{ID: "apn_1", AppSlug: "zoom", CreatedAt: noon}}},
			}}},
		},
	}
	for _, edit := range edits {
		edit(&in)
	}
	o := &office{Memory: action.NewMemory(), ids: ids, snap: directory.Build(in)}
	o.Desk = action.NewDesk(action.DeskOptions{
		Directory: o, IDs: ids, Store: o.Memory, Runner: o, Details: unread{}, Price: func(action.Step) (int, int) { return 1, 1 },
		Now: func() time.Time { return noon }, Random: zeros{},
	})
	return o
}

// zeros are no surprise.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// everything is who may do all of it; part sees Pipedream alone.
var (
	everything = access.NewPrincipal("key:admin", append([]access.Scope{access.ScopeDirectoryRead, access.ScopeEmailsRead}, access.ActScopes...)...)
	unforced   = access.NewPrincipal("key:desk", access.ScopeDirectoryRead, access.ScopePipedriveWrite, access.ScopePipefyWrite, access.ScopePipedreamWrite, access.ScopeActionsRead)
	part       = access.Grant("key:part", access.Role{
		Scopes: []access.Scope{access.ScopeDirectoryRead, access.ScopePipedreamWrite, access.ScopeActionsRead}, Rows: access.Rows{Sources: access.Only("pr")},
	})
)

func (o *office) personOf(t *testing.T, k person.Key) person.ID {
	t.Helper()
	i, ok := o.snap.View(access.Principal{}).Identity(k)
	if !ok {
		t.Fatalf("%v is not there", k)
	}
	return i.Person().ID()
}

func codes(p *action.Payload) (out []people.UserErrorCode) {
	for _, e := range p.UserErrors {
		out = append(out, e.Code)
	}
	return out
}

func has(p *action.Payload, code people.UserErrorCode) bool { return slices.Contains(codes(p), code) }
