package wire

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Failure is the error of every call that did not end OK. Its Error text is for
// logs: redacted, and never shown to clients.
type Failure struct {
	Kind      Kind
	Source    string
	Operation string
	Status    int
	// RetryAfter is what the vendor asked for; 0 when it said nothing.
	RetryAfter time.Duration
	// CorrelationID is the vendor's trace id, for the log.
	CorrelationID string
	// Sent says whether any byte of the last attempt may have reached the network.
	Sent bool
	// Ambiguous is set on writes whose effect is unknown: sent, and no answer understood.
	Ambiguous bool
	// renewable: a 401 whose credential the Authorizer can replace.
	renewable bool
	// Cause is redacted too: its text is ours, never the vendor's.
	Cause error
}

var kindNames = [...]string{
	OK: "ok", BadRequest: "bad request", Unauthorized: "unauthorized", PaymentRequired: "payment required",
	Denied: "denied", NotFound: "not found", BurstLimited: "burst limit", DailyLimited: "daily limit",
	Blocked: "blocked", ServerError: "server error", Timeout: "timeout", Unreachable: "unreachable",
	Malformed: "malformed answer", TooLarge: "answer too large", Canceled: "canceled", Refused: "refused",
}

// String is the kind in words, as log lines spell it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// KindOf is how the call that returned err ended: OK for nil, and Refused for an
// error that is no Failure, because then nothing was sent.
func KindOf(err error) Kind {
	if err == nil {
		return OK
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Kind
	}
	return Refused
}

// Error names the source, the operation and what happened: no address, no path,
// no word of the vendor's.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", f.Source, f.Operation, f.Kind)
	if f.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", f.Status)
	}
	if f.Ambiguous {
		b.WriteString(", effect unknown")
	}
	if f.Cause != nil {
		fmt.Fprintf(&b, ": %s", f.Cause)
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (f *Failure) Unwrap() error { return f.Cause }
