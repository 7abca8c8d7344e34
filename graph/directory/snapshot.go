// Package directory is the immutable, indexed picture of all people, from which
// every list, filter, order, page and count is answered.
package directory

import (
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Linker decides which identities are one person. *link.Linker is one.
type Linker interface {
	// Link clusters identities; see link.Result.
	Link(identities []*person.Identity, decisions []link.Decision) link.Result
	// Canonical is the form of an address in which equal means the same mailbox,
	// and false for what is no address.
	Canonical(email string) (string, bool)
	// Keys lists all that can tie an identity to another: two identities without a
	// common key and without a decision between them never affect each other.
	Keys(identity *person.Identity) []string
}

// Input is everything a snapshot is built from.
type Input struct {
	Version uint64
	// At is when the snapshot is built.
	At time.Time
	// Batches holds the last reading of every source that has been read.
	Batches []person.Batch
	// Sources holds every configured source, also those never read.
	Sources   []person.SourceState
	Linker    Linker
	Decisions []link.Decision
	// PersonID is the id of a person whose smallest identity key is the argument. It
	// must be injective and safe for concurrent use.
	PersonID func(person.Key) person.ID
	// Redirects sends retired ids to their survivors.
	Redirects map[person.ID]person.ID
}

// Change is one identity as it is now: for webhooks and our own acts.
type Change struct {
	Key person.Key
	// Identity is nil when it is gone.
	Identity   *person.Identity
	ObservedAt time.Time
}

// Snapshot is an immutable picture; all methods are safe for concurrent use.
type Snapshot struct{ in Input }

// Build indexes and links what the sources said.
func Build(in Input) *Snapshot { return &Snapshot{in: in} }

// Apply gives a snapshot in which changes have happened, later ones last. It
// re-links only what they touch, and equals a Build from changed batches.
func (s *Snapshot) Apply(changes []Change) *Snapshot { return s }

// WithSources gives a snapshot with other source states and the same people.
func (s *Snapshot) WithSources(sources []person.SourceState) *Snapshot {
	in := s.in
	in.Sources = sources
	return &Snapshot{in: in}
}

// Version is Input.Version.
func (s *Snapshot) Version() uint64 { return s.in.Version }

// At is Input.At.
func (s *Snapshot) At() time.Time { return s.in.At }

// View is what a principal may read of s.
func (s *Snapshot) View(p access.Principal) View { return View{s: s, principal: p} }
