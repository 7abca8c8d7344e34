// Package metrics tells operators how Manifold is doing: what Prometheus scrapes, and a line in the log
// whenever a budget changes its state.
//
// Labels hold configured names, the code's own words and, bounded, names of operations: never an address, a
// secret or a path. docs/operations.md says what to watch.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// Metrics holds what is counted and asks its ports for the rest at every scrape. It has a registry of its own, so
// that several can live in one process.
type Metrics struct {
	registry *prometheus.Registry
	upstream *upstream
	requests requests
	streams  *Streams
	door     door
}

var _ collect.Observer = (*Metrics)(nil)

// New makes Metrics that count. Watch gives them the ports that scrapes ask.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), upstream: newUpstream(), requests: newRequests(), streams: newStreams(), door: newDoor()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests.took, m.requests.documents, m.door.shed, m.door.limited)
	m.registry.MustRegister(m.upstream.collectors()...)
	m.registry.MustRegister(m.streams.collectors()...)
	return m
}

// Ports are what every scrape asks.
type Ports struct {
	Sources   []person.SourceID
	Budgets   Budgets
	Directory Directory
	Caches    Caches
	// RedisLost tells whether the Redis that replicas share does not answer; nil: there is none.
	RedisLost func() bool
}

// Watch adds, once, what is asked at every scrape.
func (m *Metrics) Watch(p Ports) {
	m.registry.MustRegister(scrapeBudgets(p.Sources, p.Budgets), scrapeDirectory(p.Directory), scrapeCaches(p.Caches), scrapeRedis(p.RedisLost))
}

// Called counts an attempt to call a vendor.
func (m *Metrics) Called(a collect.Attempt) { m.upstream.Called(a) }

// Answered counts a GraphQL request. Operation is query, mutation, subscription or none; outcome is a word of
// the server's.
func (m *Metrics) Answered(operation, outcome string, took time.Duration) {
	m.requests.answered(operation, outcome, took)
}

// DocumentCame counts what a GraphQL request brought for a document, in a word of the server's.
func (m *Metrics) DocumentCame(outcome string) {
	m.requests.documents.WithLabelValues(outcome).Inc()
}

// Handler answers scrapes. Who may scrape is the server's business.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
