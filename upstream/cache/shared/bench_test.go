package shared_test

import (
	"fmt"
	"testing"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// BenchmarkHit is a key that memory holds, one that Redis alone holds, and a page of 100 that Redis alone holds.
func BenchmarkHit(b *testing.B) {
	server := redistest.Start(b)
	s := &source{}
	level := run(b, server.Client(honest), shared.Options{})
	page := make([]cache.Question[string, int], 100)
	for i := range page {
		page[i] = cache.Question[string, int]{Key: fmt.Sprint(i), Load: s.load}
	}
	fill := open(b, server.Client(honest), cache.Options{}, shared.Options{})
	for _, p := range fill.AskAll(page, cache.Want{}) {
		p.Wait(b.Context())
	}
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fill.Get(b.Context(), "1", s.load)
		}
	})
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("redis/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				cold := cache.NewShared(cache.Options{}, numbers(level.Kind("Test.number")))
				b.StartTimer()
				for _, p := range cold.AskAll(page[:n], cache.Want{}) {
					if r := p.Wait(b.Context()); r.Err != nil {
						b.Fatal(r.Err)
					}
				}
				b.StopTimer()
				cold.Close()
				b.StartTimer()
			}
		})
	}
	if n := s.loads.Load(); n != 100 {
		b.Errorf("%d loads", n)
	}
}
