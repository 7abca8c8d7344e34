package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	connectionsShed = family(counter, "connections_shed_total",
		"Connections closed to stay within limits.connections (reason total) or limits.connections_per_address (reason address).", "reason")
	authenticationLimited = family(counter, "authentication_limited_total",
		"Requests refused with 429 because too many wrong keys or tokens had come from their address.")

	doorFamilies = []Family{connectionsShed, authenticationLimited}
)

// door counts who was turned away before anything was asked.
type door struct {
	shed    *prometheus.CounterVec
	limited prometheus.Counter
}

// newDoor has every reason at zero, so that a first rise is seen as one.
func newDoor() door {
	d := door{shed: connectionsShed.counters(), limited: authenticationLimited.counters().WithLabelValues()}
	for _, reason := range []string{"total", "address"} {
		d.shed.WithLabelValues(reason)
	}
	return d
}

// ConnectionShed counts a connection that was closed for being one too many: "total", or "address" for those of one address.
func (m *Metrics) ConnectionShed(reason string) { m.door.shed.WithLabelValues(reason).Inc() }

// AuthenticationLimited counts an attempt that its address had used up.
func (m *Metrics) AuthenticationLimited() { m.door.limited.Inc() }
