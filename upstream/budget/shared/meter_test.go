package shared_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
)

// meter counts as a vendor does: at arrival, by its own clock.
type meter struct {
	mu       sync.Mutex
	tokens   int
	by       map[*replica]int
	arrivals []time.Time
	changed  chan struct{}
}

func newMeter() *meter { return &meter{by: map[*replica]int{}, changed: make(chan struct{})} }

func (m *meter) arrive(r *replica, tokens int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens += tokens
	m.by[r] += tokens
	m.arrivals = append(m.arrivals, time.Now())
	close(m.changed)
	m.changed = make(chan struct{})
}

// until waits until so many requests have arrived.
func (m *meter) until(t testing.TB, n int) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		m.mu.Lock()
		got, changed := len(m.arrivals), m.changed
		m.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%d requests arrived in a minute, want %d", got, n)
		}
	}
}

func (m *meter) of(r *replica) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[r]
}

// judge fails the test if the share or any burst window was overspent.
func (m *meter) judge(t *testing.T, l budget.Limits, least int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens > l.Tokens {
		t.Errorf("%d tokens were spent of a share of %d", m.tokens, l.Tokens)
	}
	if m.tokens < least {
		t.Errorf("only %d tokens were spent: nothing was shown", m.tokens)
	}
	for i := range m.arrivals {
		if j := i + l.Burst; j < len(m.arrivals) && m.arrivals[j].Sub(m.arrivals[i]) < l.BurstWindow {
			t.Fatalf("%d requests arrived in %s", l.Burst+1, m.arrivals[j].Sub(m.arrivals[i]))
		}
	}
	t.Logf("%d tokens of %d were spent by %d requests", m.tokens, l.Tokens, len(m.arrivals))
}

// replica is one store with its own client, and those who spend by it.
type replica struct {
	store  *shared.Store
	client redis.UniversalClient
	crash  context.CancelFunc
	done   chan struct{}
	// refused counts the refusals for a moment.
	refused atomic.Int64
}

// start runs a replica with so many spenders until its share is spent.
func start(t *testing.T, client redis.UniversalClient, o shared.Options, l budget.Limits, m *meter, spenders int) *replica {
	ctx, cancel := context.WithCancel(t.Context())
	r := &replica{store: shared.New(client, o), client: client, crash: cancel, done: make(chan struct{})}
	running := make(chan struct{})
	go func() {
		defer close(running)
		if err := r.store.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-running })
	ledger := budget.NewLedger(r.store)
	var wg sync.WaitGroup
	for range spenders {
		wg.Go(func() { r.spend(ctx, t, ledger, l, m) })
	}
	go func() { wg.Wait(); close(r.done) }()
	return r
}

func (r *replica) spend(ctx context.Context, t *testing.T, ledger *budget.Ledger, l budget.Limits, m *meter) {
	for i := 0; ; i++ {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		reserved, err := ledger.Reserve(limited, l, budget.Ask{Class: budget.Mutation, Tokens: 1 + i%2, Slots: 1})
		cancel()
		var refusal *budget.Refusal
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &refusal) && refusal.Because == budget.ShareSpent:
			return
		case errors.As(err, &refusal) && refusal.Because.Brief():
			r.refused.Add(1)
			pause(ctx, 5*time.Millisecond)
			continue
		case err != nil:
			t.Errorf("Reserve: %v", err)
			return
		}
		if ctx.Err() != nil {
			return // it crashes with the reservation open
		}
		m.arrive(r, reserved.Tokens)
		if err := ledger.Settle(ctx, l, reserved, budget.Outcome{Sent: true, Answered: true}); err != nil && !errors.Is(err, budget.ErrNotOpen) {
			t.Errorf("Settle: %v", err)
			return
		}
	}
}

// pause is how long a client that was refused waits before it asks again.
func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// await waits until it is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !so() {
		if ctx.Err() != nil {
			t.Fatalf("in 30 s it did not become true that %s", what)
		}
		pause(ctx, 5*time.Millisecond)
	}
}
