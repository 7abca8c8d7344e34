package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	subscriptionsOpen = family(gauge, "subscriptions",
		"Subscriptions that are open, by transport: websocket or sse.", "transport")
	subscriptionEvents = family(counter, "subscription_events_total",
		"Answers sent to subscriptions.", "transport")
	subscriptionsEnded = family(counter, "subscriptions_ended_total",
		"Subscriptions that have ended, by why: completed, client (it went, or wanted no more), credential (revoked or expired), shutdown, slow (it did not read), error.",
		"transport", "reason")
	socketsOpen = family(gauge, "websockets",
		"WebSockets that are open.")
	socketsClosed = family(counter, "websockets_closed_total",
		"WebSockets that were closed, by the code that they were closed with; none where the client went or did not read.", "code")

	streamFamilies = []Family{subscriptionsOpen, subscriptionEvents, subscriptionsEnded, socketsOpen, socketsClosed}
)

// Streams counts what goes on for longer than one answer.
type Streams struct {
	open          *prometheus.GaugeVec
	events, ended *prometheus.CounterVec
	sockets       prometheus.Gauge
	closed        *prometheus.CounterVec
}

// newStreams has what every installation has at zero, so that a first rise is seen as one.
func newStreams() *Streams {
	s := &Streams{
		open: subscriptionsOpen.gauges(), events: subscriptionEvents.counters(), ended: subscriptionsEnded.counters(),
		sockets: socketsOpen.gauges().WithLabelValues(), closed: socketsClosed.counters(),
	}
	for _, transport := range []string{"websocket", "sse"} {
		s.open.WithLabelValues(transport)
		s.events.WithLabelValues(transport)
		for _, reason := range []string{"completed", "client", "credential", "shutdown", "slow", "error"} {
			s.ended.WithLabelValues(transport, reason)
		}
	}
	s.closed.WithLabelValues("none")
	return s
}

func (s *Streams) collectors() []prometheus.Collector {
	return []prometheus.Collector{s.open, s.events, s.ended, s.sockets, s.closed}
}

// Streams counts subscriptions and WebSockets.
func (m *Metrics) Streams() *Streams { return m.streams }

// SubscriptionOpened counts a subscription that begins.
func (s *Streams) SubscriptionOpened(transport string) { s.open.WithLabelValues(transport).Inc() }

// SubscriptionClosed counts one that ends. Both labels come from closed sets.
func (s *Streams) SubscriptionClosed(transport, reason string) {
	s.open.WithLabelValues(transport).Dec()
	s.ended.WithLabelValues(transport, reason).Inc()
}

// EventSent counts an answer of a subscription.
func (s *Streams) EventSent(transport string) { s.events.WithLabelValues(transport).Inc() }

// SocketOpened counts a WebSocket.
func (s *Streams) SocketOpened() { s.sockets.Inc() }

// SocketClosed counts one that is closed, by the server's code; 0: by none.
func (s *Streams) SocketClosed(code int) {
	s.sockets.Dec()
	label := "none"
	if code != 0 {
		label = strconv.Itoa(code)
	}
	s.closed.WithLabelValues(label).Inc()
}
