package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Asker is for whom live reads are made, and how new they have to be.
type Asker struct {
	// Client is the principal's name; Operation the operation's, "" when it has none.
	Client    string
	Operation string
	Wanted    Wanted
}

// Wanted is the caller's word on age, in the terms of HTTP's Cache-Control. The zero Wanted leaves it to the caches.
type Wanted struct {
	// MaxAge: what is older is read anew, and waited for. Nil: as old as each cache calls fresh.
	MaxAge *time.Duration
	// MaxStale: by how much more an older value may still be answered when a newer one cannot be had. Nil: as
	// long as it is held.
	MaxStale *time.Duration
	// OnlyIfCached: nothing is spent; what is not held is an error.
	OnlyIfCached bool
}

// Renewal is what came of bringing one source's identities up to date.
type Renewal struct {
	Source person.SourceID
	Cost   Cost
	// Err is a *fault.Error when what the source holds is older than was wanted; the directory still has it.
	Err error
}
