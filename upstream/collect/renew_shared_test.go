package collect_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/collect/share"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// team is several replicas over one company and one second level.
type team struct {
	*company
	replicas []*renewing
}

// between is what a replica has to run for itself: a way to the second level.
type between func(t testing.TB) func(kind string) cache.Remote

// newTeam makes n replicas that have each read the company, as they say so long ago. They run until end is called.
func newTeam(t *testing.T, n, users int, old time.Duration, limits budget.Limits, way between) (together *team, end func()) {
	t.Helper()
	together = &team{company: newCompany(users)}
	limits.Account, limits.Credential = "7001", "token"
	if limits.Tokens == 0 {
		limits.Tokens = 30_000
	}
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())),
		map[person.SourceID]collect.Charge{acme: {System: person.Pipedrive, Limits: limits}}, collect.CostOptions{})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var early atomic.Int64
	early.Store(int64(old))
	defer early.Store(0)
	for range n {
		r := &renewing{company: together.company, costs: costs}
		r.collector = collect.New([]collect.Source{{ID: acme, System: person.Pipedrive, Reader: together.company}}, picture(t),
			collect.Options{Now: func() time.Time { return time.Now().Add(-time.Duration(early.Load())) }})
		r.collector.Refresh(t.Context())
		var sharing *collect.RenewSharing
		if way != nil {
			sharing = &collect.RenewSharing{Remote: way(t), Codec: share.Pieces{}}
		}
		r.Renewer = collect.NewRenewer(r.collector, costs, map[person.SourceID]collect.Renewable{acme: together.company}, collect.RenewOptions{Shared: sharing})
		running.Go(func() { _ = r.Run(ctx) })
		together.replicas = append(together.replicas, r)
	}
	return together, func() { cancel(); running.Wait() }
}

// inTeam runs a test in its own time over replicas of a company of fifty.
func inTeam(t *testing.T, n int, limits budget.Limits, test func(t *testing.T, m *team, levels levels)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := levels{}
		m, end := newTeam(t, n, 50, 0, limits, func(testing.TB) func(string) cache.Remote { return l.of })
		test(t, m, l)
		end()
	})
}

