package budget

import (
	"fmt"
	"time"
)

// Reason says what a decision rests on.
type Reason uint8

// The reasons. A client acts on those up to Recovering by waiting seconds, on the rest by waiting long or not at all.
const (
	Admitted Reason = iota
	// BurstFull: the credential's burst window is full. BurstPaused: the vendor said 429.
	BurstFull
	BurstPaused
	// Queued: others are waiting before this one.
	Queued
	// Unsettled: the vendor's last word may or may not include what is in flight. The next answer tells.
	Unsettled
	// Recovering: the shared ledger has lost its memory and collects it from those who remember, or cannot be reached and
	// what was set aside for that does not suffice.
	Recovering
	// ShareSpent: the configured share is spent. FloorReached: what is left is kept for a higher class.
	// RefreshSpent: Refresh has had its own cap.
	ShareSpent
	FloorReached
	RefreshSpent
	// AllowanceSpent: the client has spent its own allowance.
	AllowanceSpent
	// VendorSpent: the vendor says that its budget is gone.
	VendorSpent
	// Blocked: the edge in front of the vendor has shut us out.
	Blocked
)

var reasons = [...]string{
	Admitted:       "admitted",
	BurstFull:      "the burst window is full",
	BurstPaused:    "the vendor asked for a pause",
	Queued:         "others are waiting before it",
	Unsettled:      "requests in flight may need what is left",
	Recovering:     "the shared ledger is out of reach, or recovering what was spent",
	ShareSpent:     "the configured share is spent",
	FloorReached:   "the rest of the budget is kept for more urgent work",
	RefreshSpent:   "the refresh's own share is spent",
	AllowanceSpent: "the client's allowance is spent",
	VendorSpent:    "the vendor says that the budget is spent",
	Blocked:        "the vendor has blocked the credential",
}

func (r Reason) String() string { return reasons[r] }

var words = [...]string{
	Admitted: "admitted", BurstFull: "burst_full", BurstPaused: "burst_paused", Queued: "queued", Unsettled: "unsettled",
	Recovering: "recovering", ShareSpent: "share_spent", FloorReached: "floor_reached", RefreshSpent: "refresh_spent",
	AllowanceSpent: "allowance_spent", VendorSpent: "vendor_spent", Blocked: "blocked",
}

// Word is the reason as metrics spell it.
func (r Reason) Word() string { return words[r] }

// Brief tells whether the reason clears within seconds: a burst, an answer or a recovery, as opposed to a budget.
func (r Reason) Brief() bool { return r >= BurstFull && r <= Recovering }

// held tells whether the reason concerns the credential, and so everybody who waits for it.
func (r Reason) held() bool { return r >= BurstFull && r <= Queued || r == Blocked }

// Unlimited is a Remaining that has no bound.
const Unlimited = -1

// Decision is the answer to an Ask, with its facts.
type Decision struct {
	Allowed bool
	// Remaining is how many tokens the class may still spend after this decision; Unlimited without a limit.
	Remaining int
	// RetryIn is the soonest moment at which the same Ask can succeed; 0 if Allowed, or if unknown. Where that is
	// when an answer comes (Unsettled), it is when to look again.
	RetryIn time.Duration
	// ResetsAt is when the whole budget is refilled; zero while the window rolls.
	ResetsAt time.Time
	Because  Reason
}

// Refusal is the error of an Ask that was not admitted. Nothing was spent.
type Refusal struct {
	Account string
	Ask     Ask
	Decision
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("budget of %s refuses %d tokens: %s; retry in %s",
		r.Account, r.Ask.Tokens, r.Because, r.RetryIn.Round(time.Millisecond))
}

// State is a budget's health in one word.
type State uint8

// The states: Low has touched the refresh floor, Critical the interactive floor; Stopped lets nothing out.
const (
	Healthy State = iota
	Low
	Critical
	Stopped
)

func (s State) String() string { return [...]string{"healthy", "low", "critical", "stopped"}[s] }

// Readout is a budget at one moment.
type Readout struct {
	// Limit is 0 and Remaining Unlimited where tokens are only counted.
	Limit     int
	Remaining int
	// Spent is what was settled in the current window; Reserved is not settled yet.
	Spent    int
	Reserved int
	// Refresh is Refresh's part of Spent and Reserved.
	Refresh int
	// ResetsAt is zero while the window rolls.
	ResetsAt time.Time
	State    State
	// Because is why the state is Stopped; Admitted otherwise.
	Because Reason
	// Alarm: the vendor's edge blocks the credential. A human should look.
	Alarm bool
	// RetryIn is when a stopped credential may be tried again.
	RetryIn time.Duration
}
