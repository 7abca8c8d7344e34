//go:build unix

package directory_test

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// sizes go up to what the design promises figures for.
var sizes = []int{10_000, 100_000, 1_000_000}

func BenchmarkBuild(b *testing.B) {
	for _, n := range sizes {
		w := synthetic(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				w.build()
			}
			reportCost(b, n, processorTime()-began)
		})
		runtime.KeepAlive(w)
	}
}

// reportCost says beside the time on the wall what the processors spent, the
// garbage collector's part included: the steadier figure where others work too.
func reportCost(b *testing.B, identities int, spent time.Duration) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(identities), "ns/identity")
	b.ReportMetric(spent.Seconds()/float64(b.N), "cpu-s/op")
}

// processorTime is what this process has used of all processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLink is the part of BenchmarkBuild that is not the directory's.
func BenchmarkLink(b *testing.B) {
	for _, n := range sizes {
		w := synthetic(n)
		var all []*person.Identity
		for _, batch := range w.in.Batches {
			all = append(all, batch.Identities...)
		}
		slices.SortFunc(all, func(a, b *person.Identity) int { return a.Key.Compare(b.Key) })
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				w.in.Linker.Link(all, nil)
			}
			reportCost(b, n, processorTime()-began)
		})
	}
}

// BenchmarkHeap reports what a snapshot holds beside the records, and the heap's
// peak while the next one is built and the old one still served.
func BenchmarkHeap(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := synthetic(n)
			records := liveHeap()
			var served, next *directory.Snapshot
			for b.Loop() {
				served = w.build()
				b.ReportMetric(float64(liveHeap()-records)/float64(n), "B-held/identity")
				stop, peak := make(chan struct{}), make(chan uint64)
				go watchHeap(stop, peak)
				next = w.build()
				close(stop)
				b.ReportMetric(float64(<-peak)/(1<<20), "MiB-peak")
			}
			runtime.KeepAlive(w)
			runtime.KeepAlive(served)
			runtime.KeepAlive(next)
		})
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func watchHeap(stop <-chan struct{}, peak chan<- uint64) {
	var highest uint64
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			peak <- highest
			return
		case <-tick.C:
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest = max(highest, m.HeapInuse)
		}
	}
}

// BenchmarkApply is one changed identity in a large company; the first one also
// pays for the index of linking keys.
func BenchmarkApply(b *testing.B) {
	for _, n := range sizes {
		w := synthetic(n)
		s := w.build()
		change := func(name string) []directory.Change {
			i := *w.in.Batches[0].Identities[n/5]
			i.Name = name
			return []directory.Change{{Key: i.Key, Identity: &i, ObservedAt: start}}
		}
		b.Run(fmt.Sprintf("%d/first", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s = w.build()
				b.StartTimer()
				s.Apply(change("First"))
			}
		})
		b.Run(fmt.Sprintf("%d/next", n), func(b *testing.B) {
			for b.Loop() {
				s.Apply(change("Next"))
			}
		})
	}
}
