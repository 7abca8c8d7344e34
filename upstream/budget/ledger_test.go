package budget_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

var limits = budget.Limits{Account: "acme", Tokens: 10_000, Credential: "token", Burst: 4}

func newLedger() *budget.Ledger {
	return budget.NewLedger(budget.NewMemory(budget.SystemClock()))
}

func ask(class budget.Class, tokens int) budget.Ask {
	return budget.Ask{Class: class, Tokens: tokens, Slots: 1}
}

// call makes one request that takes a while.
func call(ctx context.Context, l *budget.Ledger, lim budget.Limits, a budget.Ask, takes time.Duration, o budget.Outcome) error {
	r, err := l.Reserve(ctx, lim, a)
	if err != nil {
		return err
	}
	time.Sleep(takes)
	return l.Settle(ctx, lim, r, o)
}

var served = budget.Outcome{Sent: true, Answered: true}

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		var mu sync.Mutex
		var order []int
		var at []time.Duration
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				r, err := l.Reserve(t.Context(), limits, ask(budget.Interactive, 1))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				at = append(at, time.Since(start))
				mu.Unlock()
				time.Sleep(100 * time.Millisecond)
				if err := l.Settle(t.Context(), limits, r, served); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		// Those served at one moment may note it in any order.
		for wave := range 3 {
			got := order[4*wave : 4*wave+4]
			slices.Sort(got)
			if !slices.Equal(got, []int{4 * wave, 4*wave + 1, 4*wave + 2, 4*wave + 3}) {
				t.Errorf("wave %d served %v", wave, got)
			}
			if want := time.Duration(wave) * 2100 * time.Millisecond; at[4*wave] != want || at[4*wave+3] != want {
				t.Errorf("wave %d left from %s to %s, want %s", wave, at[4*wave], at[4*wave+3], want)
			}
		}
	})
}

func TestHopelessWaitersFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var refused, ok int
		var mu sync.Mutex
		var wg sync.WaitGroup
		start := time.Now()
		for range 20 {
			wg.Go(func() {
				err := call(ctx, l, limits, ask(budget.Interactive, 1), 10*time.Millisecond, served)
				mu.Lock()
				defer mu.Unlock()
				var r *budget.Refusal
				switch {
				case err == nil:
					ok++
				case !errors.As(err, &r):
					t.Errorf("got %v, want a Refusal", err)
				case !r.Because.Brief() || r.RetryIn < 3*time.Second || r.RetryIn > 9*time.Second || time.Since(start) > 20*time.Millisecond:
					t.Errorf("after %s: %v", time.Since(start), r)
				default:
					refused++
				}
			})
		}
		wg.Wait()
		if ok != 8 || refused != 12 {
			t.Errorf("%d served and %d refused; 3 seconds hold two waves of four", ok, refused)
		}
	})
}

func TestALeaverGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		for range 4 {
			go call(t.Context(), l, limits, ask(budget.Interactive, 10), 10*time.Second, served)
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- call(ctx, l, limits, ask(budget.Interactive, 10), 0, served) }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the leaver got %v", err)
		}
		if err := call(t.Context(), l, limits, ask(budget.Interactive, 10), 0, served); err != nil {
			t.Error(err)
		}
		if r, err := l.Read(t.Context(), limits); err != nil || r.Spent != 50 || r.Reserved != 0 {
			t.Errorf("%+v, %v: want the five that were sent", r, err)
		}
	})
}

func TestPauseTellsThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		for range 4 {
			go call(t.Context(), l, limits, ask(budget.Interactive, 1), time.Second,
				budget.Outcome{Sent: true, Limited: budget.ByBurst, RetryAfter: time.Minute})
		}
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // one who has time stands first
			if err := call(t.Context(), l, limits, ask(budget.Interactive, 1), 0, served); err != nil || time.Since(start) != 61*time.Second {
				t.Errorf("after %s: %v, want an answer when the pause is over", time.Since(start), err)
			}
		})
		synctest.Wait()
		for range 2 {
			wg.Go(func() {
				err := call(ctx, l, limits, ask(budget.Interactive, 1), 0, served)
				r, ok := errors.AsType[*budget.Refusal](err)
				if !ok || r.Because != budget.BurstPaused || time.Since(start) != time.Second {
					t.Errorf("after %s: %v, want a refusal as soon as the pause is known", time.Since(start), err)
				}
			})
		}
		wg.Wait()
	})
}

