package metrics_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/metrics"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// office is a directory and a ledger that the test writes.
type office struct {
	readouts map[person.SourceID]budget.Readout
	snapshot *directory.Snapshot
	stats    collect.Stats
}

func (o office) Readout(id person.SourceID) (budget.Readout, bool) {
	r, ok := o.readouts[id]
	return r, ok
}
func (office) Broken(id person.SourceID) bool { return id == "apps" }
func (o office) Current() *directory.Snapshot { return o.snapshot }
func (o office) Stats() collect.Stats         { return o.stats }

type caches struct{}

func (caches) Stats() map[string]cache.Stats {
	return map[string]cache.Stats{"PipedriveUser.permissions": {
		Hits: 9, Stale: 2, Misses: 4, RemoteHits: 1, Loads: 3, Failures: 1, Withdrawn: 11, Waits: 5, RemoteErrors: 6, Unreadable: 7, Fenced: 8, Held: 3,
	}}
}

var observed = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// example is an office of two sources, one of them never read.
func example(t *testing.T) office {
	t.Helper()
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	crm := person.Batch{Source: "crm", System: person.Pipedrive, Account: "7001", AsOf: observed}
	for _, id := range []string{"1", "2"} {
		crm.Identities = append(crm.Identities, &person.Identity{
			Key: person.Key{System: person.Pipedrive, Account: "7001", ID: id}, Source: "crm", Name: id, Kind: person.KindHuman, Pipedrive: &person.PipedriveUser{},
		})
	}
	return office{
		readouts: map[person.SourceID]budget.Readout{
			"crm":  {Limit: 30_000, Remaining: 1_200, Spent: 28_700, Reserved: 100, State: budget.Critical, ResetsAt: observed.Add(time.Hour)},
			"apps": {Remaining: budget.Unlimited, Spent: 7, State: budget.Stopped, Alarm: true},
		},
		snapshot: directory.Build(directory.Input{
			Version: 5, At: observed, Linker: linker, Batches: []person.Batch{crm},
			Sources: []person.SourceState{
				{ID: "crm", System: person.Pipedrive, Health: person.HealthDegraded, AsOf: observed, RetryAt: observed.Add(time.Minute), Coverage: person.Coverage{Complete: true}},
				{ID: "apps", System: person.Pipedream, Health: person.HealthPending},
			},
			PersonID: func(k person.Key) person.ID {
				var id person.ID
				copy(id[:], k.ID)
				return id
			},
		}),
		stats: collect.Stats{Builds: 4, BuildTime: 2 * time.Second, Patches: 3, Readings: map[person.SourceID]collect.Readings{"crm": {OK: 2, Failed: 1}}},
	}
}

func start(t *testing.T) *metrics.Metrics {
	t.Helper()
	m, o := metrics.New(), example(t)
	m.Watch(metrics.Ports{Sources: []person.SourceID{"crm", "apps", "unknown"}, Budgets: o, Directory: o, Caches: caches{}, RedisLost: func() bool { return true }})
	return m
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// has wants lines of a scrape; one that begins with "no " must not be there.
func has(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		absent, is := strings.CutPrefix(want, "no ")
		if is && strings.Contains(got, "\n"+absent) || !is && !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("%s", want)
		}
	}
	if t.Failed() {
		var ours []string
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "manifold_") {
				ours = append(ours, line)
			}
		}
		t.Log(strings.Join(ours, ""))
	}
}

