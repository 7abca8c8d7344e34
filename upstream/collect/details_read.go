package collect

import (
	"cmp"
	"context"
	"slices"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func (d *Details) readPermissions(ctx context.Context, g *Gate, u *person.Identity) ([]person.Permission, error) {
	c, id, err := d.pipedrive(u, g)
	if err != nil {
		return nil, err
	}
	all, err := c.Permissions(ctx, id)
	return sorted(all, func(p person.Permission) string { return p.Name }), err
}

func (d *Details) readRoleAssignments(ctx context.Context, g *Gate, u *person.Identity) ([]person.RoleAssignment, error) {
	c, id, err := d.pipedrive(u, g)
	if err != nil {
		return nil, err
	}
	all, err := c.RoleAssignments(ctx, id)
	return sorted(all, func(a person.RoleAssignment) int64 { return a.RoleID }), err
}

func (d *Details) readRoleSettings(ctx context.Context, g *Gate, u *person.Identity) ([]person.RoleSetting, error) {
	c, id, err := d.pipedrive(u, g)
	if err != nil {
		return nil, err
	}
	all, err := c.RoleSettings(ctx, id)
	return sorted(all, func(s person.RoleSetting) string { return s.Name }), err
}

func (d *Details) readFollowers(ctx context.Context, g *Gate, u *person.Identity) ([]person.Follower, error) {
	c, id, err := d.pipedrive(u, g)
	if err != nil {
		return nil, err
	}
	return everyFollower(ctx, c, id)
}

func (d *Details) readTriggers(ctx context.Context, g *Gate, u *person.Identity) ([]person.DeployedTrigger, error) {
	as, ok := d.sources.Pipedream[u.Source]
	if !ok || u.Pipedream == nil {
		return nil, unreadable(u)
	}
	all, err := as(wire.Interactive, g).DeployedTriggers(ctx, u.Pipedream.ExternalUserID)
	return sorted(all, func(t person.DeployedTrigger) string { return t.ID }), err
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
