package collect

import (
	"context"
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// Exchange is where replicas share what they know of sources, so that one of them reads each source for all. Without
// one, a replica reads every source for itself. Every method may fail because the exchange is out of reach; none
// blocks for longer than its own timeouts or ctx.
type Exchange interface {
	// TryLease takes the right to read a source for all, unless another replica has it.
	TryLease(ctx context.Context, source person.SourceID) (Lease, error)
	// Renew keeps a lease for another whole Lease.For. ErrLeaseLost when it has ended.
	Renew(ctx context.Context, source person.SourceID, fence Fence) error
	// Release ends a lease, so that others need not wait for its end.
	Release(ctx context.Context, source person.SourceID, fence Fence) error
	// Publish tells the others what the holder of a lease knows. ErrLeaseLost when somebody with a newer fence has
	// published. The answer is the version under which it is known.
	Publish(ctx context.Context, source person.SourceID, fence Fence, r Report) (version uint64, err error)
	// Announce tells the others of changes that are newer than the last reading. Anybody may. The exchange keeps a
	// bounded number of them.
	Announce(ctx context.Context, source person.SourceID, changes []directory.Change) error
	// Latest is what has been told since version known; 0 asks for everything. Its Version is known when nothing has.
	// The reading is left out when its version is at most held. ErrUnreadable comes with an otherwise whole Report.
	Latest(ctx context.Context, source person.SourceID, known, held uint64) (Report, error)
	// Watch tells when asking may be worth it: soon after something was told, and now and then in case that was
	// missed. The channel holds one signal; stop ends it.
	Watch(source person.SourceID) (news <-chan struct{}, stop func())
}

// Fence is the number of a lease. A later lease of the same source has a greater one.
type Fence uint64

// Lease is the answer to who may read a source.
type Lease struct {
	// Fence is 0 when somebody else has the lease.
	Fence Fence
	// For is how long the lease lasts without renewal; of somebody else's, how long it lasts yet.
	For time.Duration
}

// Report is what replicas tell each other of one source.
type Report struct {
	// Version grows with everything that is told of a source.
	Version uint64
	// Reading is the last that succeeded. Published as nil it leaves the one before.
	Reading *Reading
	// ReadingVersion is the version with which Reading was first published; 0 when it was not yet.
	ReadingVersion uint64
	// Standing is nil when nothing was told of it.
	Standing *Standing
	Changes  []directory.Change
}

// Standing is how the last attempt at a source ended, and when the next is due.
type Standing struct {
	// Reason and Code are as in person.SourceState: empty after a success.
	Reason, Code string
	RetryAt      time.Time
}

// ErrLeaseLost means that another replica reads the source now, or may.
var ErrLeaseLost = errors.New("the lease of the source was lost")

// ErrUnreadable means that a reading was told of but cannot be had: a part of it is gone, or spoilt.
var ErrUnreadable = errors.New("the shared reading cannot be had")

func standingOf(s person.SourceState) *Standing {
	return &Standing{Reason: s.Reason, Code: s.Code, RetryAt: s.RetryAt}
}
