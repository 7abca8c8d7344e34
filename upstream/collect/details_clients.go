package collect

import (
	"context"
	"slices"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
)

// PipedriveDetails is what details need of a Pipedrive client. Errors are *wire.Failure, or the gate's own.
type PipedriveDetails interface {
	Permissions(ctx context.Context, userID int64) ([]person.Permission, error)
	// RoleAssignments reads all pages.
	RoleAssignments(ctx context.Context, userID int64) ([]person.RoleAssignment, error)
	RoleSettings(ctx context.Context, userID int64) ([]person.RoleSetting, error)
	// Followers reads the page after cursor, "" for the first; next is "" on the last.
	Followers(ctx context.Context, userID int64, cursor string) (page []person.Follower, next string, err error)
}

var (
	_ PipedriveDetails = (*pipedrive.Client)(nil)
	_ PipedreamDetails = (*pipedream.Client)(nil)
)

// PipedreamDetails is what details need of a Pipedream client.
type PipedreamDetails interface {
	// DeployedTriggers reads all pages of all emitter types.
	DeployedTriggers(ctx context.Context, externalUserID string) ([]person.DeployedTrigger, error)
}

// maxPages bounds one list of followers: at 500 a page that is more than a company has users.
const maxPages = 20

// everyFollower reads page after page. Pages are cut while people come and go, so one who is met twice counts once.
func everyFollower(ctx context.Context, c PipedriveDetails, userID int64) ([]person.Follower, error) {
	var all []person.Follower
	cursor := ""
	for range maxPages {
		page, next, err := c.Followers(ctx, userID, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" || next == cursor {
			all = sorted(all, func(f person.Follower) int64 { return f.UserID })
			return slices.CompactFunc(all, func(a, b person.Follower) bool { return a.UserID == b.UserID }), nil
		}
		cursor = next
	}
	return nil, fault.New(fault.SourceUnavailable, "This user has more followers than Manifold reads.")
}
