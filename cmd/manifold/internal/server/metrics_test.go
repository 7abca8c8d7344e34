package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
)

var scrape = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "up 1\n") })

func TestMetricsAreForThoseWhoMaySeeBudgets(t *testing.T) {
	const scraper = "scraper-0123456789abcdef0"
	guarded := start(t, api(tiny{}, server.Limits{}), server.Options{Metrics: scrape, Authenticator: known(t,
		append(keys, client("scraper", scraper, access.ScopeBudgetsRead))...)}) + "/metrics"
	open := start(t, api(tiny{}, server.Limits{}), server.Options{Metrics: scrape}) + "/metrics"
	for name, each := range map[string]struct {
		method, url string
		headers     []string
		status      int
	}{
		"loopback, no keys":       {"GET", open, nil, 200},
		"a rebound name, no keys": {"GET", open, []string{"Host: evil.example"}, 421},
		"a page, no keys":         {"GET", open, []string{"Origin: https://evil.example"}, 403},
		"no key":                  {"GET", guarded, nil, 401},
		"a key for budgets":       {"GET", guarded, []string{"Authorization: Bearer " + scraper}, 200},
		"by address":              {"GET", guarded, []string{"Authorization: Bearer " + scraper, "Host: 10.0.0.7:4000"}, 200},
		"a key for all reading":   {"GET", guarded, []string{"X-Api-Key: " + admin}, 200},
		"a key for people alone":  {"GET", guarded, []string{"X-Api-Key: " + frontend}, 403},
		"writing":                 {"POST", guarded, []string{"X-Api-Key: " + admin}, 405},
	} {
		a := send(t, each.method, each.url, "", each.headers...)
		if a.status != each.status || (a.body == "up 1\n") != (each.status == 200) || each.status == 200 && a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q, want %d", name, a.status, a.body, each.status)
		}
	}
	if a := send(t, "GET", start(t, api(tiny{}, server.Limits{}), server.Options{})+"/metrics", ""); a.status != 404 {
		t.Errorf("without metrics: %d", a.status)
	}
}

func TestEveryRequestIsToldOnce(t *testing.T) {
	spent := told{status: "fwd=miss", spent: map[string][2]int{"acme": {2, 20}}}
	for name, each := range map[string]struct {
		es                  tiny
		body                string
		headers             []string
		typ, outcome, names string
	}{
		"whole":      {answering(`{"who":"x"}`, spent), ask("query Team {who}"), nil, "query", "ok", "Team"},
		"in part":    {answering(`{"who":"x"}`, spent, gqlerror.Errorf("x")), ask("{who}"), nil, "query", "partial", ""},
		"not at all": {answering(`null`, spent, gqlerror.Errorf("x")), ask("{who}"), nil, "query", "error", ""},
		"invalid":    {tiny{}, ask("query Team {nothing}"), nil, "none", "invalid", ""},
		"unreadable": {tiny{}, "{", nil, "none", "refused", ""},
		"unknown":    {tiny{}, ask("{who}"), []string{"X-Api-Key: wrong"}, "none", "refused", ""},
		"long name":  {answering(`{}`, spent), ask("query " + strings.Repeat("x", 300) + " {who}"), nil, "query", "ok", strings.Repeat("x", 64)},
	} {
		t.Run(name, func(t *testing.T) {
			var (
				log  bytes.Buffer
				seen []string
			)
			url := start(t, api(each.es, server.Limits{}), server.Options{
				Authenticator: known(t, keys...), Log: server.NewLogger(&log, "info", "json"),
				Answered: func(operation, outcome string, took time.Duration) {
					if took <= 0 {
						t.Errorf("took %s", took)
					}
					seen = append(seen, operation+" "+outcome)
				},
			}) + "/graphql"
			if each.headers == nil {
				each.headers = []string{"X-Api-Key: " + admin}
			}
			send(t, "POST", url, each.body, append(each.headers, asJSON, "X-Request-Id: r-7")...)
			if len(seen) != 1 || seen[0] != each.typ+" "+each.outcome {
				t.Errorf("counted %q", seen)
			}
			var line struct {
				Msg, Type, Operation, Outcome string
				RequestID                     string `json:"request_id"`
				Upstream                      map[string]struct{ Calls, Tokens int }
			}
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("not one line: %v\n%s", err, &log)
			}
			if line.Msg != "request" || line.Outcome != each.outcome || line.Operation != each.names || line.RequestID != "r-7" {
				t.Errorf("%s", &log)
			}
			if got := line.Upstream["acme"]; line.Type == "query" && (got.Calls != 2 || got.Tokens != 20) {
				t.Errorf("what was spent is not told: %s", &log)
			}
		})
	}
}
