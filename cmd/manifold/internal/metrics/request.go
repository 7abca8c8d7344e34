package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	requestDuration = family(histogram, "graphql_request_duration_seconds",
		"Time that GraphQL requests took, by type of operation and outcome: ok, partial (data with errors), error, invalid (never executed), refused (not let in).",
		"type", "outcome")

	requestDocuments = family(counter, "graphql_documents_total",
		"Requests by what they brought for a document: trusted (of a manifest, by id or in full), registered (by a hash that was registered), new (with its hash, to be registered), text (any other), unknown (an id that nobody knows), refused (not executed here, or not what its id says).",
		"outcome")

	requestFamilies = []Family{requestDuration, requestDocuments}
)

// Most answers come from memory within a millisecond; an operation is answered after 30 s at the latest.
var requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// requests counts what clients ask.
type requests struct {
	took      *prometheus.HistogramVec
	documents *prometheus.CounterVec
}

// newRequests has every outcome of documents at zero, so that a first rise is seen as one.
func newRequests() requests {
	r := requests{requestDuration.histograms(requestBuckets), requestDocuments.counters()}
	for _, outcome := range []string{"trusted", "registered", "new", "text", "unknown", "refused"} {
		r.documents.WithLabelValues(outcome)
	}
	return r
}

// answered counts one request. Both labels come from closed sets.
func (r requests) answered(operation, outcome string, took time.Duration) {
	r.took.WithLabelValues(operation, outcome).Observe(took.Seconds())
}
