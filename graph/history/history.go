// Package history is what changed in the picture from one reading of a source to the next: who appeared, left or came
// back, gained or lost a grant, changed state, was linked or unlinked. It is pure.
//
// Unknown is not absent: a reading that did not see everything brings nobody's leaving.
package history

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Kind is what happened. The numbers are stored: never reuse one.
type Kind uint8

// The kinds.
const (
	Appeared Kind = iota + 1
	Left
	// Returned: it had left, and is back.
	Returned
	StateChanged
	GrantGained
	GrantLost
	// GrantChanged: another level or role on the same resource.
	GrantChanged
	// Linked: the identity joined others who were there before it. Unlinked: it parted from them.
	Linked
	Unlinked
)

// Change is one thing that happened to one identity. It holds keys and roles, no names and no addresses, but for what an
// external user's id may be.
type Change struct {
	// Seq orders changes, over all replicas; the store gives it.
	Seq      int64
	Kind     Kind
	Source   person.SourceID
	Identity person.Key
	// Person is whose the identity is after it, or was when it left; zero where it left before that was known. OldPerson is set with Linked and Unlinked.
	Person, OldPerson person.ID
	// Observed is when the reading began that showed it, After when the one before it did: it happened between. In UTC, of
	// whole milliseconds.
	Observed, After time.Time
	// OldState and State are set with StateChanged; State with Appeared and Returned too.
	OldState, State person.State
	// Resource is set with grants; zero otherwise. OldGrant and Grant are as before and after; zero where there was none.
	Resource        person.ResourceKey
	OldGrant, Grant Reach
}

// Reach is how far a grant goes.
type Reach struct {
	Level person.Level
	// Role is the vendor's own word; "" where it has none.
	Role string
}

// Fact is what was last known of one identity.
type Fact struct {
	Key person.Key
	// Person is zero until a picture of every source said whose it is.
	Person person.ID
	State  person.State
	// Left tells that it is not there any more.
	Left bool
	// Grants are in the order of resource keys.
	Grants []Held
}

// Held is a grant of an identity.
type Held struct {
	Resource person.ResourceKey
	Reach
}

// Known is what was last known of one source.
type Known struct {
	Source person.SourceID
	// Observed is when the newest reading in it began; zero where nothing is known.
	Observed time.Time
	// Whole tells that there has been a complete reading: from then on who is new has appeared, and was not just unseen.
	Whole bool
	Facts []Fact
}

// Page says which changes, newest first.
type Page struct {
	// Before is the Seq before which to read on; 0 from the newest.
	Before int64
	// Limit is at least 1.
	Limit  int
	Filter Filter
}

// Filter says which changes; all conditions hold, and zero members ask for nothing.
type Filter struct {
	// People and Identities are alternatives: changes that concern any of them. A person is concerned as Person and as
	// OldPerson. Both empty is anybody.
	People     []person.ID
	Identities []person.Key
	Source     person.SourceID
	Kinds      []Kind
	// From is the first moment of Observed, To the first no more.
	From, To time.Time
}
