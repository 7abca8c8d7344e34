package people

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Detail is what a live read of one thing came to.
type Detail[T any] struct {
	// Value is zero when nothing could be read and nothing was held. It may be set
	// together with Err: then it is what was held, and Err says why it is not newer.
	Value T
	// Held says that Value is real, fresh or stale.
	Held      bool
	Freshness person.Freshness
	// FreshUntil is when Value stops being as good as a new one; zero when that is past or unknown.
	FreshUntil time.Time
	// Waited says that the caller waited for Value to be read, whoever's flight that was.
	Waited bool
	Cost   Cost
	// Err is a *fault.Error or nil.
	Err error
}

// Cost is what the caller's own flight spent at a source: nothing on a cache
// hit or when somebody else's flight was shared.
type Cost struct {
	Source person.SourceID
	Calls  int
	Tokens int
	// Saved is what the same answer would have cost without a cache.
	Saved int
}

// Details reads what the directory does not hold, live and through caches. Each
// method answers in the order of its users, one Detail each, and returns when
// all are known or ctx ends, whichever is first: what is missing then carries an
// Err that says when to come back, and goes on being read behind.
type Details interface {
	// Permissions of Pipedrive users, sorted by name.
	Permissions(ctx context.Context, a Asker, users []*person.Identity) []Detail[[]person.Permission]
	// RoleAssignments of Pipedrive users, sorted by role id.
	RoleAssignments(ctx context.Context, a Asker, users []*person.Identity) []Detail[[]person.RoleAssignment]
	// RoleSettings of the roles of Pipedrive users, one call per role, sorted by name.
	RoleSettings(ctx context.Context, a Asker, users []*person.Identity) []Detail[[]person.RoleSetting]
	// Followers of Pipedrive users, all of them, sorted by user id.
	Followers(ctx context.Context, a Asker, users []*person.Identity) []Detail[[]person.Follower]
	// DeployedTriggers of Pipedream external users, of all types, sorted by id.
	DeployedTriggers(ctx context.Context, a Asker, users []*person.Identity) []Detail[[]person.DeployedTrigger]
}

// Renewer reads identities of the directory anew where they are older than an asker accepts.
type Renewer interface {
	// Renew brings users, or more, up to a.Wanted.MaxAge, as cheaply as it knows how, and patches the directory
	// with what it learned. It answers one Renewal per source that it had to ask, and nothing at all, for no
	// cost, where a.Wanted.MaxAge is nil or all are new enough. It returns when all is known or ctx ends.
	Renew(ctx context.Context, a Asker, users []*person.Identity) []Renewal
}
