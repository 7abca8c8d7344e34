package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/sim"
)

const (
	page = `{ people(first: 100) { totalCount nodes { id displayName primaryEmail identities { source { name } } } } }`

	burst  = 40
	tokens = 30_000
)

// details asks for what two live reads tell of one person.
func details(id string) string {
	return fmt.Sprintf(`{ node(id: %q) { ... on Person { displayName pipedriveUsers {
		permissions { name granted } roleAssignments { roleId name } } } } }`, id)
}

// bigWorld has a first company of 400 users and more.
func bigWorld() *sim.World { return sim.NewWorld(sim.WorldOptions{People: 1000}) }

// within judges a day by the vendor's own meters.
func (f *fleet) within(share int) {
	f.t.Helper()
	u := f.world.PipedriveServer.Usage()
	for company, spent := range u.Tokens {
		if spent > share {
			f.t.Errorf("company %d was charged %d tokens of a share of %d", company, spent, share)
		}
	}
	for token, peak := range u.Peak {
		if peak > burst {
			f.t.Errorf("a window of token …%s held %d requests of %d", tail(token, 4), peak, burst)
		}
	}
	for why, n := range u.Refused {
		if n > 0 {
			f.t.Errorf("the vendor refused %d requests: %s", n, why)
		}
	}
}

// mix sends count queries from 8 closed-loop clients over the replicas that live: pages of 100, single people with
// permissions and role assignments from a popular few, and the given people once each. It returns what failed.
func (f *fleet) mix(count int, ids []string, during func(sent int)) []string {
	var (
		mu     sync.Mutex
		sent   int
		failed []string
		wg     sync.WaitGroup
	)
	next := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if sent == count {
			return 0, false
		}
		sent++
		return sent - 1, true
	}
	for c := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(c)))
			for {
				i, ok := next()
				if !ok {
					return
				}
				if during != nil {
					during(i)
				}
				query := page
				switch {
				case i%5 == 0 && i/5 < len(ids):
					query = details(ids[i/5])
				case i%5 < 3:
					query = details(ids[random.IntN(20)])
				}
				a, err := f.pick(i).ask(query)
				if err != nil || len(a.Errors) > 0 || !strings.Contains(a.raw, "displayName") {
					mu.Lock()
					failed = append(failed, fmt.Sprintf("query %d: %v %.400s", i, err, a.raw))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}

func (f *fleet) pick(i int) *replica { return f.replicas[i%len(f.replicas)] }

// TestNoQueryFailsUnderARealBurst: 2,000 mixed queries over three replicas, with the burst and the budget of the smallest
// plans enforced by the vendor: they wait their turn.
func TestNoQueryFailsUnderARealBurst(t *testing.T) {
	f := begin(t, 3, setup{
		sim:  sim.Options{World: bigWorld(), Burst: burst, Budget: tokens},
		edit: budgeted(tokens),
	})
	failed := f.mix(2000, f.users(400), nil)
	if len(failed) > 0 {
		t.Errorf("%d of 2,000 failed: %s", len(failed), failed[0])
	}
	f.within(tokens)
	t.Logf("%+v", f.world.PipedriveServer.Usage())
}

// TestI6_LosingRedisIsNoError: Redis goes in the middle of the load and comes back empty.
func TestI6_LosingRedisIsNoError(t *testing.T) {
	f := begin(t, 3, setup{
		sim:  sim.Options{World: bigWorld(), Burst: burst, Budget: tokens},
		edit: budgeted(tokens),
	})
	ids := f.users(20)
	for _, r := range f.replicas { // everybody holds what the load asks for
		for _, id := range ids {
			r.must(details(id))
		}
	}
	failed := f.mix(3000, ids, func(sent int) {
		switch sent {
		case 600:
			f.redis.Kill()
		case 1800:
			f.redis.Start()
		}
	})
	if len(failed) > 0 {
		t.Errorf("%d of 3,000 failed: %s", len(failed), failed[0])
	}
	// Nobody has to help: what was never read can be read again.
	fresh := f.users(60)[40:]
	f.until("live reads work again", func() bool {
		for i, id := range fresh {
			if a, err := f.pick(i).ask(details(id)); err != nil || len(a.Errors) > 0 {
				return false
			}
		}
		return true
	})
	f.within(tokens)
}

// TestI6_AClusterThatLosesMastersIsNoError: two masters are killed in the middle of the load, one after the other.
func TestI6_AClusterThatLosesMastersIsNoError(t *testing.T) {
	cluster := redistest.StartCluster(t)
	f := begin(t, 3, setup{
		cluster: cluster, sim: sim.Options{World: bigWorld(), Burst: burst, Budget: tokens}, edit: budgeted(tokens),
	})
	failed := f.mix(1000, f.users(100), func(sent int) {
		if sent == 200 || sent == 700 {
			cluster.Servers[sent/500].Kill()
		}
	})
	if len(failed) > 0 {
		t.Errorf("%d of 1,000 failed: %s", len(failed), failed[0])
	}
	f.within(tokens)
}

// TestI1_I2_KillsAndAnEmptyRedisSpendNoTokenTooMany: a small share, replicas that die by SIGKILL and are replaced, a Redis
// that forgets, is frozen and comes back; the vendor's own meters judge.
func TestI1_I2_KillsAndAnEmptyRedisSpendNoTokenTooMany(t *testing.T) {
	const share = 1500
	f := begin(t, 3, setup{
		sim:  sim.Options{World: bigWorld(), Burst: burst, Budget: tokens},
		edit: budgeted(share),
	})
	ids := f.users(400)
	var replicas sync.Mutex
	live := func(sent int) {
		replicas.Lock()
		defer replicas.Unlock()
		switch sent {
		case 100:
			f.replicas[0].kill()
		case 150:
			f.launch()
		case 250:
			f.redis.Kill()
			f.redis.Start()
		case 400:
			f.redis.Freeze()
		case 500:
			f.redis.Thaw()
		case 600:
			f.replicas[1].kill()
			f.redis.Kill()
		case 700:
			f.redis.Start()
			f.launch()
		}
	}
	var wg sync.WaitGroup
	asked := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range asked {
				replicas.Lock()
				r := f.pick(i)
				replicas.Unlock()
				_, _ = r.ask(details(ids[i%len(ids)])) // refusals are right: the share is small
			}
		})
	}
	for i := range 1000 {
		live(i)
		asked <- i
	}
	close(asked)
	wg.Wait()
	f.within(share)
	t.Logf("%+v", f.world.PipedriveServer.Usage().Tokens)
}

// budgeted gives every Pipedrive source a share and the burst of the tests.
func budgeted(share int) func(string) string {
	return func(s string) string {
		return strings.ReplaceAll(s, "    token: ", fmt.Sprintf("    budget: {tokens: %d, burst: %d}\n    token: ", share, burst))
	}
}
