package shared

import (
	"cmp"
	"log/slog"
	"math"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Options are a Store's settings; the zero value suits a gateway.
type Options struct {
	// Prefix begins every key; "manifold" if empty.
	Prefix string
	// Timeout is how long a call waits for Redis before the store goes on alone; 250 ms if 0.
	Timeout time.Duration
	// Beat is how often Run reports to Redis, and how soon a lost one is tried again; 1 s if 0.
	Beat time.Duration
	// Grace is how long nothing is granted once a Redis process holds the ledger that did not hold it before; 3 s if 0, none if
	// negative. It MUST be longer than a replica needs to find that process: a few beats.
	Grace time.Duration
	// Patience is how long after Redis was lost a request that the escrow cannot pay still waits for it, within its own deadline:
	// longer than a failover takes. Later ones are refused at once. 15 s if 0.
	Patience time.Duration
	// RequestTimeout is longer than any request to a vendor takes; 2 min if 0. A reservation that is older was made by a replica
	// that died: it counts as spent.
	RequestTimeout time.Duration

	// TokenEscrow and SlotEscrow are the shares of an account's tokens and of a credential's burst (0 to 1) that a replica
	// withdraws in advance, to spend when Redis is lost; 0.005 and 0.05 if 0, none if negative. It withdraws at least 40 tokens and one
	// slot. All replicas together withdraw at most a tenth of the tokens and half of the slots.
	TokenEscrow, SlotEscrow float64
	// Lease is how long an escrow outlives the last report; 15 min if 0.
	Lease time.Duration

	// Log is told when Redis is lost and found; nil is nobody.
	Log *slog.Logger
	// Clock takes the place of the server's, for tests; nil is the server's.
	Clock budget.Clock

	// server stands for the server's own clock in tests of how its steps are met.
	server func() time.Time
}

func (o Options) withDefaults() Options {
	o.Prefix = cmp.Or(o.Prefix, "manifold")
	o.Timeout = cmp.Or(o.Timeout, 250*time.Millisecond)
	o.Beat = cmp.Or(o.Beat, time.Second)
	o.Patience = cmp.Or(o.Patience, 15*time.Second)
	o.Grace = max(cmp.Or(o.Grace, 3*time.Second), 0)
	o.RequestTimeout = cmp.Or(o.RequestTimeout, 2*time.Minute)
	o.TokenEscrow = cmp.Or(o.TokenEscrow, 0.005)
	o.SlotEscrow = cmp.Or(o.SlotEscrow, 0.05)
	o.Lease = cmp.Or(o.Lease, 15*time.Minute)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// leastTokens is the least that is worth withdrawing: two plain lists.
const leastTokens = 40

// escrow is how much is withdrawn of what l limits.
func (o Options) escrow(l budget.Limits) (tokens, slots int) {
	if l.Tokens > 0 && o.TokenEscrow > 0 {
		tokens = max(int(math.Ceil(float64(l.Tokens)*o.TokenEscrow)), leastTokens)
	}
	if l.Burst > 0 && o.SlotEscrow > 0 {
		slots = max(int(float64(l.Burst)*o.SlotEscrow), 1)
	}
	return tokens, slots
}
