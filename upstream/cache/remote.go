package cache

import (
	"context"
	"time"
)

// Remote is the second level: one kind of values, shared by several processes. Tags are short and opaque. Every
// method is safe for concurrent use, has a short time limit of its own, and is atomic per tag. Its error means that
// the level cannot be asked now; the caller does without it.
type Remote interface {
	// Join answers, in the order of asks and in one round trip: a value that suffices, or a failure that is
	// remembered, or a lease to read a new value, or how long somebody else has it.
	Join(ctx context.Context, asks []Join) []Joined
	// Peek is what is held of each tag; it takes no lease.
	Peek(ctx context.Context, tags []string) ([]Held, error)
	// Renew prolongs a lease, and takes it again if the level has lost its memory. False: it has passed to
	// somebody else, or tag was invalidated.
	Renew(ctx context.Context, tag string, token int64, lease time.Duration) (bool, error)
	// Land keeps what the holder of token brought, ends its lease and tells all processes. False: a higher token
	// was given out or tag was invalidated since, and nothing was kept.
	Land(ctx context.Context, tag string, token int64, l Landing) (bool, error)
	// Invalidate makes what is held, and what leases given out so far may bring, insufficient for every Join. It
	// answers a version that is higher than all of those, and tells all processes.
	Invalidate(ctx context.Context, tag string) (version int64, err error)
	// Listen calls heard for every Notice until stop is called. Notices may be lost, doubled or late.
	Listen(heard func(Notice)) (stop func())
}

// Join is one key that a flight is for.
type Join struct {
	Tag string
	// Since: a value observed earlier does not suffice, nor does one of a version up to Beyond.
	Since  time.Time
	Beyond int64
	// Lease is for how long to lease the key if there is no such value.
	Lease time.Duration
}

// Joined is the answer to a Join.
type Joined struct {
	Held
	// Enough: what is held suffices. If not it may still stand in.
	Enough bool
	// Failure is what the last holder landed, remembered for FailureFor more; nil: nothing.
	Failure    []byte
	FailureFor time.Duration
	// Token is the lease's fencing token; 0: not given.
	Token int64
	// Left is how long somebody else has the lease unless it is renewed.
	Left time.Duration
	// Err is why this key could not be asked for.
	Err error
}

// Held is a value in the second level.
type Held struct {
	Record []byte
	// Observed is when the reading began, to the microsecond.
	Observed time.Time
	// Version is the token under which it landed; 0: nothing is held.
	Version int64
	// Outdated: it was invalidated.
	Outdated bool
}

// Landing is what a flight brought: a Record, or a Failure, or neither, which only ends the lease.
type Landing struct {
	Record   []byte
	Observed time.Time
	Failure  []byte
	// For is how long to keep it.
	For time.Duration
}

// Notice tells that something has happened to a tag: a landing under the token Version, or an invalidation.
type Notice struct {
	Tag         string
	Version     int64
	Invalidated bool
}
