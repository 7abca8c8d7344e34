package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	deprecatedUses = family(counter, "deprecated_fields_total",
		"Operations that used something deprecated, by what (Person.email, Query.people(size:), Style.SHORT) and client.", "field", "client")

	deprecationFamilies = []Family{deprecatedUses}
)

// remembered is how many uses a day are told apart in the log.
const remembered = 10_000

// Deprecations counts who still uses what is deprecated, and writes one line a day into the log for each client and
// coordinate: the metric forgets with the process, and has room for a few clients alone.
type Deprecations struct {
	uses    *prometheus.CounterVec
	clients operations
	log     *slog.Logger
	now     func() time.Time

	mu   sync.Mutex
	day  int64
	told map[[2]string]struct{}
}

// Deprecations makes Deprecations, once, that are counted in m. Days are those of now in UTC.
func (m *Metrics) Deprecations(log *slog.Logger, now func() time.Time) *Deprecations {
	d := &Deprecations{uses: deprecatedUses.counters(), log: log, now: now}
	m.registry.MustRegister(d.uses)
	return d
}

// Used counts one operation of a client that uses these deprecated coordinates of the schema.
func (d *Deprecations) Used(ctx context.Context, client, operation string, coordinates []string) {
	for _, at := range coordinates {
		d.uses.WithLabelValues(at, d.clients.bound(at, client)).Inc()
		if d.first(client, at) {
			d.log.LogAttrs(ctx, slog.LevelWarn, "a deprecated field is used", slog.String("field", at), slog.String("client", client),
				slog.String("operation", operation[:min(len(operation), longest)]))
		}
	}
}

// first tells whether a client's use has not been told today.
func (d *Deprecations) first(client, at string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if day := d.now().Unix() / (24 * 60 * 60); d.told == nil || day != d.day {
		d.day, d.told = day, make(map[[2]string]struct{})
	}
	use := [2]string{client, at}
	if _, told := d.told[use]; told || len(d.told) >= remembered {
		return false
	}
	d.told[use] = struct{}{}
	return true
}
