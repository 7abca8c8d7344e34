package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	requestDuration = family(histogram, "graphql_request_duration_seconds",
		"Time that GraphQL requests took, by type of operation and outcome: ok, partial (data with errors), error, invalid (never executed), refused (not let in).",
		"type", "outcome")

	requestFamilies = []Family{requestDuration}
)

// Most answers come from memory within a millisecond; an operation is answered after 30 s at the latest.
var requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// requests counts what clients ask.
type requests struct{ took *prometheus.HistogramVec }

func newRequests() requests { return requests{requestDuration.histograms(requestBuckets)} }

// answered counts one request. Both labels come from closed sets.
func (r requests) answered(operation, outcome string, took time.Duration) {
	r.took.WithLabelValues(operation, outcome).Observe(took.Seconds())
}