func TestScrapeTellsOfBudgetsAndSources(t *testing.T) {
	has(t, scrape(t, start(t)),
		`manifold_budget_limit_tokens{source="crm"} 30000`,
		`manifold_budget_remaining_tokens{source="crm"} 1200`,
		`manifold_budget_spent_tokens{source="crm"} 28700`,
		`manifold_budget_reserved_tokens{source="crm"} 100`,
		`manifold_budget_reset_timestamp_seconds{source="crm"} 1.7952552e+09`,
		`manifold_budget_state{source="crm",state="critical"} 1`,
		`manifold_budget_state{source="crm",state="healthy"} 0`,
		`manifold_budget_alarm{source="crm"} 0`,
		`manifold_budget_alarm{source="apps"} 1`,
		`no manifold_budget_limit_tokens{source="apps"}`,
		`no manifold_budget_remaining_tokens{source="apps"}`,
		`no manifold_budget_reset_timestamp_seconds{source="apps"}`,
		`no manifold_budget_spent_tokens{source="unknown"}`,

		`manifold_directory_people{kind="human"} 2`,
		`manifold_directory_people{kind="bot"} 0`,
		`manifold_directory_identities{source="crm"} 2`,
		`manifold_directory_snapshot_version 5`,
		`manifold_directory_build_duration_seconds_sum 2`,
		`manifold_directory_build_duration_seconds_count 4`,
		`manifold_directory_patches_total 3`,
		`manifold_source_observed_timestamp_seconds{source="crm"} 1.7952516e+09`,
		`no manifold_source_observed_timestamp_seconds{source="apps"}`,
		`manifold_source_health{health="DEGRADED",source="crm"} 1`,
		`manifold_source_health{health="OK",source="crm"} 0`,
		`manifold_source_health{health="PENDING",source="apps"} 1`,
		`manifold_source_complete{source="crm"} 1`,
		`manifold_source_readings_total{outcome="ok",source="crm"} 2`,
		`manifold_source_readings_total{outcome="failed",source="crm"} 1`,
		`manifold_source_readings_total{outcome="failed",source="apps"} 0`,
		`manifold_cache_requests_total{field="PipedriveUser.permissions",result="hit"} 9`,
		`manifold_cache_requests_total{field="PipedriveUser.permissions",result="stale"} 2`,
		`manifold_cache_requests_total{field="PipedriveUser.permissions",result="miss"} 4`,
		`manifold_cache_flights_total{field="PipedriveUser.permissions",from="shared"} 1`,
		`manifold_cache_flights_total{field="PipedriveUser.permissions",from="source"} 3`,
		`manifold_cache_flight_failures_total{field="PipedriveUser.permissions"} 1`,
		`manifold_cache_flights_withdrawn_total{field="PipedriveUser.permissions"} 11`,
		`manifold_cache_flight_waits_total{field="PipedriveUser.permissions"} 5`,
		`manifold_cache_shared_errors_total{field="PipedriveUser.permissions",kind="unanswered"} 6`,
		`manifold_cache_shared_errors_total{field="PipedriveUser.permissions",kind="unreadable"} 7`,
		`manifold_cache_shared_errors_total{field="PipedriveUser.permissions",kind="fenced"} 8`,
		`manifold_cache_entries{field="PipedriveUser.permissions"} 3`,

		`manifold_upstream_breaker_open{source="crm"} 0`,
		`manifold_upstream_breaker_open{source="apps"} 1`,

		`manifold_redis_lost 1`,

		`# TYPE go_goroutines gauge`,
		`# TYPE process_cpu_seconds_total counter`,
	)
}

// A process alone has no Redis that could be lost.
func TestRedisIsAbsentWhereNothingIsShared(t *testing.T) {
	m, o := metrics.New(), example(t)
	m.Watch(metrics.Ports{Budgets: o, Directory: o, Caches: caches{}})
	has(t, scrape(t, m), "no manifold_redis_lost")
}

func attempt(edit func(*collect.Attempt)) collect.Attempt {
	a := collect.Attempt{
		Source: "crm", Operation: "users.permissions", Class: wire.Interactive, Kind: wire.OK, Status: 200, Tokens: 10,
		By:     budget.Attribution{Client: "key:frontend", Operation: "Team", Field: "PipedriveUser.permissions"},
		Waited: 3 * time.Second, Took: 40 * time.Millisecond,
	}
	if edit != nil {
		edit(&a)
	}
	return a
}

func TestCallsAreCountedByWhomAndForWhat(t *testing.T) {
	m := start(t)
	m.Called(attempt(nil))
	m.Called(attempt(nil))
	m.Called(attempt(func(a *collect.Attempt) { a.Kind, a.Status = wire.BurstLimited, 429 }))
	m.Called(attempt(func(a *collect.Attempt) { a.Kind, a.Tokens, a.Retry = wire.Unreachable, 0, true }))
	m.Called(attempt(func(a *collect.Attempt) { a.Kind, a.Tokens, a.Took, a.Refusal = wire.Refused, 0, 0, "breaker_open" }))
	m.Called(collect.Attempt{Source: "crm", Operation: "users.list", Class: wire.Refresh, Tokens: 20})
	has(t, scrape(t, m),
		`manifold_upstream_tokens_total{class="interactive",client="key:frontend",field="PipedriveUser.permissions",operation="Team",source="crm"} 30`,
		`manifold_upstream_calls_total{class="interactive",client="key:frontend",field="PipedriveUser.permissions",operation="Team",source="crm"} 4`,
		`manifold_upstream_tokens_total{class="refresh",client="",field="",operation="",source="crm"} 20`,
		`manifold_upstream_failures_total{endpoint="users.permissions",kind="burst_limit",source="crm"} 1`,
		`manifold_upstream_failures_total{endpoint="users.permissions",kind="unreachable",source="crm"} 1`,
		`manifold_upstream_refused_total{class="interactive",reason="breaker_open",source="crm"} 1`,
		`manifold_upstream_retries_total{endpoint="users.permissions",source="crm"} 1`,
		`manifold_upstream_queue_wait_seconds_bucket{class="interactive",source="crm",le="2"} 0`,
		`manifold_upstream_queue_wait_seconds_bucket{class="interactive",source="crm",le="5"} 5`,
		`manifold_upstream_call_duration_seconds_bucket{endpoint="users.permissions",source="crm",le="0.025"} 0`,
		`manifold_upstream_call_duration_seconds_bucket{endpoint="users.permissions",source="crm",le="0.05"} 4`,
		`no manifold_upstream_failures_total{endpoint="users.permissions",kind="refused"`,
	)
}

