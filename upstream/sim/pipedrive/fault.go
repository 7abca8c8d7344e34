package pipedrive

import (
	"net/http"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// Vendor gives a schedule of faults Pipedrive's own operation names and its own
// forms of refusals.
func Vendor() chaos.Vendor {
	return chaos.Vendor{Operation: OperationOf, Answers: map[chaos.Kind]http.Handler{
		chaos.Status500:    injected(failed(http.StatusInternalServerError, "Internal server error")),
		chaos.Status503:    injected(failed(http.StatusServiceUnavailable, "Service unavailable")),
		chaos.Unauthorized: injected(unauthorized(false)),
		chaos.HTML403:      injected(blocked()),
		chaos.Burst429:     injected(overLimit().with("x-ratelimit-limit", "20").with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", "2")),
		chaos.Daily429:     injected(overLimit().with("x-ratelimit-limit", "20").with("x-ratelimit-remaining", "19").with("x-daily-ratelimit-token-remaining", "0")),
	}}
}

func injected(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-correlation-id", correlationID())
		a.write(w)
	})
}

// with adds a header to a copy of a.
func (a answer) with(key, value string) answer {
	header := map[string]string{key: value}
	for k, v := range a.header {
		header[k] = v
	}
	a.header = header
	return a
}
