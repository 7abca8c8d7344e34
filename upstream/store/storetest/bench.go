package storetest

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/store"
)

// BenchmarkWrites measures one change with its audit entry: alone, and where every admin waits for a turn.
func BenchmarkWrites(b *testing.B, make func(testing.TB) Database) {
	b.Run("alone", func(b *testing.B) {
		s := make(b).Open(b, store.Options{})
		for b.Loop() {
			must(b, s.Append(b.Context(), record("x")))
		}
	})
	b.Run("taking turns", func(b *testing.B) {
		db := make(b)
		s, other := db.Open(b, store.Options{}), db.Open(b, store.Options{})
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for n := 0; p.Next(); n++ {
				mine := s
				if n%2 == 0 {
					mine = other
				}
				if err := mine.Append(b.Context(), record("x")); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("verifying 1,000 entries", func(b *testing.B) {
		s := make(b).Open(b, store.Options{})
		for range 100 {
			r := record("x")
			must(b, s.Append(b.Context(), r, r, r, r, r, r, r, r, r, r))
		}
		for b.Loop() {
			if r, err := s.Verify(b.Context()); err != nil || len(r.Problems) > 0 {
				b.Fatal(r, err)
			}
		}
	})
}
