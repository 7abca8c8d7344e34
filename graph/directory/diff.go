package directory

import "github.com/manifold-graph/manifold/graph/person"

// EventKind is what happened between two snapshots.
type EventKind uint8

// The kinds of events.
const (
	IdentityAppeared EventKind = iota + 1
	IdentityLeft
	StateChanged
	GrantGained
	GrantLost
	GrantChanged
	PersonChanged
)

// Event is one difference between two snapshots.
type Event struct {
	Kind     EventKind
	Identity person.Key
	// Person is whose the identity is in the newer snapshot that has it.
	Person person.ID
	// OldPerson is set with PersonChanged: the identity moved by a merge or a split.
	OldPerson person.ID
	// OldState and State are set with StateChanged.
	OldState, State person.State
	// OldGrant is set with GrantLost and GrantChanged, Grant with GrantGained and GrantChanged.
	OldGrant, Grant *person.Grant
}

// Diff lists what happened from old to new, by identity key and then by kind.
func Diff(old, new *Snapshot) []Event { return nil }
