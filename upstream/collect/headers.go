package collect

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// observe reads Pipedrive's rate headers. Most are undocumented, so each may be missing or broken alone.
func observe(h http.Header, now time.Time) budget.Observation {
	return budget.Observation{
		Remaining:      count(h, "X-Daily-Ratelimit-Token-Remaining"),
		Limit:          count(h, "X-Daily-Ratelimit-Token-Limit"),
		BurstRemaining: count(h, "X-Ratelimit-Remaining"),
		BurstLimit:     count(h, "X-Ratelimit-Limit"),
		BurstReset:     resetIn(h, now),
	}
}

// count is a header that holds a number of things; nil if it does not.
func count(h http.Header, name string) *int {
	n, err := strconv.ParseInt(strings.TrimSpace(h.Get(name)), 10, 32)
	if err != nil || n < 0 {
		return nil
	}
	return new(int(n))
}

// epoch is where a reset in seconds can no longer be a span and must be a Unix time.
const epoch = 100_000_000

// resetIn is how long the window lasts: Pipedrive tells a span in seconds, Pipedream a Unix time. 0: it is not told.
func resetIn(h http.Header, now time.Time) time.Duration {
	s, err := strconv.ParseFloat(strings.TrimSpace(h.Get("X-Ratelimit-Reset")), 64)
	if err != nil {
		return 0
	}
	if s >= epoch {
		s -= float64(now.UnixNano()) / float64(time.Second)
	}
	return wire.Seconds(s)
}
