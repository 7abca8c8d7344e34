// Package wire is the one HTTP transport to the vendors: it authenticates,
// bounds time and size, classifies failures, retries only what is safe to
// retry, redacts secrets, and asks a Gate before every single attempt.
//
// A client of a vendor says what it wants (a Request); wire answers with the
// decoded body or a *Failure. It knows no vendor's words.
package wire

import (
	"context"
	"net/http"
)

// Class is why a call is made; the budget keeps a floor for each.
type Class uint8

// The classes, by rising right to the last tokens.
const (
	Refresh Class = iota
	Interactive
	Mutation
)

// String is the class in lower case, as log lines spell it.
func (c Class) String() string {
	switch c {
	case Refresh:
		return "refresh"
	case Interactive:
		return "interactive"
	case Mutation:
		return "mutation"
	}
	return "unknown"
}

// Call describes one attempt to a Gate.
type Call struct {
	// Source is the configured source's id.
	Source string
	// Operation is the client's name for the endpoint ("users.list"); the gate's
	// cost table is keyed by system and operation.
	Operation string
	Class     Class
	// Write is set for calls that change something at the vendor.
	Write bool
	// Retry is set for every attempt at a request but its first.
	Retry bool
}

// Gate decides whether an attempt may leave. It is declared here, by its
// caller, so that wire and the clients know nothing of budgets.
type Gate interface {
	// Admit waits until the attempt may leave, or refuses. It MUST return when
	// ctx ends. An error is returned to the caller unchanged, and nothing was sent.
	// The Ticket MUST be closed with Done exactly once.
	Admit(ctx context.Context, call Call) (Ticket, error)
}

// Ticket is an admitted attempt.
type Ticket interface{ Done(Outcome) }

// Outcome is what came of an attempt.
type Outcome struct {
	// Sent says whether any byte of the request may have reached the network.
	// Only a false Sent may be refunded.
	Sent bool
	// Status is 0 when there was no answer.
	Status int
	// Header holds the answer's headers; nil when there was none.
	Header http.Header
	// Kind is the class of failure; OK when the answer was good.
	Kind Kind
	// Trace is the vendor's own id of the call where it told a harmless one: support asks for it.
	Trace string
}

// Kind classifies how a call ended.
type Kind uint8

// The kinds of outcome. BurstLimited clears within seconds, DailyLimited at the
// budget's reset; Blocked is an HTML 403 from the edge in front of a vendor.
const (
	OK Kind = iota
	BadRequest
	Unauthorized
	PaymentRequired
	Denied
	NotFound
	BurstLimited
	DailyLimited
	Blocked
	ServerError
	Timeout
	Unreachable
	Malformed
	TooLarge
	Canceled
	// Refused: the Gate did not admit the attempt.
	Refused
)
