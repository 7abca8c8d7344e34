package collect_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// reads counts how often a store is asked what is left, and fails when told to.
type reads struct {
	budget.Store
	count atomic.Int32
	fails atomic.Bool
}

func (r *reads) Read(ctx context.Context, l budget.Limits) (budget.Readout, error) {
	r.count.Add(1)
	if r.fails.Load() {
		return budget.Readout{}, context.DeadlineExceeded
	}
	return r.Store.Read(ctx, l)
}

// TestAnAnswerDoesNotAskTheLedger: however many answers say what is left, the ledger is asked once a second.
func TestAnAnswerDoesNotAskTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &reads{Store: budget.NewMemory(budget.SystemClock())}
		limits := budget.Limits{Account: "acme", Credential: "acme", Tokens: 100}
		ledger := budget.NewLedger(store)
		recent := collect.NewRecent(collect.NewCosts(ledger, map[person.SourceID]collect.Charge{
			"crm": {System: person.Pipedrive, Limits: limits},
		}, collect.CostOptions{}), 0)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- recent.Run(ctx) }()
		synctest.Wait()
		r, err := ledger.Reserve(t.Context(), limits, budget.Ask{Class: budget.Interactive, Tokens: 10, Slots: 1})
		if err != nil || ledger.Settle(t.Context(), limits, r, budget.Outcome{Sent: true, Answered: true}) != nil {
			t.Fatal(err)
		}
		for range 1000 {
			recent.Budget("crm")
		}
		if n := store.count.Load(); n != 1 {
			t.Errorf("1,000 answers in one second asked the ledger %d times", n)
		}
		time.Sleep(1001 * time.Millisecond)
		synctest.Wait()
		if b, ok := recent.Budget("crm"); !ok || b.Spent != 10 {
			t.Errorf("a second later: %+v", b)
		}
		store.fails.Store(true)
		time.Sleep(time.Minute)
		if b, ok := recent.Budget("crm"); !ok || b.Spent != 10 {
			t.Errorf("without the ledger: %+v, %t; want what was heard last", b, ok)
		}
		if _, ok := recent.Budget("nobody"); ok {
			t.Error("a source without a budget has one")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
