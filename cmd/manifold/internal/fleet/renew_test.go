package fleet_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// maxAge is how old an answer may be that its askers accept: longer than all of them take on a busy machine.
const maxAge = 15 * time.Second

// aged waits until no source was read in the last maxAge.
func (f *fleet) aged() {
	f.t.Helper()
	f.until("every source is too old", func() bool {
		a := f.replicas[0].must(`{ sources { freshness { observedAt } } }`)
		sources, _ := dig(a.Data, "sources").([]any)
		for _, s := range sources {
			at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(dig(s, "freshness", "observedAt")))
			if err != nil {
				f.t.Fatal(err, a.raw)
			}
			if time.Since(at) < maxAge {
				return false
			}
		}
		return len(sources) > 0
	})
}

// insist sends one query n times at once, in turn to all replicas, and accepts no answer older than maxAge.
func (f *fleet) insist(n int, query string) {
	f.t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	var failures []string
	for i := range n {
		all.Go(func() {
			a, err := f.replicas[i%len(f.replicas)].ask(query, fmt.Sprintf("Cache-Control: max-age=%d", int(maxAge.Seconds())))
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(a.Errors) > 0 || !strings.Contains(a.raw, "displayName") {
				failures = append(failures, fmt.Sprint(err, tail(a.raw, 300)))
			}
		})
	}
	all.Wait()
	if len(failures) > 0 {
		f.t.Errorf("%d of %d failed: %s", len(failures), n, failures[0])
	}
}

// TestI5_RenewalsOverThreeReplicasAreOneReading: 1,000 callers at once, at three replicas, want a person and then a page no older
// than the picture is. That takes one call for the person, and one list per company.
func TestI5_RenewalsOverThreeReplicasAreOneReading(t *testing.T) {
	f := begin(t, 3, setup{})
	person := f.users(1)[0]

	f.aged()
	lists, singles := f.requests("listUsers"), f.requests("getUser")
	f.insist(1000, fmt.Sprintf(`{ node(id: %q) { ... on Person { displayName pipedriveUsers { activeFlag } } } }`, person))
	if n, m := f.requests("getUser")-singles, f.requests("listUsers")-lists; n != 1 || m != 0 {
		t.Errorf("1,000 askers of one person took %d single users and %d lists", n, m)
	}

	f.aged()
	lists, singles = f.requests("listUsers"), f.requests("getUser")
	f.insist(1000, page)
	if n, companies := f.requests("listUsers")-lists, len(f.world.World.Pipedrive.Companies); n != companies {
		t.Errorf("1,000 pages took %d lists of %d companies", n, companies)
	}
	if n := f.requests("getUser") - singles; n != 0 {
		t.Errorf("1,000 pages took %d single users beside the lists", n)
	}
}
