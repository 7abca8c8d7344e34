package collect_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// levels are second levels in memory, one for each kind.
type levels map[string]*cachetest.Memory

func (l levels) of(kind string) cache.Remote {
	if l[kind] == nil {
		l[kind] = cachetest.NewMemory(nil)
	}
	return l[kind]
}

// replicas runs a test in its own time over two Details that share a second level, and one vendor.
func replicas(t *testing.T, o collect.CostOptions, test func(t *testing.T, s *stage, a, b *collect.Details)) {
	perform(t, lite, func(t *testing.T, s *stage) {
		l := levels{}
		s.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
			acme:   {System: person.Pipedrive, Limits: budget.Limits{Account: "7001", Credential: "token", Tokens: 30_000, Burst: 20}},
			"apps": {System: person.Pipedream, Limits: budget.Limits{Account: "proj", Credential: "proj", Tokens: 2000, Window: 5 * time.Minute}},
		}, o)
		var both [2]*collect.Details
		for i := range both {
			both[i] = collect.NewDetails(s.costs, collect.DetailSources{
				Pipedrive: map[person.SourceID]collect.As[collect.PipedriveDetails]{
					acme: func(c wire.Class, g wire.Gate) collect.PipedriveDetails { return s.client.As(c, g) },
				},
				Pipedream: map[person.SourceID]collect.As[collect.PipedreamDetails]{
					"apps": func(_ wire.Class, g wire.Gate) collect.PipedreamDetails { return triggers{g} },
				},
			}, collect.DetailOptions{Shared: l.of})
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, d := range both {
			running.Go(func() { _ = d.Run(ctx) })
		}
		test(t, s, both[0], both[1])
		cancel()
		running.Wait()
	})
}

func ofField(d *collect.Details, field string) cache.Stats { return d.Stats()[field] }

// TestReplicasReadEachDetailOnce: a page of every kind, at one replica and then at the other.
func TestReplicasReadEachDetailOnce(t *testing.T) {
	replicas(t, collect.CostOptions{}, func(t *testing.T, s *stage, a, b *collect.Details) {
		page := users(100)
		page = append(page, user(7, nil)) // 1,200 followers
		ann := []*person.Identity{{Key: person.Key{System: person.Pipedream, Account: "proj/production", ID: "ann"}, Source: "apps",
			Pipedream: &person.PipedreamUser{ExternalUserID: "ann"}}}
		same(t, a.Permissions(t.Context(), people.Asker{}, page), b.Permissions(t.Context(), people.Asker{}, page))
		same(t, a.RoleAssignments(t.Context(), people.Asker{}, page), b.RoleAssignments(t.Context(), people.Asker{}, page))
		same(t, a.RoleSettings(t.Context(), people.Asker{}, page), b.RoleSettings(t.Context(), people.Asker{}, page))
		same(t, a.Followers(t.Context(), people.Asker{}, page), b.Followers(t.Context(), people.Asker{}, page))
		same(t, a.DeployedTriggers(t.Context(), people.Asker{}, ann), b.DeployedTriggers(t.Context(), people.Asker{}, ann))
		if got := ofField(b, "PipedriveUser.permissions"); got.RemoteHits != 101 || got.Loads != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func same[T any](t *testing.T, first, second []people.Detail[[]T]) {
	t.Helper()
	for i := range first {
		if first[i].Err != nil || second[i].Err != nil || second[i].Cost.Calls != 0 || second[i].Cost.Tokens != 0 || second[i].Cost.Saved == 0 {
			t.Errorf("user %d: %+v, then %+v", i, first[i], second[i])
		}
		if d := cmp.Diff(first[i].Value, second[i].Value); d != "" || first[i].Value == nil || second[i].Value == nil {
			t.Errorf("user %d reads differently from the second level:\n%s", i, d)
		}
		if !first[i].Freshness.ObservedAt.Truncate(time.Microsecond).Equal(second[i].Freshness.ObservedAt.Truncate(time.Microsecond)) {
			t.Errorf("user %d: of %s, then of %s", i, first[i].Freshness.ObservedAt, second[i].Freshness.ObservedAt)
		}
	}
}

// TestAFaultIsTheSameEverywhere, but for its private cause.
func TestAFaultIsTheSameEverywhere(t *testing.T) {
	replicas(t, collect.CostOptions{}, func(t *testing.T, s *stage, a, b *collect.Details) {
		s.vendor.spoil = func(string) *http.Response { return respond(404, `{"success":false}`, nil) }
		first := fault.From(a.Permissions(t.Context(), people.Asker{}, users(1))[0].Err)
		second := fault.From(b.Permissions(t.Context(), people.Asker{}, users(1))[0].Err)
		if s.vendor.total() != 1 || second.Kind != fault.NotFound || second.Message != first.Message || second.Source != "acme" || second.Cause != nil {
			t.Errorf("%d calls: %+v, then %+v", s.vendor.total(), first, second)
		}
	})
}

// TestAnAllowanceIsNobodyElsesBusiness: a client that has spent its own is refused; who waits with it is served.
func TestAnAllowanceIsNobodyElsesBusiness(t *testing.T) {
	o := collect.CostOptions{Allowances: collect.Allowances{"batch": {person.Pipedrive: 9}}}
	replicas(t, o, func(t *testing.T, s *stage, a, b *collect.Details) {
		for _, other := range []*collect.Details{a, b} {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					d := a.Permissions(t.Context(), people.Asker{Client: "batch"}, users(1))[0]
					if r, ok := errors.AsType[*budget.Refusal](d.Err); d.Err != nil && (!ok || r.Because != budget.AllowanceSpent) {
						t.Errorf("the poor client: %+v", d)
					}
				})
				wg.Go(func() {
					if d := other.Permissions(t.Context(), people.Asker{Client: "web"}, users(1))[0]; d.Err != nil || len(d.Value) != 2 {
						t.Errorf("the other client: %+v", d)
					}
				})
			}
			wg.Wait()
		}
		if s.vendor.total() != 1 {
			t.Errorf("%d calls", s.vendor.total())
		}
	})
}

