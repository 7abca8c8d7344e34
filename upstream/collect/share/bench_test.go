package share

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/manifold-graph/manifold/upstream/collect"
)

func BenchmarkPack(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		r := company(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			packed := 0
			for b.Loop() {
				packed = 0
				m, err := pack(r, 2<<20, func(_ int, b []byte) error { packed += len(b); return nil })
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(m.Raw)/float64(n), "raw-B/identity")
			}
			b.ReportMetric(float64(packed)/float64(n), "B/identity")
		})
	}
}

func BenchmarkUnpack(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		var kept [][]byte
		m, err := pack(company(n), 2<<20, func(_ int, b []byte) error { kept = append(kept, b); return nil })
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var r *collect.Reading
			before := heap()
			for b.Loop() {
				if r, err = unpack(m, 1<<30, func(n int) ([]byte, error) { return kept[n], nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(heap()-before)/float64(n), "held-B/identity")
			runtime.KeepAlive(r)
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
