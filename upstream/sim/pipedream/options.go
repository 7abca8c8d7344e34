package pipedream

import (
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/hook"
)

// Options chooses what the documents leave open. The zero value is the likeliest reading.
type Options struct {
	// Now is the clock of token expiry and rate windows; nil is time.Now.
	Now func() time.Time
	// Latency is added to every answer.
	Latency time.Duration

	// RequireEnvironment refuses a call without x-pd-environment with 400; otherwise it means
	// production.
	RequireEnvironment bool
	// OmitCreatedAt leaves created_at out of the token answer, as the OpenAPI file has it.
	OmitCreatedAt bool
	// InfoNeedsScope makes GET /projects/info want connect:projects:read.
	InfoNeedsScope bool
	// EchoCursor makes an empty page repeat the cursor it was asked for; otherwise its cursors are null.
	EchoCursor bool
	// WrapRetrieve answers GET /accounts/{id} as {"data": account}, as the page of 2024 has it.
	WrapRetrieve bool
	// UserAccountLimit, when positive, answers 413 to GET /users/{id}/accounts for a user with more
	// accounts than this, dead ones included. The figure met in the field is 100.
	UserAccountLimit int
	// RepeatedDelete is the status of deleting an account that is not there: 404 (when 0) or 204.
	RepeatedDelete int
	// UnknownUserDelete is the status of deleting an unknown external user: 404 (when 0) or 204.
	UnknownUserDelete int

	// AccountRequests is how many requests of /accounts a project may make per AccountWindow:
	// 2,000 per 5 minutes when 0.
	AccountRequests int
	AccountWindow   time.Duration
	// TokenLifetime is one hour when 0.
	TokenLifetime time.Duration
	// Outbox sends webhooks; nil: none are sent.
	Outbox *hook.Outbox
}
