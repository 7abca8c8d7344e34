package budget_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// says is an answer that tells how much is left.
func says(remaining int) budget.Outcome {
	o := served
	o.Seen.Remaining = &remaining
	return o
}

// inDoubt is a ledger that was told that 100 are left, which may or may not include four more requests of 10.
func inDoubt(t *testing.T) (*budget.Ledger, []budget.Reservation) {
	l := newLedger()
	var flying []budget.Reservation
	for range 5 {
		r, err := l.Reserve(t.Context(), shared, ask(budget.Mutation, 10))
		if err != nil {
			t.Fatal(err)
		}
		flying = append(flying, r)
	}
	if err := l.Settle(t.Context(), shared, flying[0], says(100)); err != nil {
		t.Fatal(err)
	}
	return l, flying[1:]
}

var shared = budget.Limits{Account: "acme", Tokens: 1000, Credential: "token"}

// TestWhoWaitsForAnAnswerIsServedByIt, and holds up nobody whom no answer need tell.
func TestWhoWaitsForAnAnswerIsServedByIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, flying := inDoubt(t)
		start := time.Now()
		big := make(chan error)
		go func() { big <- call(t.Context(), l, shared, ask(budget.Mutation, 80), 0, says(20)) }()
		synctest.Wait()
		small, err := l.Reserve(t.Context(), shared, ask(budget.Mutation, 1))
		if err != nil || time.Since(start) != 0 {
			t.Fatalf("after %s: %v, want one token at once", time.Since(start), err)
		}
		if err := l.Settle(t.Context(), shared, small, budget.Outcome{}); err != nil {
			t.Fatal(err)
		}
		for i, r := range flying { // after 300 ms, 600 ms and so on
			select {
			case err := <-big:
				t.Fatalf("%v after %d answers, with %d tokens in doubt", err, i, 40-10*i)
			case <-time.After(300 * time.Millisecond):
			}
			if err := l.Settle(t.Context(), shared, r, says(110+10*i)); err != nil {
				t.Fatal(err)
			}
			if i == 1 { // 20 are in doubt: 80 of 100 are free
				break
			}
		}
		if err := <-big; err != nil || time.Since(start) != 600*time.Millisecond {
			t.Errorf("after %s: %v, want the second answer to free it", time.Since(start), err)
		}
	})
}

// TestAnswersToAnotherCredentialAreSeen: it shares the account, but not the queue.
func TestAnswersToAnotherCredentialAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, flying := inDoubt(t)
		other := shared
		other.Credential = "another token"
		start := time.Now()
		done := make(chan error)
		go func() { done <- call(t.Context(), l, other, ask(budget.Mutation, 100), 0, served) }()
		time.Sleep(1500 * time.Millisecond)
		for _, r := range flying {
			if err := l.Settle(t.Context(), shared, r, says(110)); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-done; err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("after %s: %v, want the next look to find them", time.Since(start), err)
		}
	})
}

// TestNoTimeForAnAnswer: the refusal asks for a moment, not for tomorrow.
func TestNoTimeForAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, flying := inDoubt(t)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := l.Reserve(ctx, shared, ask(budget.Mutation, 61))
		r, ok := errors.AsType[*budget.Refusal](err)
		if !ok || !r.Because.Brief() || r.RetryIn != time.Second {
			t.Errorf("got %v", err)
		}
		// An answer that says that all is gone turns those away who waited.
		start := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- call(ctx, l, shared, ask(budget.Mutation, 61), 0, served) }()
		synctest.Wait()
		time.Sleep(300 * time.Millisecond)
		if err := l.Settle(t.Context(), shared, flying[0], says(60)); err != nil {
			t.Fatal(err)
		}
		r, ok = errors.AsType[*budget.Refusal](<-done)
		if !ok || r.Because != budget.VendorSpent || r.RetryIn < 29*time.Minute || time.Since(start) != 300*time.Millisecond {
			t.Errorf("after %s: %v", time.Since(start), r)
		}
	})
}
