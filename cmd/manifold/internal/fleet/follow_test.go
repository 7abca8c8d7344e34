package fleet_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/upstream/sim"
)

// Followers of two replicas end up with the directory as it is, though one replica is killed and Redis forgets everything.
func TestFollowersConverge(t *testing.T) { followThroughFailures(t, 40, 4) }

// followThroughFailures lets followers keep copies over two replicas while accounts are parted and joined again; in the
// middle of it one replica is killed and another started, and Redis is killed and comes back empty. Every copy has to equal
// the directory in the end, and who serves them has to be no larger than in the beginning.
func followThroughFailures(t *testing.T, followers, rounds int) {
	f := begin(t, 2, setup{sim: sim.Options{World: smallWorld()}, with: "limits: {objects_per_minute: 1000000000}\n"})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()

	var mu sync.Mutex
	alive := []*replica{f.replicas[0], f.replicas[1]}
	next := func(n int) *replica {
		mu.Lock()
		defer mu.Unlock()
		return alive[n%len(alive)]
	}
	all := make([]*follower, followers)
	for n := range all {
		all[n] = &follower{next: func() *replica { return next(n) }}
		wg.Go(func() { all[n].follow(ctx) })
	}
	converged := func(when string) {
		t.Helper()
		f.untilSaid(when, func() string {
			mu.Lock()
			replicas := append([]*replica(nil), alive...)
			mu.Unlock()
			shown := map[*replica]map[string]string{}
			for _, r := range replicas {
				people, err := r.everybody()
				if err != nil {
					return err.Error()
				}
				shown[r] = people
			}
			for n, w := range all {
				if wrong := w.differs(shown); wrong != "" {
					return fmt.Sprintf("follower %d %s", n, wrong)
				}
			}
			return ""
		})
	}
	converged("at the start")
	survivor := alive[1]
	before := 0

	random := rand.New(rand.NewPCG(6, 6))
	var parted []string
	couples := f.couples(min(4*rounds, 24))
	for round := range rounds {
		if round%20 == 19 {
			t.Logf("round %d: %d MiB", round, survivor.memory()>>20)
		}
		switch round {
		case rounds / 3:
			mu.Lock()
			dead := alive[0]
			alive = alive[1:]
			mu.Unlock()
			dead.kill()
			r := f.launch()
			r.awaitReady()
			mu.Lock()
			alive = append(alive, r)
			mu.Unlock()
			converged("after a replica was killed")
			before = survivor.memory() // it serves those of the other now
		case 2 * rounds / 3:
			f.redis.Kill()
			f.redis.Start()
		}
		r := next(round)
		for _, decision := range parted {
			r.must(fmt.Sprintf(`mutation { undoLinkDecision(input: {decisionId: %q, reason: "to be seen"}) { userErrors { message } } }`, decision))
		}
		parted = parted[:0]
		for _, n := range random.Perm(len(couples))[:4] {
			done := r.must(fmt.Sprintf(`mutation { unlinkIdentity(input: {identityId: %q, reason: "to be seen"}) { decision { id } userErrors { message } } }`, couples[n]))
			decision, ok := dig(done.Data, "unlinkIdentity", "decision", "id").(string)
			if !ok {
				t.Fatalf("nobody was parted: %s", done.raw)
			}
			parted = append(parted, decision)
		}
	}
	converged("in the end")
	events, again := 0, 0
	for _, w := range all {
		events, again = events+w.events, again+w.again
		if w.lastAgain != nil && again == w.again {
			t.Log(w.lastAgain)
		}
	}
	after := survivor.memory()
	t.Logf("%d followers were told %d events, and connected again %d times because everybody could not be asked for; the replica that lived through it had %d MiB and has %d MiB", followers, events, again, before>>20, after>>20)
	if events < followers*rounds {
		t.Errorf("%d events are too few for %d followers over %d rounds", events, followers, rounds)
	}
	if after > before+before/2+64<<20 {
		t.Errorf("the replica grew from %d to %d MiB", before>>20, after>>20)
	}
}

// couples are accounts of people who have several.
func (f *fleet) couples(n int) []string {
	f.t.Helper()
	a := f.replicas[0].must(`{ people(first: 100, filter: {isLinked: true}) { nodes { identities { id } } } }`)
	nodes, _ := dig(a.Data, "people", "nodes").([]any)
	var ids []string
	for _, p := range nodes {
		if id, ok := dig(p, "identities", 1, "id").(string); ok && len(ids) < n {
			ids = append(ids, id)
		}
	}
	if len(ids) < n {
		f.t.Fatalf("only %d people have two accounts", len(ids))
	}
	return ids
}

// untilSaid is until, with what is not yet so.
func (f *fleet) untilSaid(when string, wrong func() string) {
	f.t.Helper()
	last := ""
	defer func() {
		if f.t.Failed() {
			f.t.Logf("%s: %s", when, last)
		}
	}()
	f.until(when, func() bool {
		last = wrong()
		return last == ""
	})
}

// memory is at how much a process's heap is collected next: about twice what was alive in it the last time, in bytes.
func (r *replica) memory() int {
	r.t.Helper()
	resp, err := client.Get(r.url + "/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "go_memstats_next_gc_bytes "); ok {
			bytes, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				r.t.Fatal(err)
			}
			return int(bytes)
		}
	}
	r.t.Fatal("the metrics do not tell of the heap")
	return 0
}