// Whoever invents names of operations makes no more series than the bound, and takes nobody else's away.
func TestInventedOperationsAreBounded(t *testing.T) {
	m := start(t)
	for i := range 10_000 {
		m.Called(attempt(func(a *collect.Attempt) { a.By.Operation = fmt.Sprint("Made", i) }))
	}
	m.Called(attempt(func(a *collect.Attempt) { a.By.Operation = strings.Repeat("x", 65) }))
	m.Called(attempt(func(a *collect.Attempt) { a.By.Client = "key:admin" }))
	got := scrape(t, m)
	if n := strings.Count(got, "\nmanifold_upstream_tokens_total{"); n != 52 {
		t.Errorf("%d series", n)
	}
	has(t, got,
		`manifold_upstream_tokens_total{class="interactive",client="key:frontend",field="PipedriveUser.permissions",operation="Made0",source="crm"} 10`,
		`manifold_upstream_tokens_total{class="interactive",client="key:frontend",field="PipedriveUser.permissions",operation="(other)",source="crm"} 99510`,
		`manifold_upstream_tokens_total{class="interactive",client="key:admin",field="PipedriveUser.permissions",operation="Team",source="crm"} 10`,
	)
}

func TestRequestsAreTimed(t *testing.T) {
	m := start(t)
	m.Answered("query", "ok", 300*time.Microsecond)
	m.Answered("query", "ok", 30*time.Millisecond)
	m.Answered("none", "refused", time.Millisecond)
	has(t, scrape(t, m),
		`manifold_graphql_request_duration_seconds_bucket{outcome="ok",type="query",le="0.0005"} 1`,
		`manifold_graphql_request_duration_seconds_count{outcome="ok",type="query"} 2`,
		`manifold_graphql_request_duration_seconds_count{outcome="refused",type="none"} 1`,
	)
}

// A name, type, label or help that changes breaks dashboards and alerts. Edit the golden file when that is meant:
// go test ./cmd/manifold/internal/metrics prints what belongs there.
func TestNamesArePinned(t *testing.T) {
	var b strings.Builder
	for _, f := range metrics.Families() {
		fmt.Fprintf(&b, "%s %s {%s}\n\t%s\n", f.Name, f.Type, strings.Join(f.Labels, ", "), f.Help)
	}
	want, err := os.ReadFile("testdata/families.golden")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the metrics are now:\n%s", &b)
	}
}

// What a scrape has is what the list says, and all of it follows Prometheus' own rules for names.
func TestScrapeHoldsWhatTheListSays(t *testing.T) {
	m := start(t)
	m.Called(attempt(func(a *collect.Attempt) { a.Kind = wire.Timeout }))
	m.Called(attempt(func(a *collect.Attempt) { a.Kind = wire.Refused }))
	m.Called(attempt(func(a *collect.Attempt) { a.Retry = true }))
	m.Answered("query", "ok", time.Second)
	m.Deprecations(slog.New(slog.DiscardHandler), time.Now).Used(t.Context(), "key:frontend", "Team", []string{"Person.email"})
	got := scrape(t, m)
	listed := map[string]bool{}
	for _, f := range metrics.Families() {
		listed[f.Name] = true
		if !strings.Contains(got, fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Type)) {
			t.Errorf("%s is not scraped as it is listed", f.Name)
		}
		if !strings.HasSuffix(f.Help, ".") {
			t.Errorf("%s: help is not a sentence: %q", f.Name, f.Help)
		}
	}
	for line := range strings.Lines(got) {
		name, is := strings.CutPrefix(line, "# TYPE manifold_")
		if name, _, _ = strings.Cut(name, " "); is && !listed["manifold_"+name] {
			t.Errorf("manifold_%s is not listed", name)
		}
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	problems = slices.DeleteFunc(problems, func(p promlint.Problem) bool { return !strings.HasPrefix(p.Metric, "manifold_") })
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
