package collect_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func TestRenewReadsOnlyWhatIsTooOld(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		two := r.users(t, "1", "2")
		r.rename("1", "second")
		if got := r.Renew(t.Context(), people.Asker{}, two); got != nil {
			t.Errorf("without a word on age: %+v", got)
		}
		time.Sleep(time.Minute)
		if got := r.Renew(t.Context(), within(time.Minute), two); got != nil || r.made() != 0 {
			t.Errorf("new enough: %+v", got)
		}
		got := r.Renew(t.Context(), within(59*time.Second), two)
		want := people.Renewal{Source: acme, Cost: people.Cost{Source: acme, Calls: 2, Tokens: 4}}
		if len(got) != 1 || got[0] != want || r.name("1") != "second" {
			t.Errorf("too old: %+v, and 1 is called %s", got, r.name("1"))
		}
		if got := r.Renew(t.Context(), within(59*time.Second), r.users(t, "1", "2")); got != nil || r.made() != 2 {
			t.Errorf("just read: %+v", got)
		}
		if r.class[0] != wire.Interactive {
			t.Errorf("charged as %v", r.class[0])
		}
	})
}

func TestRenewTakesTheListWhereThatIsCheaper(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		ten := r.users(t, numbers(1, 10)...)
		r.rename("50", "second")
		r.rename("3", "")
		time.Sleep(time.Hour)
		got := r.Renew(t.Context(), within(time.Minute), ten)
		if len(got) != 1 || got[0].Err != nil || got[0].Cost.Tokens != 20 || r.made("all") != 1 || r.made() != 1 {
			t.Errorf("%+v after %v", got, r.calls)
		}
		if r.name("50") != "second" || r.name("3") != "nobody" || count(t, r.collector) != 49 {
			t.Errorf("the list was not taken whole: 50 is called %s, 3 %s", r.name("50"), r.name("3"))
		}
		if s := source(r.collector, acme); s.Version != 2 || time.Since(s.AsOf) != 100*time.Millisecond {
			t.Errorf("%+v", s)
		}
	})
}

func TestAUserWhoIsGoneLeavesThePicture(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		gone := r.users(t, "2")
		r.rename("2", "")
		if got := r.Renew(t.Context(), within(time.Minute), gone); len(got) != 1 || got[0].Err != nil || r.name("2") != "nobody" {
			t.Errorf("%+v, and 2 is called %s", got, r.name("2"))
		}
		if got := r.Renew(t.Context(), within(0), gone); got != nil {
			t.Errorf("nobody can be renewed: %+v", got)
		}
	})
}

func TestOnlyIfCachedAsksNobody(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		a := within(time.Minute)
		a.Wanted.OnlyIfCached = true
		got := r.Renew(t.Context(), a, r.users(t, "1", "2"))
		if f := fault.From(got[0].Err); len(got) != 1 || f.Kind != fault.SourceUnavailable || f.Source != "acme" || got[0].Cost.Calls != 0 || r.made() != 0 {
			t.Errorf("%+v: %+v", got, f)
		}
		a = within(2 * time.Hour)
		a.Wanted.OnlyIfCached = true
		if got := r.Renew(t.Context(), a, r.users(t, "1")); got != nil {
			t.Errorf("new enough: %+v", got)
		}
	})
}

func TestRenewStaysWithinTheBudget(t *testing.T) {
	renew(t, 30, budget.Limits{Tokens: 20}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		got := r.Renew(t.Context(), within(time.Minute), r.users(t, numbers(1, 30)...))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.BudgetExhausted || r.made() != 0 || r.name("1") != "first" {
			t.Errorf("%+v: %+v", got, f)
		}
	})
}

func TestAPanicInARenewalIsAnError(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.spoil = func() error { panic("a mistake of ours") }
		got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1"))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.Internal {
			t.Errorf("%+v", got)
		}
	})
}
