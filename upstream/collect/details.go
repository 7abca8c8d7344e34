package collect

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
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
}

// Details reads live what the directory does not hold. Keys, lifetimes and reasons: docs/caching.md.
// Values are shared between callers, who MUST NOT change them.
type Details struct {
	costs   *Costs
	sources DetailSources

	permissions     live[userKey, person.Permission]
	roleAssignments live[userKey, person.RoleAssignment]
	roleSettings    live[roleKey, person.RoleSetting]
	followers       live[userKey, person.Follower]
	triggers        live[userKey, person.DeployedTrigger]
}

var _ people.Details = (*Details)(nil)

// NewDetails makes Details whose calls are charged to costs. Run ends what it reads behind.
func NewDetails(costs *Costs, sources DetailSources, o DetailOptions) *Details {
	options := func(fresh time.Duration) cache.Options {
		return cache.Options{Fresh: fresh, Stale: 24 * time.Hour, Flight: o.Flight, Failure: remember, Size: o.Size, Now: o.Now}
	}
	return &Details{
		costs: costs, sources: sources,
		permissions:     newLive[userKey, person.Permission](costs, "PipedriveUser.permissions", options(10*time.Minute)),
		roleAssignments: newLive[userKey, person.RoleAssignment](costs, "PipedriveUser.roleAssignments", options(10*time.Minute)),
		roleSettings:    newLive[roleKey, person.RoleSetting](costs, "PipedriveUser.roleSettings", options(time.Hour)),
		followers:       newLive[userKey, person.Follower](costs, "PipedriveUser.followers", options(10*time.Minute)),
		triggers:        newLive[userKey, person.DeployedTrigger](costs, "PipedreamUser.deployedTriggers", options(5*time.Minute)),
	}
}

// Run ends, when ctx does, all reads that go on behind their callers.
func (d *Details) Run(ctx context.Context) error {
	<-ctx.Done()
	d.permissions.cache.Close()
	d.roleAssignments.cache.Close()
	d.roleSettings.cache.Close()
	d.followers.cache.Close()
	d.triggers.cache.Close()
	return nil
}

// remember is how long a failed read is not tried again: as long as the failure says, within reason.
func remember(err error) time.Duration {
	f := fault.From(err)
	if f.Kind == fault.NotFound {
		return time.Minute
	}
	return min(max(f.RetryAfter, 2*time.Second), time.Minute)
}

// userKey is one account as one source sees it: another credential may see less.
type userKey struct {
	source person.SourceID
	key    person.Key
}

func keyOf(u *person.Identity) userKey { return userKey{source: u.Source, key: u.Key} }

// roleKey is a role of one company; or a user's unknown role, named by the user.
type roleKey struct {
	source  person.SourceID
	account string
	role    int64
	user    int64
}

// Permissions is people.Details'.
func (d *Details) Permissions(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.Permission] {
	return d.permissions.read(ctx, a, users, keyOf, func(ctx context.Context, g *Gate, u *person.Identity) ([]person.Permission, error) {
		c, id, err := d.pipedrive(u, g)
		if err != nil {
			return nil, err
		}
		all, err := c.Permissions(ctx, id)
		return sorted(all, func(p person.Permission) string { return p.Name }), err
	})
}

// RoleAssignments is people.Details'.
func (d *Details) RoleAssignments(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.RoleAssignment] {
	return d.roleAssignments.read(ctx, a, users, keyOf, func(ctx context.Context, g *Gate, u *person.Identity) ([]person.RoleAssignment, error) {
		c, id, err := d.pipedrive(u, g)
		if err != nil {
			return nil, err
		}
		all, err := c.RoleAssignments(ctx, id)
		return sorted(all, func(a person.RoleAssignment) int64 { return a.RoleID }), err
	})
}

// RoleSettings is people.Details'.
func (d *Details) RoleSettings(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.RoleSetting] {
	role := func(u *person.Identity) roleKey {
		k := roleKey{source: u.Source, account: u.Key.Account}
		switch {
		case u.Pipedrive == nil:
		case u.Pipedrive.RoleID != nil:
			k.role = *u.Pipedrive.RoleID
		default:
			k.user = u.Pipedrive.UserID
		}
		return k
	}
	return d.roleSettings.read(ctx, a, users, role, func(ctx context.Context, g *Gate, u *person.Identity) ([]person.RoleSetting, error) {
		c, id, err := d.pipedrive(u, g)
		if err != nil {
			return nil, err
		}
		all, err := c.RoleSettings(ctx, id)
		return sorted(all, func(s person.RoleSetting) string { return s.Name }), err
	})
}

// Followers is people.Details'.
func (d *Details) Followers(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.Follower] {
	return d.followers.read(ctx, a, users, keyOf, func(ctx context.Context, g *Gate, u *person.Identity) ([]person.Follower, error) {
		c, id, err := d.pipedrive(u, g)
		if err != nil {
			return nil, err
		}
		return everyFollower(ctx, c, id)
	})
}

// DeployedTriggers is people.Details'.
func (d *Details) DeployedTriggers(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.DeployedTrigger] {
	return d.triggers.read(ctx, a, users, keyOf, func(ctx context.Context, g *Gate, u *person.Identity) ([]person.DeployedTrigger, error) {
		as, ok := d.sources.Pipedream[u.Source]
		if !ok || u.Pipedream == nil {
			return nil, unreadable(u)
		}
		all, err := as(wire.Interactive, g).DeployedTriggers(ctx, u.Pipedream.ExternalUserID)
		return sorted(all, func(t person.DeployedTrigger) string { return t.ID }), err
	})
}

// pipedrive is the client for u's source, charging g, and u's number there.
func (d *Details) pipedrive(u *person.Identity, g *Gate) (PipedriveDetails, int64, error) {
	as, ok := d.sources.Pipedrive[u.Source]
	if !ok || u.Pipedrive == nil {
		return nil, 0, unreadable(u)
	}
	return as(wire.Interactive, g), u.Pipedrive.UserID, nil
}

func unreadable(u *person.Identity) error {
	f := fault.New(fault.SourceUnavailable, "%s is not configured to be read any more.", u.Source)
	f.Source = string(u.Source)
	return f
}

// sorted sorts all in place, which is the reader's own still. It is never nil, for nil would say "unknown".
func sorted[T any, K cmp.Ordered](all []T, by func(T) K) []T {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(by(a), by(b)) })
	if all == nil {
		return []T{}
	}
	return all
}
