package metrics_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/metrics"
)

func TestDeprecatedUseIsCountedAndToldOnceADay(t *testing.T) {
	var log bytes.Buffer
	now := observed
	m := metrics.New()
	d := m.Deprecations(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	use := func(client string, coordinates ...string) { d.Used(t.Context(), client, "Team", coordinates) }
	lines := func() int { return strings.Count(log.String(), `msg="a deprecated field is used"`) }

	use("key:frontend", "Person.email", "Query.people(size:)")
	use("key:frontend", "Person.email")
	use("key:report", "Person.email")
	has(t, scrape(t, m),
		`manifold_deprecated_fields_total{client="key:frontend",field="Person.email"} 2`,
		`manifold_deprecated_fields_total{client="key:frontend",field="Query.people(size:)"} 1`,
		`manifold_deprecated_fields_total{client="key:report",field="Person.email"} 1`,
	)
	if n := lines(); n != 3 {
		t.Errorf("%d lines: %s", n, &log)
	}
	if want := `field=Query.people(size:) client=key:frontend operation=Team`; !strings.Contains(log.String(), want) {
		t.Errorf("no line says %s: %s", want, &log)
	}
	now = now.Add(24 * time.Hour)
	use("key:report", "Person.email")
	use("key:report", "Person.email")
	if n := lines(); n != 4 {
		t.Errorf("%d lines after another day", n)
	}
}

// Users of an identity provider are many: each is told in the log, and some have a series.
func TestClientsOfDeprecatedFieldsAreBounded(t *testing.T) {
	var log bytes.Buffer
	m := metrics.New()
	d := m.Deprecations(slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return observed })
	for i := range 10_500 {
		d.Used(t.Context(), fmt.Sprint("oidc:", i), strings.Repeat("x", 100), []string{"Person.email"})
	}
	got := scrape(t, m)
	has(t, got, `manifold_deprecated_fields_total{client="(other)",field="Person.email"} 10450`)
	if n := strings.Count(got, "\nmanifold_deprecated_fields_total{"); n != 51 {
		t.Errorf("%d series", n)
	}
	if n := strings.Count(log.String(), "\n"); n != 10_000 || strings.Contains(log.String(), strings.Repeat("x", 65)) {
		t.Errorf("%d lines", n)
	}
}
