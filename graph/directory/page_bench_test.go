//go:build unix

package directory_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// pageFilters combine what a reader may ask for, from everybody to one person.
func pageFilters() map[string]directory.PeopleFilter {
	yes, no := true, false
	return map[string]directory.PeopleFilter{
		"all":       {},
		"search":    {Search: "an"},
		"words":     {Search: "mar kow", SearchIn: directory.SearchNames},
		"rare":      {Search: "user 1234"},
		"absent":    {PresentIn: []person.System{person.Pipedrive}, AbsentIn: []person.System{person.Pipedream}},
		"unlinked":  {Linked: &no, Status: []person.State{person.StateInactive}},
		"admins":    {Apps: []string{"sales"}, Levels: []person.Level{person.LevelAdmin}, Linked: &yes},
		"everybody": {Search: "example", Roles: []string{"regular", "member"}, Systems: []person.System{person.Pipedrive, person.Pipefy}, EmailDomains: []string{"elsewhere.example", "domain1.example"}},
	}
}

// leastPages is what a 99th percentile is taken of, however short the benchmark.
const leastPages = 2_000

// readPages reads pages of 100 in all orders and both directions, from the ends
// of the list and on from where an earlier page ended, and reports percentiles.
func readPages(b *testing.B, v directory.View, filter directory.PeopleFilter) {
	r := rand.New(rand.NewPCG(1, 2))
	var took []time.Duration
	q := directory.PeopleQuery{Filter: filter}
	read := func() {
		began := time.Now()
		page, err := v.People(q)
		took = append(took, time.Since(began))
		if err != nil || page.Total == 0 {
			b.Fatal(err, page.Total)
		}
		n := len(page.Entries)
		switch {
		case r.IntN(4) > 0 && n > 0 && q.First > 0 && page.HasNext:
			q.After = page.Entries[n-1].Position
		case r.IntN(4) > 0 && n > 0 && q.Last > 0 && page.HasPrevious:
			q.Before = page.Entries[0].Position
		default:
			q.Window = directory.Window{First: 100}
			if r.IntN(2) == 0 {
				q.Window = directory.Window{Last: 100}
			}
			q.Order = directory.PeopleOrder{Field: directory.PeopleField(r.IntN(4)), Descending: r.IntN(2) == 0}
		}
	}
	q.First = 100
	for b.Loop() {
		read()
	}
	for len(took) < leastPages {
		read()
	}
	slices.Sort(took)
	for _, p := range []struct {
		name string
		at   int
	}{{"µs-p50", 500}, {"µs-p99", 990}, {"µs-p99.9", 999}} {
		b.ReportMetric(float64(took[len(took)*p.at/1000].Nanoseconds())/1e3, p.name)
	}
}

// BenchmarkPeople reads pages while nothing else happens.
func BenchmarkPeople(b *testing.B) {
	filters := pageFilters()
	for _, n := range sizes {
		v := synthetic(n).view()
		runtime.GC()
		for _, name := range sortedKeys(filters) {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				readPages(b, v, filters[name])
			})
		}
	}
}

// BenchmarkPeopleWhileBuilding reads the same pages of a snapshot whose successor
// is being built all the time, which takes all processors.
func BenchmarkPeopleWhileBuilding(b *testing.B) {
	filters := pageFilters()
	for _, n := range sizes {
		w := synthetic(n)
		v := w.view()
		for _, name := range sortedKeys(filters) {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				stop := make(chan struct{})
				var builder sync.WaitGroup
				builder.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							w.build()
						}
					}
				})
				readPages(b, v, filters[name])
				b.StopTimer()
				close(stop)
				builder.Wait()
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
