package lineage

import (
	"context"

	"github.com/manifold-graph/manifold/graph/person"
)

// Seat is what is kept of one identity key for ever: which id is its own, and whose it is.
type Seat struct {
	Key person.Key
	// Own is the id of the person that this key would be alone. It never changes, and no two seats share one.
	Own person.ID
	// Age orders seats by when they were given: smaller is older, and no two are equal.
	Age int64
	// Person is whose the identity is, or was when it was last seen: its Own, or that of an older seat.
	Person person.ID
}

// Move gives a seat to another person.
type Move struct {
	Key      person.Key
	From, To person.ID
}

// Store keeps seats. All replicas of one Manifold have one. It is safe for concurrent use.
type Store interface {
	// Seats reads every seat that was given or moved after revision since, 0 for all, in any order; and the revision up to
	// which it read. Revisions rise with every change, over all replicas; a change that is visible later than another has
	// the higher revision.
	Seats(ctx context.Context, since int64) (seats []Seat, revision int64, err error)
	// EnterSeats gives seats to those keys that have none, in the order given, with rising ages, Own as proposed and Person
	// the same; Age and Person of the arguments are ignored. One transaction: of two replicas that meet the same new
	// identities one goes first, and the other finds them there. It answers the seats of all the keys as they are then, in
	// the order of the arguments. A proposed Own that another key has is an error, and changes nothing.
	EnterSeats(ctx context.Context, seats []Seat) ([]Seat, error)
	// MoveSeats moves each seat whose Person is From to To, in one transaction; it leaves the others as they are, and is no
	// error for that: another replica has moved them. It answers the seats of all the keys as they are then, in the order of
	// the arguments. A key without a seat is an error, and changes nothing.
	MoveSeats(ctx context.Context, moves []Move) ([]Seat, error)
}
