package shared

import (
	"cmp"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Options are a Store's settings; the zero value suits a gateway.
type Options struct {
	// Prefix begins every key; "manifold" if empty.
	Prefix string
	// Grace is how long nothing is granted once a Redis process holds the ledger that did not hold it before; 3 s if 0, none if
	// negative. It MUST be longer than a replica needs to find that process.
	Grace time.Duration
	// RequestTimeout is longer than any request to a vendor takes; 2 min if 0. A reservation that is older was made by a replica
	// that died: it counts as spent.
	RequestTimeout time.Duration
	// Clock takes the place of the server's, for tests; nil is the server's.
	Clock budget.Clock
}

func (o Options) prefix() string                { return cmp.Or(o.Prefix, "manifold") }
func (o Options) grace() time.Duration          { return max(cmp.Or(o.Grace, 3*time.Second), 0) }
func (o Options) requestTimeout() time.Duration { return cmp.Or(o.RequestTimeout, 2*time.Minute) }
