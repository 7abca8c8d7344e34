package action

import (
	"context"
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// What a Store refuses.
var (
	// ErrNotFound: there is no such action.
	ErrNotFound = errors.New("action: there is no such action")
	// ErrKeyReused: the idempotency key belongs to another input.
	ErrKeyReused = errors.New("action: the idempotency key belongs to another input")
	// ErrChanged: somebody else has changed the action since it was read. Read it again and decide again.
	ErrChanged = errors.New("action: the action has changed since it was read")
	// ErrLeaseLost: the claim has ended and somebody else may have claimed the action.
	ErrLeaseLost = errors.New("action: the claim has ended")
	// ErrBusy: a step of another action with the same lock is running.
	ErrBusy = errors.New("action: another act on the same person is running")
)

// Key is a client's idempotency key. Value is "" where the client gave none.
type Key struct {
	// Actor is the principal's name: keys of one principal never meet another's.
	Actor string
	Value string
	// Input is a digest of the mutation's name and its input.
	Input [32]byte
}

// Store keeps actions, and writes the audit log in the transaction that changes
// them. Its methods are safe for concurrent use, also by several processes. Every
// error that is none of the above means that it is not known whether the change
// was made; a caller reads before it goes on.
type Store interface {
	// Create keeps a new action, the key that it answers to and notes, all or
	// nothing. Where the key is known with the same input it changes nothing, writes
	// no notes, and answers the first action and false; with another input ErrKeyReused.
	// Of several at once with one key exactly one is first.
	Create(ctx context.Context, a Action, key Key, notes ...Note) (stored Action, first bool, err error)
	// ByKey answers the action that was created with the key; ErrNotFound, or
	// ErrKeyReused where its input was another.
	ByKey(ctx context.Context, key Key) (Action, error)
	// Get answers one action; ErrNotFound.
	Get(ctx context.Context, id ID) (Action, error)
	// List answers actions, newest first by id, after the given id (zero: from the newest).
	List(ctx context.Context, f Filter, after ID, limit int) ([]Action, error)

	// Claim gives holder the action that has been due the longest at now and that
	// nobody holds, until the given time; false where there is none. The action's Fence
	// is larger than that of any claim of it before.
	Claim(ctx context.Context, holder string, now, until time.Time) (Action, bool, error)
	// Extend keeps a claim until another time; ErrLeaseLost where fence is not the
	// newest claim's, or it has ended by now.
	Extend(ctx context.Context, id ID, fence int64, now, until time.Time) error
	// Release ends a claim at once. It does nothing where it has ended.
	Release(ctx context.Context, id ID, fence int64) error

	// Update keeps a changed action and writes notes, all or nothing, and answers
	// it with its next Revision. It refuses
	//   - ErrChanged where a.Revision is not the stored one,
	//   - ErrLeaseLost where a.Fence is not 0 and not the newest claim's,
	//   - ErrBusy where another action holds one of a.Holds.
	// The action then holds the locks a.Holds and none else. A lock outlives its
	// holder's claim: only another Update of the same action gives it up.
	Update(ctx context.Context, a Action, notes ...Note) (Action, error)

	// Find keeps a finding and writes notes, once: false where one with the same
	// Action, Identity and What is kept already.
	Find(ctx context.Context, f Finding, notes ...Note) (bool, error)
	// Findings answers findings, newest first by id, after the given id.
	Findings(ctx context.Context, after ID, limit int) ([]Finding, error)
}

// Filter says which actions; what is zero excludes none.
type Filter struct {
	// People: any of them is among Action.People.
	People []person.ID
	Actor  string
	Acts   []Act
	// States: Action.State as of the last Create or Update.
	States []State
	// Since and Until bound CreatedAt: Since included, Until not.
	Since, Until time.Time
}

// Finding is something that an act has left behind, or that came back after it.
type Finding struct {
	ID ID
	At time.Time
	// Action is the act after which it was found.
	Action ID
	// What is the finding's kind.
	What     FindingKind
	Source   person.SourceID
	Identity person.Key
	Person   person.ID
}

// FindingKind says what was found.
type FindingKind string

// The kinds of findings. CameBack: an identity that an offboarding had taken away
// or deactivated is there again, or a new one is there of the same person.
const CameBack FindingKind = "CAME_BACK"
