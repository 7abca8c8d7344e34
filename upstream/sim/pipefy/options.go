package pipefy

import (
	"cmp"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// Options chooses what the documents leave open. The zero value is the likeliest reading.
type Options struct {
	// Now is the clock of token expiry and of new users; nil is time.Now.
	Now func() time.Time
	// Latency is added to every answer.
	Latency time.Duration

	// PlainListWeight multiplies the complexity inside lists that are not connections; 0 is 1.
	// The other plausible reading is 50.
	PlainListWeight int
	// ComplexityLimit is 50,000 when 0; DepthLimit is 15 when 0.
	ComplexityLimit, DepthLimit int
	// ObjectLimit, when positive, stands for the execution time limit of 33 seconds: an operation
	// that resolves more objects than this fails with the time limit's error.
	ObjectLimit int
	// InvalidStatus is the HTTP status of syntax and validation errors: 200 (when 0) or 400.
	InvalidStatus int

	// StickyRemoval makes removals from a pipe report success while people with organization-level
	// rights (super_admin, admin) stay listed.
	StickyRemoval bool
	// SoftRemoval answers success: false without an error to the removal of somebody who is not
	// there; otherwise it is an error.
	SoftRemoval bool
	// BadIDs says what pipes(ids:) and tables(ids:) do with an id that cannot be read.
	BadIDs BadIDs
	// NoRepoSpelling leaves removeUserFromRepo out of the schema, NoPipeSpelling removeUserFromPipe.
	NoRepoSpelling, NoPipeSpelling bool

	// RequestLimit, when positive, answers 429 to requests beyond it within one RequestWindow
	// (a minute when 0) of one token.
	RequestLimit  int
	RequestWindow time.Duration
	// RetryAfter sends the undocumented Retry-After header with a 429.
	RetryAfter bool
	// Outbox sends webhooks; nil: none are sent.
	Outbox *hook.Outbox
}

// BadIDs is a reading of what a list by ids does with an unreadable one.
type BadIDs uint8

// The readings: a null element with a PERMISSION_DENIED error, no element at all, or the whole
// field null with an error.
const (
	BadIDNull BadIDs = iota
	BadIDDrop
	BadIDFail
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.PlainListWeight = cmp.Or(o.PlainListWeight, 1)
	o.ComplexityLimit = cmp.Or(o.ComplexityLimit, 50_000)
	o.DepthLimit = cmp.Or(o.DepthLimit, 15)
	o.InvalidStatus = cmp.Or(o.InvalidStatus, 200)
	o.RequestWindow = cmp.Or(o.RequestWindow, time.Minute)
	return o
}
