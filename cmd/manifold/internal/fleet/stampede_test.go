package fleet_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim"
)

// users lists ids of so many people who are users of Pipedrive.
func (f *fleet) users(n int) []string {
	f.t.Helper()
	var ids []string
	after := "null"
	for len(ids) < n {
		a := f.replicas[0].must(`{ people(first: 100, after: ` + after + `, filter: {systems: [PIPEDRIVE]}) {
			nodes { id pipedriveUsers { activeFlag } } pageInfo { endCursor hasNextPage } } }`)
		nodes, _ := dig(a.Data, "people", "nodes").([]any)
		for _, p := range nodes {
			if us, _ := dig(p, "pipedriveUsers").([]any); len(us) == 1 && dig(us, 0, "activeFlag") == true {
				ids = append(ids, dig(p, "id").(string))
			}
		}
		if dig(a.Data, "people", "pageInfo", "hasNextPage") != true {
			break
		}
		after = fmt.Sprintf("%q", dig(a.Data, "people", "pageInfo", "endCursor"))
	}
	if len(ids) < n {
		f.t.Fatalf("only %d people have one account in Pipedrive, %d are needed", len(ids), n)
	}
	return ids[:n]
}

// permissions asks for what one person may do in Pipedrive: a live read where it is not held.
func permissions(id string) string {
	return fmt.Sprintf(`{ node(id: %q) { ... on Person { displayName pipedriveUsers { permissions { name granted } } } } }`, id)
}

// stampede sends one query n times at once, in turn to all replicas that live, and counts the failed answers.
// after runs once all are on their way.
func (f *fleet) stampede(n int, query string, over []*replica, after func()) (failures []string) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	on := make(chan struct{}, n)
	for i := range n {
		wg.Go(func() {
			on <- struct{}{}
			a, err := over[i%len(over)].ask(query)
			if err != nil || len(a.Errors) > 0 || !strings.Contains(a.raw, "displayName") {
				mu.Lock()
				failures = append(failures, fmt.Sprint(err, tail(a.raw, 300)))
				mu.Unlock()
			}
		})
	}
	for range n {
		<-on
	}
	if after != nil {
		after()
	}
	wg.Wait()
	return failures
}

// TestI5_AColdStampedeOverThreeReplicasIsOneCall: the pictures of three replicas that start together take one list per
// company, and 1,000 equal questions at once to all of them one call.
func TestI5_AColdStampedeOverThreeReplicasIsOneCall(t *testing.T) {
	f := begin(t, 3, setup{})
	if lists, companies := f.requests("listUsers"), len(f.world.World.Pipedrive.Companies); lists != companies {
		t.Errorf("three replicas took %d lists at their start, want one for each of %d companies", lists, companies)
	}
	query := permissions(f.users(1)[0])
	before := f.calls()
	if failed := f.stampede(1000, query, f.replicas, nil); len(failed) > 0 {
		t.Errorf("%d of 1,000 failed: %s", len(failed), failed[0])
	}
	if n := f.calls() - before; n != 1 {
		t.Errorf("1,000 equal questions took %d calls, want 1", n)
	}
	if a := f.replicas[2].must(query); !strings.Contains(a.raw, "granted") {
		t.Errorf("no permissions in %s", a.raw)
	}
}

// TestI5_ColdReplicasAnswerAllFromOneList: 1,000 equal questions to three replicas that have only just begun are all
// answered, from one list per company.
func TestI5_ColdReplicasAnswerAllFromOneList(t *testing.T) {
	f := begin(t, 3, setup{cold: true, sim: sim.Options{Latency: 300 * time.Millisecond}})
	if failed := f.stampede(1000, page, f.replicas, nil); len(failed) > 0 {
		t.Errorf("%d of 1,000 failed: %s", len(failed), failed[0])
	}
	if lists, companies := f.requests("listUsers"), len(f.world.World.Pipedrive.Companies); lists != companies {
		t.Errorf("%d lists of %d companies", lists, companies)
	}
}

// TestI5_AColdReaderThatDiesCostsOneListMore: the replica that reads for all is killed in its first reading.
func TestI5_AColdReaderThatDiesCostsOneListMore(t *testing.T) {
	f := begin(t, 1, setup{cold: true, sim: sim.Options{Latency: 500 * time.Millisecond}})
	companies := len(f.world.World.Pipedrive.Companies)
	f.until("the first replica is reading the lists", func() bool { return f.requests("listUsers") == companies })
	others := []*replica{f.launch(), f.launch()}
	failed := f.stampede(1000, page, others, f.replicas[0].kill)
	if len(failed) > 0 {
		t.Errorf("%d of 1,000 failed: %s", len(failed), failed[0])
	}
	if n := f.requests("listUsers"); n > 2*companies {
		t.Errorf("%d lists of %d companies, want at most two each", n, companies)
	}
}

// TestI5_ALostHolderCostsOneCallMore: the replica that makes the call for all is killed in the middle of it.
func TestI5_ALostHolderCostsOneCallMore(t *testing.T) {
	f := begin(t, 3, setup{sim: sim.Options{Latency: 700 * time.Millisecond}})
	query := permissions(f.users(1)[0])
	before := f.requests("permissions")
	victim, others := f.replicas[0], f.replicas[1:]
	holder := make(chan struct{})
	go func() { defer close(holder); _, _ = victim.ask(query) }()
	f.until("the first replica has asked", func() bool { return f.requests("permissions") == before+1 })
	failed := f.stampede(400, query, others, victim.kill)
	<-holder
	if len(failed) > 0 {
		t.Errorf("%d of 400 failed: %s", len(failed), failed[0])
	}
	if n := f.requests("permissions") - before; n > 2 {
		t.Errorf("%d calls, want at most one for each holder", n)
	}
}

// TestANewReplicaCallsNobody: it takes the readings of the others.
func TestANewReplicaCallsNobody(t *testing.T) {
	f := begin(t, 1, setup{})
	before := f.calls()
	r := f.launch()
	r.awaitReady()
	if n := f.calls() - before; n != 0 {
		t.Errorf("a replica that joins made %d calls", n)
	}
	const page = `{ people(first: 100) { totalCount nodes { id displayName identities { sourceId } } } }`
	if a, b := f.replicas[0].must(page), r.must(page); fmt.Sprint(a.Data) != fmt.Sprint(b.Data) {
		t.Error("the two answer differently")
	}
}
