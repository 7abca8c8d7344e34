package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

// scrape reads /metrics: samples by name and labels as they are written.
func (s *stage) scrape() map[string]float64 {
	s.t.Helper()
	resp, err := http.Get(s.url + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %v %s", resp.StatusCode, err, raw)
	}
	s.log.answered(nil)
	out := map[string]float64{}
	for line := range strings.Lines(string(raw)) {
		if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] != '#' {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[i+1:]), 64)
			if err != nil {
				s.t.Errorf("%q: %v", line, err)
			}
			out[line[:i]] = value
		}
	}
	return out
}

// sum adds up the samples of one name whose labels hold all of some words.
func sum(samples map[string]float64, name string, labels ...string) float64 {
	var total float64
next:
	for sample, value := range samples {
		if !strings.HasPrefix(sample, name+"{") {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(sample, l) {
				continue next
			}
		}
		total += value
	}
	return total
}

// What a scrape says was spent is what the vendors' own meters say.
func TestMetricsAgreeWithTheVendorsMeters(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{
		sim:  sim.Options{Burst: 1000},
		edit: func(c *config.Config) { eachPipedrive(c, func(s *config.Source) { s.Budget.Burst = 1000 }) },
	})
	s.ask("query Permissions " + pageOfPermissions)
	s.ask("query Permissions " + pageOfPermissions)
	s.ask(`query Roles { people(first: 20, filter: {systems: [PIPEDRIVE]}) { nodes { pipedriveUsers { roleAssignments { name } } } } }`)
	s.ask(`{ viewer { name } }`)
	s.try(`{ nothing }`)

	var got map[string]float64
	s.until("what is under way has been settled", func() bool {
		got = s.scrape()
		return sum(got, "manifold_budget_reserved_tokens") == 0
	})
	usage := s.world.PipedriveServer.Usage()
	for _, c := range s.world.World.Pipedrive.Companies {
		source := fmt.Sprintf("source=%q", companySource(c))
		if tokens := sum(got, "manifold_upstream_tokens_total", source); tokens != float64(usage.Tokens[c.ID]) || tokens <= 22 {
			t.Errorf("%s: %v tokens are counted, the vendor's meter says %d", source, tokens, usage.Tokens[c.ID])
		}
		if spent := sum(got, "manifold_budget_spent_tokens", source); spent != float64(usage.Tokens[c.ID]) {
			t.Errorf("%s: the ledger has %v, the vendor's meter %d", source, spent, usage.Tokens[c.ID])
		}
		limit, left := sum(got, "manifold_budget_limit_tokens", source), sum(got, "manifold_budget_remaining_tokens", source)
		if limit-left != float64(usage.Tokens[c.ID]) {
			t.Errorf("%s: %v of %v are left after %d", source, left, limit, usage.Tokens[c.ID])
		}
	}
	requests := 0
	for _, n := range usage.Requests {
		requests += n
	}
	if calls := sum(got, "manifold_upstream_calls_total", `source="pipedrive-`); calls != float64(requests) {
		t.Errorf("%v calls are counted, the vendor's meter says %d", calls, requests)
	}
	permissions := []string{`client="local"`, `operation="Permissions"`, `field="PipedriveUser.permissions"`, `class="interactive"`}
	if calls := sum(got, "manifold_upstream_calls_total", permissions...); calls != float64(usage.Requests["permissions"]) || calls == 0 {
		t.Errorf("%v calls for permissions are counted, the vendor's meter says %d", calls, usage.Requests["permissions"])
	}
	if tokens := sum(got, "manifold_upstream_tokens_total", permissions...); tokens != float64(10*usage.Requests["permissions"]) {
		t.Errorf("%v tokens for permissions are counted", tokens)
	}
	if lists := sum(got, "manifold_upstream_tokens_total", `class="refresh"`, `client=""`, `source="pipedrive-`); lists != float64(22*len(s.world.World.Pipedrive.Companies)) {
		t.Errorf("%v tokens are counted for reading the lists", lists)
	}
	for want, samples := range map[float64]float64{
		4: sum(got, "manifold_graphql_request_duration_seconds_count", `type="query"`, `outcome="ok"`),
		1: sum(got, "manifold_graphql_request_duration_seconds_count", `outcome="invalid"`),
		0: sum(got, "manifold_upstream_failures_total"),
	} {
		if samples != want {
			t.Errorf("%v requests, want %v", samples, want)
		}
	}
	if hits := sum(got, "manifold_cache_requests_total", `field="PipedriveUser.permissions"`, `result="hit"`); hits != float64(usage.Requests["permissions"]) {
		t.Errorf("%v hits for a page that was asked for twice", hits)
	}
	if ok := sum(got, "manifold_source_health", `health="OK"`); ok != float64(len(s.healths())) {
		t.Errorf("%v of %d sources are well", ok, len(s.healths()))
	}
}