// crowd lets n callers in all replicas want ids no older than age within a tenth of a second, and counts what they paid.
func (m *team) crowd(t *testing.T, n int, age time.Duration, ids ...string) (calls, tokens int) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	users := make([][]*person.Identity, len(m.replicas))
	for i, r := range m.replicas {
		users[i] = r.users(t, ids...)
	}
	asked := time.Now()
	for i := range n {
		at := i % len(m.replicas)
		all.Go(func() {
			time.Sleep(time.Duration(i) * 100 * time.Millisecond / time.Duration(n))
			for _, got := range m.replicas[at].Renew(t.Context(), within(age), users[at]) {
				mu.Lock()
				calls, tokens = calls+got.Cost.Calls, tokens+got.Cost.Tokens
				mu.Unlock()
				if got.Err != nil || got.Cost.Calls == 0 && got.Cost.Saved == 0 {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	all.Wait()
	for i, r := range m.replicas {
		for _, u := range r.users(t, ids...) {
			if observed := r.observed(t, u.Key.ID); observed.Before(asked.Add(-age).Truncate(time.Millisecond)) {
				t.Errorf("replica %d shows %s as it was %s before it was asked for", i, u.Key.ID, asked.Sub(observed))
			}
		}
	}
	return calls, tokens
}

// observed is when what the picture shows of id was read.
func (r *renewing) observed(t *testing.T, id string) time.Time {
	t.Helper()
	i, ok := r.collector.Current().View(access.Principal{}).Identity(keyed(id))
	if !ok {
		t.Fatalf("nobody knows %s", id)
	}
	return i.Freshness().ObservedAt
}

// TestI5AThousandRenewalsOverThreeReplicasAreOneCall, of one user and of the list, with what each replica shows afterwards.
func TestI5AThousandRenewalsOverThreeReplicasAreOneCall(t *testing.T) {
	inTeam(t, 3, budget.Limits{}, func(t *testing.T, m *team, _ levels) {
		for _, ids := range [][]string{{"1"}, numbers(1, 50)} {
			time.Sleep(30 * time.Minute)
			m.rename("1", "renamed for "+strconv.Itoa(len(ids)))
			before := m.made()
			calls, tokens := m.crowd(t, 1000, time.Second, ids...)
			if n := m.made() - before; n != 1 || calls != 1 || tokens != map[int]int{1: 2, 50: 20}[len(ids)] {
				t.Errorf("%d users: %d calls, of which the callers report %d for %d tokens", len(ids), n, calls, tokens)
			}
			for i, r := range m.replicas {
				if got := r.name("1"); got != "renamed for "+strconv.Itoa(len(ids)) {
					t.Errorf("replica %d calls 1 %q", i, got)
				}
			}
		}
		if m.made("all") != 1 {
			t.Errorf("%v", m.calls)
		}
	})
}

// TestAListIsHeardOf by replicas that nobody asked: they show it, and pay for nothing that it tells.
func TestAListIsHeardOf(t *testing.T) {
	inTeam(t, 3, budget.Limits{}, func(t *testing.T, m *team, _ levels) {
		time.Sleep(time.Hour)
		m.rename("3", "")
		m.rename("51", "new")
		m.replicas[0].Renew(t.Context(), within(time.Minute), m.replicas[0].users(t, numbers(1, 20)...))
		synctest.Wait()
		first := source(m.replicas[0].collector, acme)
		for i, r := range m.replicas {
			if s := source(r.collector, acme); !s.AsOf.Equal(first.AsOf) || r.name("3") != "nobody" || r.name("51") != "new" || s.Version != 2 {
				t.Errorf("replica %d: 3 is called %q, 51 %q, in %+v", i, r.name("3"), r.name("51"), s)
			}
			if got := r.Renew(t.Context(), within(time.Minute), r.users(t, "7", "8")); got != nil {
				t.Errorf("replica %d: %+v", i, got)
			}
		}
		if m.made() != 1 {
			t.Errorf("%v", m.calls)
		}
	})
}

// TestAReadingThatIsTooOldServesNobodyElsewhere: what another replica is reading began before a caller wants.
func TestAReadingThatIsTooOldServesNobodyElsewhere(t *testing.T) {
	inTeam(t, 2, budget.Limits{}, func(t *testing.T, m *team, _ levels) {
		m.takes = 10 * time.Second
		time.Sleep(time.Hour)
		var all sync.WaitGroup
		renew := func(r *renewing, age time.Duration) {
			users := r.users(t, "1")
			all.Go(func() {
				since := time.Now().Add(-age)
				got := r.Renew(t.Context(), within(age), users)
				if len(got) != 1 || got[0].Err != nil || r.observed(t, "1").Before(since) {
					t.Errorf("%+v, observed %s too early", got, since.Sub(r.observed(t, "1")))
				}
			})
		}
		renew(m.replicas[0], time.Second)
		time.Sleep(5 * time.Second)
		m.rename("1", "second")
		renew(m.replicas[1], 7*time.Second) // content with what is under way
		time.Sleep(time.Second)
		for range 10 {
			renew(m.replicas[1], time.Second) // joins the one before, and learns that it is not enough
		}
		all.Wait()
		if m.made() != 2 || m.replicas[1].name("1") != "second" {
			t.Errorf("%d calls, and 1 is called %s", m.made(), m.replicas[1].name("1"))
		}
	})
}

// TestWithoutASecondLevelEachReplicaReads, and each once.
func TestWithoutASecondLevelEachReplicaReads(t *testing.T) {
	inTeam(t, 3, budget.Limits{}, func(t *testing.T, m *team, l levels) {
		time.Sleep(time.Hour)
		for _, kind := range l {
			kind.Cut(true)
		}
		if calls, _ := m.crowd(t, 999, time.Second, "1"); calls != 3 || m.made() != 3 {
			t.Errorf("%d calls", m.made())
		}
		if calls, _ := m.crowd(t, 999, 0, numbers(1, 50)...); calls < 3 {
			t.Errorf("%d calls", calls)
		}
		for _, kind := range l {
			kind.Cut(false)
		}
		time.Sleep(time.Hour)
		before := m.made()
		if m.crowd(t, 999, time.Second, "2"); m.made()-before != 1 {
			t.Errorf("when it is back: %d calls", m.made()-before)
		}
	})
}

// TestAnotherReplicasFailureIsHeard, and its refusal is not.
func TestAnotherReplicasFailureIsHeard(t *testing.T) {
	inTeam(t, 2, budget.Limits{}, func(t *testing.T, m *team, _ levels) {
		time.Sleep(time.Hour)
		m.spoil = func() error { return &wire.Failure{Kind: wire.ServerError, Source: "acme", Status: 500} }
		for _, r := range m.replicas {
			got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1"))
			if f := fault.From(got[0].Err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "acme" {
				t.Errorf("%+v: %+v", got, f)
			}
		}
		if m.made() != 1 {
			t.Errorf("%d calls", m.made())
		}
		m.spoil = nil
		time.Sleep(time.Minute)
		if calls, _ := m.crowd(t, 100, 30*time.Second, "1"); calls != 1 {
			t.Errorf("afterwards %d calls", calls)
		}
	})
	inTeam(t, 2, budget.Limits{Tokens: 20}, func(t *testing.T, m *team, _ levels) {
		time.Sleep(time.Hour)
		for i, r := range m.replicas {
			got := r.Renew(t.Context(), within(time.Minute), r.users(t, numbers(1, 30)...))
			if f := fault.From(got[0].Err); f == nil || f.Kind != fault.BudgetExhausted || m.made() != 0 {
				t.Errorf("replica %d: %+v: %+v", i, got, f)
			}
		}
	})
}

// TestASpoiltReadingIsReadAgain, by each who cannot read it.
func TestASpoiltReadingIsReadAgain(t *testing.T) {
	inTeam(t, 2, budget.Limits{}, func(t *testing.T, m *team, l levels) {
		time.Sleep(time.Hour)
		a, b := m.replicas[0], m.replicas[1]
		a.Renew(t.Context(), within(time.Minute), a.users(t, "1"))
		for _, kind := range l {
			kind.Spoil(func(record []byte) []byte { return record[:len(record)-1] })
		}
		if got := b.Renew(t.Context(), within(time.Minute), b.users(t, "1")); len(got) != 1 || got[0].Err != nil || got[0].Cost.Calls != 1 || m.made() != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// TestAHolderThatDiesCostsOneCallMore: the replica that reads ends in the middle of it.
func TestAHolderThatDiesCostsOneCallMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := levels{}
		dying := map[string]*mortalRemote{}
		way := func(testing.TB) func(string) cache.Remote { return l.of }
		living, end := newTeam(t, 2, 50, 0, budget.Limits{}, way)
		defer end()
		doomed, endDoomed := newTeam(t, 1, 50, 0, budget.Limits{}, func(testing.TB) func(string) cache.Remote {
			return func(kind string) cache.Remote {
				dying[kind] = &mortalRemote{Memory: l.of(kind).(*cachetest.Memory)}
				return dying[kind]
			}
		})
		defer endDoomed()
		doomed.takes = time.Hour
		time.Sleep(time.Hour)
		one := doomed.replicas[0].users(t, numbers(1, 50)...)
		var last sync.WaitGroup
		last.Go(func() { doomed.replicas[0].Renew(t.Context(), within(time.Minute), one) })
		time.Sleep(time.Second)
		for _, d := range dying {
			d.die()
		}
		if calls, _ := living.crowd(t, 1000, time.Minute, numbers(1, 50)...); calls != 1 || living.made("all") != 1 || living.made() != 1 {
			t.Errorf("%d calls after the death", living.made())
		}
		last.Wait()
	})
}

// TestWhatAnotherReplicaPaidIsNotSpent: books that are brought everything never buy the list of their own accord.
func TestWhatAnotherReplicaPaidIsNotSpent(t *testing.T) {
	inTeam(t, 2, budget.Limits{}, func(t *testing.T, m *team, _ levels) {
		a, b := m.replicas[0], m.replicas[1]
		time.Sleep(time.Hour)
		for i := range 9 {
			for _, r := range []*renewing{a, b} {
				got := r.Renew(t.Context(), within(time.Minute), r.users(t, strconv.Itoa(i+1)))
				if len(got) != 1 || got[0].Err != nil {
					t.Fatalf("%+v", got)
				}
				if want := (people.Cost{Source: acme, Saved: 2}); r == b && got[0].Cost != want {
					t.Errorf("replica b paid: %+v", got[0].Cost)
				}
			}
		}
		time.Sleep(time.Second)
		// a has spent 18 tokens on singles and buys the list with the next two; b has spent nothing.
		b.Renew(t.Context(), within(time.Minute), b.users(t, "30", "31"))
		if m.made("all") != 0 || m.made() != 11 {
			t.Errorf("%v", m.calls)
		}
		a.Renew(t.Context(), within(time.Minute), a.users(t, "40", "41"))
		if m.made("all") != 1 {
			t.Errorf("%v", m.calls)
		}
	})
}

// mortalRemote is a process's way to a second level, which ends with the process.
type mortalRemote struct {
	*cachetest.Memory
	dead atomic.Bool
}

func (m *mortalRemote) die() { m.dead.Store(true) }

func (m *mortalRemote) Renew(ctx context.Context, tag string, token int64, lease time.Duration) (bool, error) {
	if m.dead.Load() {
		return false, cachetest.ErrAway
	}
	return m.Memory.Renew(ctx, tag, token, lease)
}

func (m *mortalRemote) Land(ctx context.Context, tag string, token int64, l cache.Landing) (bool, error) {
	if m.dead.Load() {
		return false, cachetest.ErrAway
	}
	return m.Memory.Land(ctx, tag, token, l)
}
