// Package fault is the closed set of reasons for which Manifold refuses or
// fails. A kind exists only if a client acts differently on it.
//
// An Error couples a public sentence, which may reach any client and says what
// to do, with a private cause, which goes to the log alone. Vendor prose, tokens
// and addresses belong in the cause.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what a client acts on.
type Kind uint8

// The kinds; the zero value is Internal, so that an unset kind never promises anything.
const (
	Internal Kind = iota
	Unauthenticated
	Forbidden
	BadUserInput
	NotFound
	SourceUnavailable
	BudgetExhausted
	RateLimited
	CostLimitExceeded
	Conflict
	// UnknownDocument asks for the document's text. Its code and message are Apollo's, for clients act on them.
	UnknownDocument
)

var codes = [...]string{
	Internal: "INTERNAL", Unauthenticated: "UNAUTHENTICATED", Forbidden: "FORBIDDEN",
	BadUserInput: "BAD_USER_INPUT", NotFound: "NOT_FOUND", SourceUnavailable: "SOURCE_UNAVAILABLE",
	BudgetExhausted: "BUDGET_EXHAUSTED", RateLimited: "RATE_LIMITED",
	CostLimitExceeded: "COST_LIMIT_EXCEEDED", Conflict: "CONFLICT",
	UnknownDocument: "PERSISTED_QUERY_NOT_FOUND",
}

// Code is the kind as extensions.code spells it.
func (k Kind) Code() string {
	if int(k) < len(codes) {
		return codes[k]
	}
	return codes[Internal]
}

// Error is a refusal or failure with a public face.
type Error struct {
	Kind Kind
	// Message is public: one sentence, no vendor prose, saying what to do where something can be done.
	Message string
	// Source is the configured source concerned; "" when none is.
	Source string
	// RetryAfter is how long to wait before the same request can succeed; 0: unknown.
	RetryAfter time.Duration
	// Candidates are the opaque ids between which a Conflict cannot choose.
	Candidates []string
	// Cause is private.
	Cause error
}

// New makes an Error without a cause.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error around a private cause.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Error is the private form, for logs: the public sentence and the cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap gives the private cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// From finds the Error in err. An error that carries none becomes Internal with
// a sentence that tells nothing; nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Message: "Something went wrong inside Manifold. The log has the details under this request's id.", Cause: err}
}

// KindOf is the kind of err; Internal when it carries none.
func KindOf(err error) Kind { return From(err).kind() }

func (e *Error) kind() Kind {
	if e == nil {
		return Internal
	}
	return e.Kind
}
