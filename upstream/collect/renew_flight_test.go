package collect_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// TestI5AThousandRenewalsAreOneCall of one user; and of the list, which serves also those who want single users of it.
func TestI5AThousandRenewalsAreOneCall(t *testing.T) {
	renew(t, 50, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		for _, ids := range [][]string{{"1"}, numbers(1, 50)} {
			before, one := r.made(), r.users(t, ids...)
			var mu sync.Mutex
			var calls, tokens int
			var all sync.WaitGroup
			for i := range 1000 {
				all.Go(func() {
					some := one[:1+i%len(one)]
					if i == 0 {
						some = one
					}
					time.Sleep(time.Duration(i) * 90 * time.Microsecond)
					for _, got := range r.Renew(t.Context(), within(time.Second), some) {
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
			if r.made()-before != 1 || calls != 1 {
				t.Errorf("%d calls, of which the callers report %d for %d tokens", r.made()-before, calls, tokens)
			}
			time.Sleep(time.Hour)
		}
	})
}

// TestAReadingThatBeganTooEarlyServesNobodyLater: what is on its way may be older than a caller wants.
func TestAReadingThatBeganTooEarlyServesNobodyLater(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		r.takes = 10 * time.Second
		time.Sleep(time.Hour)
		one := r.users(t, "1")
		var both sync.WaitGroup
		both.Go(func() { r.Renew(t.Context(), within(time.Second), one) })
		time.Sleep(5 * time.Second)
		r.rename("1", "second")
		both.Go(func() { r.Renew(t.Context(), within(time.Second), one) })
		both.Wait()
		if r.made() != 2 || r.name("1") != "second" {
			t.Errorf("%d calls, and 1 is called %s", r.made(), r.name("1"))
		}
	})
}

func TestTheReadingOutlivesItsCaller(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		r.takes = 5 * time.Second
		time.Sleep(time.Hour)
		r.rename("1", "second")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		got := r.Renew(ctx, within(time.Minute), r.users(t, "1"))
		f := fault.From(got[0].Err)
		if f == nil || f.Kind != fault.SourceUnavailable || f.RetryAfter == 0 || f.Source != "acme" || got[0].Cost.Tokens != 2 || time.Since(began) != time.Second {
			t.Errorf("%+v: %+v after %s", got, f, time.Since(began))
		}
		time.Sleep(5 * time.Second)
		if r.name("1") != "second" {
			t.Error("the reading ended with its caller")
		}
	})
}

// TestAFailureIsSharedAndRemembered: a source that is down is not asked by every caller, and its failure leaves no
// reading that others would wait for.
func TestAFailureIsSharedAndRemembered(t *testing.T) {
	renew(t, 3, budget.Limits{}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.spoil = func() error { return &wire.Failure{Kind: wire.ServerError, Source: "acme", Status: 500} }
		for range 10 {
			got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1", "2"))
			if f := fault.From(got[0].Err); f == nil || f.Kind != fault.SourceUnavailable || f.Source != "acme" {
				t.Errorf("%+v: %+v", got, f)
			}
		}
		if r.made() != 2 || r.name("1") != "first" {
			t.Errorf("%d calls", r.made())
		}
		r.spoil = nil
		time.Sleep(time.Minute)
		if got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1", "2")); got[0].Err != nil || r.made() != 4 {
			t.Errorf("afterwards %+v, %d calls", got, r.made())
		}
	})
}

// TestAReadingInTheQueueIsWithdrawnWithItsLastCaller, and the next one starts another, which costs as much as if there had
// been none before.
func TestAReadingInTheQueueIsWithdrawnWithItsLastCaller(t *testing.T) {
	renew(t, 3, budget.Limits{Burst: 1}, func(t *testing.T, r *renewing) {
		time.Sleep(time.Hour)
		r.rename("1", "second")
		held, err := r.costs.Gate(budget.Attribution{}).Admit(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := r.costs.Budget(acme)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := r.Renew(ctx, within(time.Minute), r.users(t, "1"))
		if f := fault.From(got[0].Err); f == nil || f.Kind != fault.SourceUnavailable || got[0].Cost.Tokens != 0 {
			t.Errorf("%+v", got)
		}
		synctest.Wait()
		held.Done(wire.Outcome{})
		time.Sleep(time.Minute)
		if after, _ := r.costs.Budget(acme); r.made() != 0 || after.Spent != before.Spent-20 {
			t.Errorf("%d calls for nobody; %d tokens are spent, before it were %d and 20 that were given back", r.made(), after.Spent, before.Spent)
		}
		if got := r.Renew(t.Context(), within(time.Minute), r.users(t, "1")); got[0].Err != nil || r.made() != 1 || r.name("1") != "second" {
			t.Errorf("%+v after %d calls", got, r.made())
		}
	})
}
