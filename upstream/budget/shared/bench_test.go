package shared_test

import (
	"slices"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// benchmark reserves and settles, and reports how long the pair took.
func benchmark(b *testing.B, store budget.Store) {
	free := budget.Limits{Account: "acme", Tokens: 1 << 50, Credential: "token"}
	ask := budget.Ask{Class: budget.Interactive, Tokens: 2, By: budget.Attribution{Client: "frontend", Operation: "People", Field: "Person.grants"}}
	served := budget.Outcome{Sent: true, Answered: true, Seen: budget.Observation{Remaining: new(1 << 49), Limit: new(1 << 50)}}
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		d, r, err := store.Reserve(b.Context(), free, ask)
		if err != nil || !d.Allowed {
			b.Fatal(d, err)
		}
		if err := store.Settle(b.Context(), free, r, served); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	for name, part := range map[string]int{"p50-µs": 50, "p99-µs": 99} {
		b.ReportMetric(float64(took[(len(took)-1)*part/100].Nanoseconds())/1000, name)
	}
}

func BenchmarkReserveSettle(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmark(b, budget.NewMemory(budget.SystemClock())) })
	b.Run("redis", func(b *testing.B) {
		benchmark(b, shared.New(redistest.Start(b).Client(heeding), shared.Options{Grace: -1}))
	})
	b.Run("cluster", func(b *testing.B) {
		benchmark(b, shared.New(redistest.StartCluster(b).Client(), shared.Options{Grace: -1}))
	})
}