func TestOnlyIfCachedSpendsNothing(t *testing.T) {
	replicas(t, collect.CostOptions{}, func(t *testing.T, s *stage, a, b *collect.Details) {
		frugal := people.Asker{Wanted: people.Wanted{OnlyIfCached: true}}
		d := b.Permissions(t.Context(), frugal, users(1))[0]
		if f := fault.From(d.Err); d.Held || f.Kind != fault.SourceUnavailable || f.Source != "acme" ||
			f.Message != "What acme says is not held, and only-if-cached forbids to read it." {
			t.Errorf("%+v: %+v", d, f)
		}
		a.Permissions(t.Context(), people.Asker{}, users(1))
		if d := b.Permissions(t.Context(), frugal, users(1))[0]; d.Err != nil || len(d.Value) != 2 || d.Freshness.IsStale {
			t.Errorf("another replica has it: %+v", d)
		}
		time.Sleep(11 * time.Minute)
		if d := b.Permissions(t.Context(), frugal, users(1))[0]; d.Err != nil || !d.Held || !d.Freshness.IsStale ||
			d.Freshness.Reason != "The request's only-if-cached forbids a newer reading." {
			t.Errorf("stale: %+v", d)
		}
		time.Sleep(time.Minute)
		if s.vendor.total() != 1 {
			t.Errorf("%d calls", s.vendor.total())
		}
	})
}

func TestMaxAgeReadsAnew(t *testing.T) {
	replicas(t, collect.CostOptions{}, func(t *testing.T, s *stage, a, b *collect.Details) {
		a.Permissions(t.Context(), people.Asker{}, users(1))
		time.Sleep(time.Minute)
		age := 30 * time.Second
		impatient := people.Asker{Wanted: people.Wanted{MaxAge: &age}}
		if d := b.Permissions(t.Context(), impatient, users(1))[0]; d.Err != nil || d.Freshness.IsStale || d.Cost.Tokens != 10 {
			t.Errorf("%+v", d)
		}
		if d := a.Permissions(t.Context(), impatient, users(1))[0]; d.Err != nil || d.Cost.Tokens != 0 || time.Since(d.Freshness.ObservedAt) > age {
			t.Errorf("the other replica's reading counts: %+v", d)
		}
		s.vendor.spoil = func(string) *http.Response { return respond(401, `{}`, nil) }
		time.Sleep(time.Minute)
		if d := a.Permissions(t.Context(), impatient, users(1))[0]; d.Err == nil || !d.Held || !d.Freshness.IsStale {
			t.Errorf("what is held stands in: %+v", d)
		}
		none := time.Duration(0)
		impatient.Wanted.MaxStale = &none
		if d := a.Permissions(t.Context(), impatient, users(1))[0]; d.Err == nil || d.Held {
			t.Errorf("and may not: %+v", d)
		}
	})
}

func TestHoldingTellsWhatWouldBeRead(t *testing.T) {
	replicas(t, collect.CostOptions{}, func(t *testing.T, s *stage, a, b *collect.Details) {
		const permissions, settings = "PipedriveUser.permissions", "PipedriveUser.roleSettings"
		tell := func(d *collect.Details, field string, n int, w people.Wanted) collect.Holding {
			h, ok := d.Holding(t.Context(), field, users(n), w)
			if !ok {
				t.Errorf("%s is no detail", field)
			}
			return h
		}
		if _, ok := a.Holding(t.Context(), "PipedriveUser.name", users(1), people.Wanted{}); ok {
			t.Error("a name is a detail")
		}
		if h := tell(a, settings, 100, people.Wanted{}); h != (collect.Holding{Missing: 5}) {
			t.Errorf("a hundred users of five roles: %+v", h)
		}
		a.Permissions(t.Context(), people.Asker{}, users(10))
		age := time.Second
		time.Sleep(time.Minute)
		for _, d := range []*collect.Details{a, b} { // b holds nothing itself
			if h := tell(d, permissions, 15, people.Wanted{}); h != (collect.Holding{Fresh: 10, Missing: 5}) {
				t.Errorf("%+v", h)
			}
			if h := tell(d, permissions, 15, people.Wanted{MaxAge: &age}); h != (collect.Holding{Stale: 10, Missing: 5}) {
				t.Errorf("with a max age: %+v", h)
			}
		}
		time.Sleep(11 * time.Minute)
		go a.Permissions(t.Context(), people.Asker{}, users(1))
		synctest.Wait()
		if h := tell(a, permissions, 15, people.Wanted{}); h != (collect.Holding{Stale: 10, Missing: 5, Flying: 1}) {
			t.Errorf("later: %+v", h)
		}
		if s.vendor.total() != 11 {
			t.Errorf("%d calls: telling made some", s.vendor.total())
		}
	})
}
