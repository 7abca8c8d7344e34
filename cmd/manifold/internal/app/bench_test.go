package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// page is what a frontend asks for most: a hundred people with everything joined.
const page = `{ people(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes {
	id displayName status primaryEmail emails avatarUrl
	pipedriveUsers { companyId isAdmin apps lastLogin }
	pipefyUsers { organizationRole isPending }
	pipedreamUsers { externalUserId accounts(first: 5) { nodes { app health } } }
	links { rule trust }
} } }`

// served is a warm Manifold over a world of so many people, without a network in front of it.
func served(b *testing.B, people int, edits ...func(*config.Config)) (http.Handler, *sim.Running) {
	b.Helper()
	world, err := sim.Start(context.Background(), sim.Options{World: sim.NewWorld(sim.WorldOptions{People: people}), Burst: 1_000_000, Budget: 1_000_000_000})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = world.Close() })
	cfg, err := config.Parse("world", app.WorldConfig(world), func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	for i := range cfg.Sources {
		cfg.Sources[i].Budget = config.Budget{Tokens: 1_000_000_000, Burst: 1_000_000}
	}
	for _, edit := range edits {
		edit(cfg)
	}
	a, err := app.New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = a.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })
	for !a.Read() {
	}
	who := access.NewPrincipal("bench", access.ReadScopes...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.GraphQL.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
	}), world
}

func question(query string) string {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func put(b *testing.B, h http.Handler, body string) []byte {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func spent(w *sim.Running) (calls, tokens int) {
	usage := w.PipedriveServer.Usage()
	for _, n := range usage.Requests {
		calls += n
	}
	for _, n := range usage.Tokens {
		tokens += n
	}
	return calls + w.PipefyServer.Usage().Requests + w.PipedreamServer.Usage().Requests, tokens
}

func reportSpending(b *testing.B, w *sim.Running, calls, tokens int) {
	c, t := spent(w)
	b.ReportMetric(float64(c-calls)/float64(b.N), "calls/op")
	b.ReportMetric(float64(t-tokens)/float64(b.N), "tokens/op")
}

func BenchmarkWarmPage(b *testing.B) {
	h, world := served(b, 1000)
	body := question(page)
	answer := put(b, h, body)
	calls, tokens := spent(world)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		put(b, h, body)
	}
	reportSpending(b, world, calls, tokens)
}

// BenchmarkWarmPageVaried never asks the same question twice in a row.
func BenchmarkWarmPageVaried(b *testing.B) {
	h, world := served(b, 1000)
	calls, tokens := spent(world)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		put(b, h, question(strings.Replace(page, "{ people", fmt.Sprintf("query Q%d { people", n), 1)))
	}
	reportSpending(b, world, calls, tokens)
}

// BenchmarkPreparedBytes is what the page is measured against: the same bytes, ready to be sent.
func BenchmarkPreparedBytes(b *testing.B) {
	h, _ := served(b, 1000)
	body := question(page)
	answer := put(b, h, body)
	prepared := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		put(b, prepared, body)
	}
}

// BenchmarkColdPermissions asks for a hundred people's permissions, each time of people not asked for before.
func BenchmarkColdPermissions(b *testing.B) {
	h, world := served(b, 20_000)
	after := ""
	calls, tokens := spent(world)
	for b.Loop() {
		if after == "out of people" {
			b.StopTimer()
			c, t := spent(world)
			h, world = served(b, 20_000)
			started, paid := spent(world)
			calls, tokens, after = calls-c+started, tokens-t+paid, ""
			b.StartTimer()
		}
		cursor := "null"
		if after != "" {
			cursor = `"` + after + `"`
		}
		raw := put(b, h, question(`{ people(first: 100, after: `+cursor+`, filter: {systems: [PIPEDRIVE]}) { pageInfo { endCursor hasNextPage } nodes { pipedriveUsers { permissions { granted } } } } }`))
		var answer struct {
			Errors []any
			Data   struct {
				People struct {
					PageInfo struct {
						EndCursor   string
						HasNextPage bool
					}
				}
			}
		}
		if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Errors) > 0 {
			b.Fatalf("%v %.300s", err, raw)
		}
		if after = answer.Data.People.PageInfo.EndCursor; !answer.Data.People.PageInfo.HasNextPage {
			after = "out of people"
		}
	}
	reportSpending(b, world, calls, tokens)
}
