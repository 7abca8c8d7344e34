package plan

import "time"

// Prices are what a source's readings cost, in its own tokens.
type Prices struct {
	// One is a reading of one identity; 0 where identities cannot be read singly. All is a reading of everybody.
	One, All int
}

// Demand is one identity that somebody wants as it was at Since or later.
type Demand[K comparable] struct {
	Key   K
	Since time.Time
	// Held is when what is known of it was observed; zero when nothing is.
	Held time.Time
}

// Way is how identities are read.
type Way uint8

// The ways.
const (
	Nothing Way = iota
	Singles
	List
)

// String is the way as log lines spell it.
func (w Way) String() string { return [...]string{"nothing", "singles", "list"}[w] }

// Plan is how a batch of demands is met.
type Plan[K comparable] struct {
	Way Way
	// Keys are those that are too old and not on their way yet, each once, in the order of the demands.
	Keys []K
	// Tokens is what the plan costs.
	Tokens  int
	Because Reason
}

// Reason is why a plan is as it is.
type Reason uint8

// The reasons.
const (
	// Held: everybody is new enough, or on their way.
	Held Reason = iota
	// Only: the source has no other way.
	Only
	// Batch: the list costs no more than these singles.
	Batch
	// Few: singles since the last list have not made up its price.
	Few
	// Forecast: the coming singles would cost more than the list.
	Forecast
	// BreakEven: the singles since the last list have made up its price.
	BreakEven
	// Quiet: they have, but too few are asked for to make the list worth it, and the books allow to go on.
	Quiet
)

var reasons = [...]string{
	Held:      "all are new enough or on their way",
	Only:      "the source can only be read whole",
	Batch:     "the list costs no more than these single readings",
	Few:       "single readings have not made up the price of a list yet",
	Forecast:  "the single readings to be expected would cost more than the list",
	BreakEven: "the single readings since the last list have made up its price",
	Quiet:     "too few are asked for to make the list worth its price",
}

// String is the reason as a public sentence's part.
func (r Reason) String() string { return reasons[r] }
