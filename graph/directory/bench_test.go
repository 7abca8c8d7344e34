package directory_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

var sizes = []int{10_000, 100_000, 1_000_000}

func BenchmarkBuild(b *testing.B) {
	for _, n := range sizes {
		w := synthetic(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.build()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/identity")
		})
		runtime.KeepAlive(w)
	}
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
			for b.Loop() {
				w.in.Linker.Link(all, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/identity")
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

// BenchmarkPeople reads pages under filters that combine, and reports the 99th
// percentile beside the mean.
func BenchmarkPeople(b *testing.B) {
	yes, no := true, false
	filters := map[string]directory.PeopleFilter{
		"all":       {},
		"search":    {Search: "an"},
		"words":     {Search: "mar kow", SearchIn: directory.SearchNames},
		"rare":      {Search: "user 12345"},
		"absent":    {PresentIn: []person.System{person.Pipedrive}, AbsentIn: []person.System{person.Pipedream}},
		"unlinked":  {Linked: &no, Status: []person.State{person.StateInactive}},
		"admins":    {Apps: []string{"sales"}, Levels: []person.Level{person.LevelAdmin}, Linked: &yes},
		"everybody": {Search: "example", Roles: []string{"regular", "member"}, Systems: []person.System{person.Pipedrive, person.Pipefy}, EmailDomains: []string{"elsewhere.example", "domain1.example"}},
	}
	for _, n := range sizes {
		v := synthetic(n).view()
		for _, name := range sortedKeys(filters) {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				r := rand.New(rand.NewPCG(1, 2))
				var took []time.Duration
				var after directory.Position
				for b.Loop() {
					q := directory.PeopleQuery{Filter: filters[name], Window: directory.Window{First: 100, After: after}}
					q.Order = directory.PeopleOrder{Field: directory.PeopleField(r.IntN(4)), Descending: r.IntN(2) == 0}
					q.After = nil
					began := time.Now()
					page, err := v.People(q)
					took = append(took, time.Since(began))
					if err != nil || page.Total == 0 {
						b.Fatal(err, page.Total)
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
			})
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
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
