package budget

import (
	"context"
	"errors"
	"time"
)

// ErrNotOpen is the error of settling a reservation that is not open: settled before, or of another store.
var ErrNotOpen = errors.New("budget: the reservation is not open")

// Ask is one request that somebody wants to make.
type Ask struct {
	Class Class
	// Tokens is its price, Slots its part of the burst window (at least 1).
	Tokens int
	Slots  int
	// Essential: see Cost.
	Essential bool
	// By is for whom and for what; Allowance is how many tokens By.Client may spend in one window, 0 is no bound. Without a
	// Client it has no meaning.
	// What By.Client has spent counts from its first request, with an allowance or without.
	By        Attribution
	Allowance int
}

// Attribution is for whom and for what a request is made. Empty fields are unknown.
type Attribution struct {
	// Client is the principal's name; Operation the GraphQL operation's; Field the schema coordinate that is read.
	Client, Operation, Field string
}

// Spending is what was spent in the current window for one purpose.
type Spending struct {
	By    Attribution
	Class Class
	// Calls and Tokens are settled; what is reserved is not in them.
	Calls, Tokens int
}

// Reservation is an admitted Ask, to be settled exactly once.
type Reservation struct {
	ID uint64
	Ask
}

// Limited is how a vendor refused.
type Limited uint8

// The ways. ByEdge is an HTML 403 from whatever stands in front of the vendor.
const (
	NotLimited Limited = iota
	ByBurst
	ByBudget
	ByEdge
)

// Outcome is what came of a reservation.
type Outcome struct {
	// Sent says whether any byte may have left. Only what was not sent is given back.
	Sent bool
	// Answered: the vendor served the request, well or badly, and did not limit it.
	Answered bool
	Limited  Limited
	// RetryAfter is the pause that the vendor asked for; 0 if it asked for none.
	RetryAfter time.Duration
	Seen       Observation
}

// Observation is what the headers of an answer told. Nil: nothing.
type Observation struct {
	// Remaining and Limit are the account's tokens.
	Remaining, Limit *int
	// BurstRemaining and BurstLimit are the credential's requests in the window that ends in BurstReset.
	BurstRemaining, BurstLimit *int
	BurstReset                 time.Duration
}

// Store keeps what was spent. Every method is atomic over the account and the credential that l names, and safe
// for concurrent use. An error means that the store itself failed; nothing was reserved then.
type Store interface {
	// Reserve admits a or says why not; the Reservation has a meaning only if the Decision allows. It never waits.
	Reserve(ctx context.Context, l Limits, a Ask) (Decision, Reservation, error)
	// Peek decides like Reserve, for one who stands behind others who want ahead slots, and reserves nothing.
	// RetryIn is then a lower bound.
	Peek(ctx context.Context, l Limits, a Ask, ahead int) (Decision, error)
	// Settle ends r. ErrNotOpen: r was settled before; nothing has changed.
	Settle(ctx context.Context, l Limits, r Reservation, o Outcome) error
	// Read tells what is left.
	Read(ctx context.Context, l Limits) (Readout, error)
	// Spent tells what was settled in the current window by purpose, most tokens first: at most 1,000 rows. What
	// is more is summed under Other, one row for each class. At its far end the window may be a little wider than
	// the one that decides, so the sum is never less than Readout.Spent.
	Spent(ctx context.Context, l Limits) ([]Spending, error)
}
