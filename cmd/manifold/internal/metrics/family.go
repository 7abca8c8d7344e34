package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Family is what a scrape says of one metric before its samples. Dashboards and alerts are written
// against it, so testdata/families.golden holds them all, and a change has to edit that file.
type Family struct {
	Name   string
	Type   string
	Help   string
	Labels []string

	desc *prometheus.Desc
}

// The types of families. A summary here has a sum and a count alone.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
	summary   = "summary"
)

func family(kind, name, help string, labels ...string) Family {
	f := Family{Name: "manifold_" + name, Type: kind, Help: help, Labels: labels}
	f.desc = prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
	return f
}

// Families lists every metric of Manifold's own, in the order of the handbook. The Go runtime's and the
// process's are as Prometheus' client names them everywhere.
func Families() []Family {
	return slices.Concat(budgetFamilies, upstreamFamilies, cacheFamilies, redisFamilies, directoryFamilies, requestFamilies, deprecationFamilies, streamFamilies, doorFamilies)
}

func (f Family) counters() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.Name, Help: f.Help}, f.Labels)
}

func (f Family) gauges() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: f.Name, Help: f.Help}, f.Labels)
}

func (f Family) histograms(buckets []float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: f.Name, Help: f.Help, Buckets: buckets}, f.Labels)
}

// scrape is one scrape under way: samples whose values somebody else keeps.
type scrape chan<- prometheus.Metric

func (s scrape) put(f Family, value float64, labels ...string) {
	kind := prometheus.GaugeValue
	if f.Type == counter {
		kind = prometheus.CounterValue
	}
	s <- prometheus.MustNewConstMetric(f.desc, kind, value, labels...)
}

// oneOf writes 1 for the state that holds and 0 for the others, so that an alert can name a state.
func (s scrape) oneOf(f Family, holds string, states []string, labels ...string) {
	for _, state := range states {
		s.put(f, truth(state == holds), append(slices.Clone(labels), state)...)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// collected makes a prometheus.Collector of a function that is asked at every scrape.
type collected struct {
	families []Family
	collect  func(scrape)
}

// Describe implements prometheus.Collector.
func (c collected) Describe(to chan<- *prometheus.Desc) {
	for _, f := range c.families {
		to <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c collected) Collect(to chan<- prometheus.Metric) { c.collect(to) }
