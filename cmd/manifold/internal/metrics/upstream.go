package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

var (
	upstreamTokens = family(counter, "upstream_tokens_total",
		"Tokens spent at a source, settled or not; requests where the vendor counts those. Client is empty for Manifold's own refreshes.",
		"source", "class", "client", "operation", "field")
	upstreamCalls = family(counter, "upstream_calls_total",
		"Requests sent to a source, repetitions included. Labels as in manifold_upstream_tokens_total.",
		"source", "class", "client", "operation", "field")
	upstreamRetries = family(counter, "upstream_retries_total",
		"Requests that repeated a failed one, by endpoint; manifold_upstream_calls_total counts them too.", "source", "endpoint")
	upstreamDuration = family(histogram, "upstream_call_duration_seconds",
		"Time from admitting a request to its answer or failure, by endpoint.", "source", "endpoint")
	upstreamWait = family(histogram, "upstream_queue_wait_seconds",
		"Time that a request waited for its turn before it was admitted or refused.", "source", "class")
	upstreamFailures = family(counter, "upstream_failures_total",
		"Requests that a vendor did not answer well, by kind of failure.", "source", "endpoint", "kind")
	upstreamRefused = family(counter, "upstream_refused_total",
		"Requests that Manifold itself did not let out, by reason.", "source", "class", "reason")

	upstreamFamilies = []Family{upstreamTokens, upstreamCalls, upstreamRetries, upstreamDuration, upstreamWait, upstreamFailures, upstreamRefused}
)

// Buckets: vendors answer in tens to hundreds of milliseconds and are given up after 30 s; turns come every 2 s.
var (
	callBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	waitBuckets = []float64{.001, .01, .1, .5, 1, 2, 5, 10, 30, 60}
)

// upstream counts what leaves for the vendors, and what does not.
type upstream struct {
	names operations

	tokens, calls, retries, failures, refused *prometheus.CounterVec
	took, waited                              *prometheus.HistogramVec
}

func newUpstream() *upstream {
	return &upstream{
		tokens: upstreamTokens.counters(), calls: upstreamCalls.counters(), retries: upstreamRetries.counters(),
		failures: upstreamFailures.counters(), refused: upstreamRefused.counters(),
		took: upstreamDuration.histograms(callBuckets), waited: upstreamWait.histograms(waitBuckets),
	}
}

func (u *upstream) collectors() []prometheus.Collector {
	return []prometheus.Collector{u.tokens, u.calls, u.retries, u.failures, u.refused, u.took, u.waited}
}

// Called implements collect.Observer.
func (u *upstream) Called(a collect.Attempt) {
	source, class := string(a.Source), a.Class.String()
	u.waited.WithLabelValues(source, class).Observe(a.Waited.Seconds())
	if a.Kind == wire.Refused {
		u.refused.WithLabelValues(source, class, a.Refusal).Inc()
		return
	}
	u.took.WithLabelValues(source, a.Operation).Observe(a.Took.Seconds())
	if a.Kind != wire.OK {
		u.failures.WithLabelValues(source, a.Operation, strings.ReplaceAll(a.Kind.String(), " ", "_")).Inc()
	}
	if a.Retry {
		u.retries.WithLabelValues(source, a.Operation).Inc()
	}
	operation := u.names.bound(a.By.Client, a.By.Operation)
	u.calls.WithLabelValues(source, class, a.By.Client, operation, a.By.Field).Inc()
	u.tokens.WithLabelValues(source, class, a.By.Client, operation, a.By.Field).Add(float64(a.Tokens))
}