// Ids that are addresses, addresses in variables and literals, and vendors' prose about them reach neither the log nor the metrics.
func TestAddressesReachNeitherLogNorMetrics(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{sim: sim.Options{Burst: 1000}})
	const address = "ada.lovelace@private.example"
	for _, service := range []*sim.Service{s.world.Pipedrive, s.world.Pipedream} {
		if err := service.Chaos.Add(chaos.Fault{Name: "down", Kind: chaos.Status500}); err != nil {
			t.Fatal(err)
		}
	}
	s.post(body(`query ByMail($a: String!) { person(by: {email: $a}) { id } }`, map[string]any{"a": address}), "X-Request-Id: trace-me")
	s.try(`{ person(by: {email: "` + address + `"}) { id } people(filter: {search: "` + address + `"}) { totalCount } }`)
	s.try(`{ person(by: {pipedreamUser: {externalUserId: "` + address + `"}}) { id } }`)
	s.try(`query "` + address + `" { viewer { name } }`)
	s.post(body(`{ viewer { name } }`, map[string]any{address: address}), "X-Request-Id: "+address)
	s.send(http.MethodPost, "/"+address, "{}")
	s.post(body(`query Everything { people(first: 100) { nodes { pipedriveUsers { permissions { name } } pipedreamUsers { externalUserId deployedTriggers { name } } } } }`, nil),
		"X-Request-Id: trace-me-too")

	logged, _ := s.log.all()
	if i := strings.Index(logged, "@"); i >= 0 {
		t.Errorf("an address was logged: …%s…", logged[max(0, i-200):min(len(logged), i+100)])
	}
	for sample := range s.scrape() {
		if strings.ContainsAny(sample, "@") || strings.Contains(sample, "http") && !strings.HasPrefix(sample, "go_") {
			t.Errorf("a label holds an address: %s", sample)
		}
	}

	// One line per request, and the request's id in the lines of the calls that were made for it.
	requests, attempts := map[string]int{}, 0
	for line := range strings.Lines(logged) {
		var l struct {
			Msg, Operation, Type, Outcome, Class, Kind string
			RequestID                                  string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		switch {
		case l.Msg == "request":
			requests[l.Operation+" "+l.Type+" "+l.Outcome]++
		case l.Msg == "upstream attempt failed" && l.Class == "interactive":
			attempts++
			if l.RequestID != "trace-me-too" || l.Kind != "server error" {
				t.Errorf("a call of an unknown request: %s", line)
			}
		}
	}
	if requests["ByMail query ok"] != 1 || requests["Everything query partial"] != 1 || attempts == 0 {
		t.Errorf("%v, %d attempts", requests, attempts)
	}
}

// The headers of an answer tell its age as the extensions do, and that it was read for the asker, or held.
func TestAnswersTellTheirAgeInHeaders(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	// Until the next readings are planned, a moment after the first ones are shown, nobody knows for how long an answer is fresh.
	s.until("the next readings are planned", func() bool {
		for _, source := range s.app.Current().View(access.Principal{}).Sources() {
			if source.State().RetryAt.IsZero() {
				return false
			}
		}
		return true
	})
	company, user := working(s)
	query := body(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { permissions { name granted } } } }`, map[string]any{"id": s.userNode(company, user)})
	cold, first := s.exchange(query)
	warm, _ := s.exchange(query)
	page, _ := s.exchange(body(`{ people(first: 1) { totalCount } }`, nil))
	paid, _ := s.exchange(body(`{ sources { budget { remaining } } }`, nil))
	mixed, _ := s.exchange(body(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { permissions { name } } } sources { budget { remaining } } }`,
		map[string]any{"id": s.userNode(company, user)}))
	foretold, _ := s.exchange(body(`{ people(first: 1) { totalCount } }`, nil), "Manifold-Explain: plan")
	failed, _ := s.exchange(body(`{ node(id: "nonsense") { id } }`, nil))

	lifetime, age := seconds(t, cold, "max-age="), seconds(t, cold, "age=")
	if !strings.HasPrefix(cold.Get("Cache-Status"), "manifold; fwd=miss; ttl=") || lifetime-age <= 0 || lifetime > 660 {
		t.Errorf("read for the asker: %q, fresh for %d s at an age of %d s", cold.Get("Cache-Status"), lifetime, age)
	}
	if oldest := time.Since(first); age > int(oldest.Seconds())+1 {
		t.Errorf("an age of %d s, and the oldest source is %s old", age, oldest)
	}
	for what, h := range map[string]http.Header{"held": warm, "a page": page} {
		if !strings.HasPrefix(h.Get("Cache-Status"), "manifold; hit; ttl=") || seconds(t, h, "max-age=") <= 0 {
			t.Errorf("%s: %q %q", what, h.Get("Cache-Status"), h.Get("Cache-Control"))
		}
	}
	for what, h := range map[string]http.Header{"a budget": paid, "a budget beside what is held": mixed, "a plan": foretold} {
		if h.Get("Cache-Control") != "private, max-age=0" {
			t.Errorf("%s may be kept: %q", what, h.Get("Cache-Control"))
		}
	}
	if failed.Get("Cache-Control") != "no-store" || failed.Get("Age") != "" {
		t.Errorf("an error may be kept: %v", failed)
	}

}

// exchange posts a query: the answer's headers, and when the oldest source of it was read.
func (s *stage) exchange(query string, headers ...string) (http.Header, time.Time) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url+"/graphql", strings.NewReader(query))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out reply
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	oldest := time.Now()
	for _, f := range out.Extensions.Manifold.Freshness {
		if f.ObservedAt != nil && f.ObservedAt.Before(oldest) {
			oldest = *f.ObservedAt
		}
	}
	return resp.Header, oldest
}

// seconds is a number of an answer's headers.
func seconds(t *testing.T, h http.Header, what string) int {
	t.Helper()
	text := h.Get("Age")
	if what != "age=" {
		_, text, _ = strings.Cut(h.Get("Cache-Control"), what)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s of %v: %v", what, h, err)
	}
	return n
}
