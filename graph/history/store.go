package history

import (
	"context"
	"errors"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Record is what one reading of a source brought.
type Record struct {
	Source person.SourceID
	// Since is Known.Observed that it was compared with, and Observed the reading's own.
	Since, Observed time.Time
	Whole           bool
	// Changes have no Seq yet. Facts are those that are different or new; the others stay.
	Changes []Change
	Facts   []Fact
}

// Store keeps changes and what was last known. All replicas of one Manifold have one. It is safe for concurrent use.
type Store interface {
	// KnownSince is when the newest reading of a source that was recorded began; zero where none was.
	KnownSince(ctx context.Context, source person.SourceID) (time.Time, error)
	// Known reads what was last known of a source, facts in any order, those who left included.
	Known(ctx context.Context, source person.SourceID) (Known, error)
	// AppendChanges adds the changes in their order, replaces the facts of the same keys, and sets Observed and Whole of the
	// source; all in one transaction, and only if what the source was known at is still Since. Otherwise it changes nothing
	// and answers ErrRecorded: another replica has recorded a reading.
	AppendChanges(ctx context.Context, r Record) error
	// Changes reads a page, newest first, and tells whether more follow.
	Changes(ctx context.Context, p Page) (changes []Change, more bool, err error)
}

// ErrRecorded is a Store's answer to a Record that was compared with what is no longer the last known.
var ErrRecorded = errors.New("history: another reading has been recorded since")