// TestTokensDoNotHoldUpTheQueue: a refresh that waits for its cap lets an act pass.
func TestTokensDoNotHoldUpTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		five := budget.Limits{Account: "project", Tokens: 8, Window: 5 * time.Minute, RefreshTokens: 2, Credential: "client"}
		for range 2 {
			if err := call(t.Context(), l, five, ask(budget.Refresh, 1), 0, served); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan error)
		start := time.Now()
		go func() { done <- call(t.Context(), l, five, ask(budget.Refresh, 1), 0, served) }()
		synctest.Wait()
		if err := call(t.Context(), l, five, ask(budget.Mutation, 1), 0, served); err != nil || time.Since(start) != 0 {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if err := <-done; err != nil || time.Since(start) < 299*time.Second || time.Since(start) > 301*time.Second {
			t.Errorf("after %s: %v, want the window to have passed", time.Since(start), err)
		}
	})
}

// TestNoWindowIsOverfilled hammers one ledger from many sides and judges the sendings by brute force.
func TestNoWindowIsOverfilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		lim := budget.Limits{Account: "acme", Tokens: 400, RefreshTokens: 150, Credential: "token", Burst: 7}
		start := time.Now()
		var mu sync.Mutex
		var sent []time.Duration
		spent := 0
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				time.Sleep(time.Duration(i*37%9000) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%90)*time.Second)
				defer cancel()
				r, err := l.Reserve(ctx, lim, ask(budget.Class(i%3), 1+i%4))
				if err != nil {
					return
				}
				o := budget.Outcome{Sent: i%11 != 0, Answered: true}
				time.Sleep(time.Duration(i*53%700) * time.Millisecond)
				if o.Sent {
					mu.Lock()
					sent = append(sent, time.Since(start))
					spent += r.Tokens
					mu.Unlock()
				}
				time.Sleep(time.Duration(i*71%900) * time.Millisecond)
				if err := l.Settle(t.Context(), lim, r, o); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(sent)
		for i := range sent {
			if j := i + 7; j < len(sent) && sent[j]-sent[i] < 2*time.Second {
				t.Fatalf("8 requests from %s to %s", sent[i], sent[j])
			}
		}
		r, err := l.Read(t.Context(), lim)
		if err != nil || r.Spent != spent || r.Reserved != 0 || spent > 400 {
			t.Errorf("%+v, %v; the vendor counted %d", r, err, spent)
		}
		if len(sent) < 100 {
			t.Errorf("only %d requests went out: nothing was shown", len(sent))
		}
	})
}

func TestPeekCountsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := call(t.Context(), l, limits, ask(budget.Interactive, 1), 0, served); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		d, err := l.Peek(t.Context(), limits, ask(budget.Interactive, 1))
		if err != nil || d.Allowed || d.Because != budget.Queued || d.RetryIn != 4*time.Second {
			t.Errorf("%+v, %v; want 4s behind four", d, err)
		}
		wg.Wait()
	})
}

func BenchmarkReserveSettle(b *testing.B) {
	l := newLedger()
	free := budget.Limits{Account: "acme", Tokens: 1 << 60, RefreshTokens: 1 << 59, Credential: "token"}
	for b.Loop() {
		r, err := l.Reserve(b.Context(), free, ask(budget.Interactive, 2))
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Settle(b.Context(), free, r, served); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReserveSettleFullDay is the dearest case: a day with something spent in each of its grains.
func BenchmarkReserveSettleFullDay(b *testing.B) {
	clock := &steady{}
	store := budget.NewMemory(clock)
	free := budget.Limits{Account: "acme", Tokens: 1 << 60, Credential: "token"}
	once := func() {
		_, r, _ := store.Reserve(b.Context(), free, ask(budget.Interactive, 2))
		if err := store.Settle(b.Context(), free, r, served); err != nil {
			b.Fatal(err)
		}
	}
	for range 1200 {
		once()
		clock.now += 72 * time.Second
	}
	for b.Loop() {
		once()
	}
}

type steady struct{ now time.Duration }

func (s *steady) Elapsed() time.Duration { return s.now }
func (s *steady) Wall() time.Time        { return time.Unix(0, 0).Add(s.now) }
