package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// As is a client's copy for one piece of work.
type As[Client any] func(wire.Class, wire.Gate) Client

// DetailSources are the clients that details are read with.
type DetailSources struct {
	Pipedrive map[person.SourceID]As[PipedriveDetails]
	Pipedream map[person.SourceID]As[PipedreamDetails]
}

// DetailOptions are what Details can do without.
type DetailOptions struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Size is how many entries each cache keeps; 100,000 when 0.
	Size int
	// Flight bounds one read, its waiting for a turn included; 1 min when 0.
	Flight time.Duration
	// Shared gives the second level for one kind of detail, which replicas share; nil: there is none.
	Shared func(kind string) cache.Remote
}

// Details reads live what the directory does not hold. Keys, lifetimes and reasons: docs/caching.md.
// Values are shared between callers, who MUST NOT change them.
type Details struct {
	costs   *Costs
	sources DetailSources

	permissions     *live[userKey, person.Permission]
	roleAssignments *live[userKey, person.RoleAssignment]
	roleSettings    *live[roleKey, person.RoleSetting]
	followers       *live[userKey, person.Follower]
	triggers        *live[userKey, person.DeployedTrigger]
}

var _ people.Details = (*Details)(nil)

// NewDetails makes Details whose calls are charged to costs. Run ends what it reads behind.
func NewDetails(costs *Costs, sources DetailSources, o DetailOptions) *Details {
	d := &Details{costs: costs, sources: sources}
	d.permissions = newLive(costs, o, kind[userKey, person.Permission]{
		field: "PipedriveUser.permissions", fresh: 10 * time.Minute, key: keyOf, load: d.readPermissions, codec: permissionCodec})
	d.roleAssignments = newLive(costs, o, kind[userKey, person.RoleAssignment]{
		field: "PipedriveUser.roleAssignments", fresh: 10 * time.Minute, key: keyOf, load: d.readRoleAssignments, codec: roleAssignmentCodec})
	d.roleSettings = newLive(costs, o, kind[roleKey, person.RoleSetting]{
		field: "PipedriveUser.roleSettings", fresh: time.Hour, key: roleOf, load: d.readRoleSettings, codec: roleSettingCodec})
	d.followers = newLive(costs, o, kind[userKey, person.Follower]{
		field: "PipedriveUser.followers", fresh: 10 * time.Minute, key: keyOf, load: d.readFollowers, codec: followerCodec})
	d.triggers = newLive(costs, o, kind[userKey, person.DeployedTrigger]{
		field: "PipedreamUser.deployedTriggers", fresh: 5 * time.Minute, key: keyOf, load: d.readTriggers, codec: triggerCodec})
	return d
}

// Run ends, when ctx does, all reads that go on behind their callers.
func (d *Details) Run(ctx context.Context) error {
	<-ctx.Done()
	for _, l := range d.byField() {
		l.close()
	}
	return nil
}

// Permissions is people.Details'.
func (d *Details) Permissions(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.Permission] {
	return d.permissions.read(ctx, a, users)
}

// RoleAssignments is people.Details'.
func (d *Details) RoleAssignments(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.RoleAssignment] {
	return d.roleAssignments.read(ctx, a, users)
}

// RoleSettings is people.Details'.
func (d *Details) RoleSettings(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.RoleSetting] {
	return d.roleSettings.read(ctx, a, users)
}

// Followers is people.Details'.
func (d *Details) Followers(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.Follower] {
	return d.followers.read(ctx, a, users)
}

// DeployedTriggers is people.Details'.
func (d *Details) DeployedTriggers(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.DeployedTrigger] {
	return d.triggers.read(ctx, a, users)
}
