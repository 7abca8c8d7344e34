package shared

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Store is the budget.Store of all replicas that share a Redis: one server or a Cluster.
type Store struct {
	client  redis.UniversalClient
	options Options
	clock   budget.Clock
	id      string
	// latest makes reservations' ids; its first half is this replica's own.
	latest atomic.Uint64

	mu    sync.Mutex
	memos map[string]*memo // by account
}

var _ budget.Store = (*Store)(nil)

// New makes one replica's store. The client stays the caller's.
func New(client redis.UniversalClient, o Options) *Store {
	var seed [16]byte
	_, _ = rand.Read(seed[:]) // it never fails
	s := &Store{client: client, options: o, clock: o.Clock, id: fmt.Sprintf("%x", seed), memos: map[string]*memo{}}
	if s.clock == nil {
		s.clock = budget.SystemClock()
	}
	s.latest.Store(uint64(binary.BigEndian.Uint32(seed[:4])) << 32)
	return s
}

func (s *Store) memo(l budget.Limits) *memo {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.memos[l.Account]
	if !ok {
		m = &memo{limits: map[string]budget.Limits{}, open: map[uint64]openFlight{}}
		s.memos[l.Account] = m
	}
	m.limits[l.Credential] = l
	return m
}

// report tells the server what this replica remembers.
func (s *Store) report(ctx context.Context, l budget.Limits) error {
	m := s.memo(l)
	f, _, err := s.run(ctx, "report", reportScript, l, m.account(s.clock.Elapsed(), s.options.requestTimeout())...)
	if err == nil {
		m.note(f, s.clock.Elapsed())
	}
	return err
}

func askArgs(a budget.Ask) []any {
	return []any{int(a.Class), min(a.Tokens, most), a.Slots, flag(a.Essential), min(a.Allowance, most), a.By.Client}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func decision(f facts, r rest) budget.Decision {
	d := budget.Decision{Because: budget.Reason(r[0]), RetryIn: time.Duration(r[1]), Remaining: int(r[2]), ResetsAt: f.resetsAt}
	d.Allowed = d.Because == budget.Admitted
	return d
}

// Reserve is budget.Store's.
func (s *Store) Reserve(ctx context.Context, l budget.Limits, a budget.Ask) (budget.Decision, budget.Reservation, error) {
	id := s.latest.Add(1)
	own := append([]any{id}, askArgs(a)...)
	f, r, err := s.call(ctx, "reserve", reserveScript, l, append(own, purposeOf(a))...)
	if err != nil {
		return budget.Decision{}, budget.Reservation{}, err
	}
	d := decision(f, r)
	if !d.Allowed {
		return d, budget.Reservation{}, nil
	}
	a.Slots = int(r[3])
	granted := budget.Reservation{ID: id, Ask: a}
	s.memo(l).grant(l, granted, s.clock.Elapsed())
	return d, granted, nil
}

// Peek is budget.Store's.
func (s *Store) Peek(ctx context.Context, l budget.Limits, a budget.Ask, ahead int) (budget.Decision, error) {
	f, r, err := s.call(ctx, "peek", peekScript, l, append(askArgs(a), ahead)...)
	if err != nil {
		return budget.Decision{}, err
	}
	return decision(f, r), nil
}

// Settle is budget.Store's.
func (s *Store) Settle(ctx context.Context, l budget.Limits, r budget.Reservation, o budget.Outcome) error {
	s.memo(l).settle(r.ID)
	_, answer, err := s.call(ctx, "settle", settleScript, l, r.ID, flag(o.Sent), flag(o.Answered), int(o.Limited), int64(o.RetryAfter),
		optional(o.Seen.Remaining), optional(o.Seen.Limit), optional(o.Seen.BurstRemaining), optional(o.Seen.BurstLimit), int64(o.Seen.BurstReset))
	if err != nil {
		return err
	}
	if answer[0] == 0 {
		return budget.ErrNotOpen
	}
	return nil
}

func optional(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// Read is budget.Store's.
func (s *Store) Read(ctx context.Context, l budget.Limits) (budget.Readout, error) {
	f, r, err := s.call(ctx, "read", readScript, l)
	if err != nil {
		return budget.Readout{}, err
	}
	return budget.Readout{
		Limit: l.Tokens, Spent: int(r[0]), Reserved: int(r[1]), Refresh: f.used[budget.Refresh], Remaining: int(r[2]), ResetsAt: f.resetsAt,
		State: budget.State(r[3]), Because: budget.Reason(r[4]), Alarm: r[5] == 1, RetryIn: time.Duration(r[6]),
	}, nil
}

// Spent is budget.Store's.
func (s *Store) Spent(ctx context.Context, l budget.Limits) ([]budget.Spending, error) {
	_, r, err := s.call(ctx, "spent", spentScript, l)
	if err != nil {
		return nil, err
	}
	pages := s.client.Pipeline()
	for end := r[1]; end > r[0]; end -= r[2] {
		pages.HGetAll(ctx, s.keysOf(l.Account)[0]+":page:"+strconv.FormatInt(end, 10))
	}
	answers, err := pages.Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("shared ledger: spent: %w", err)
	}
	all := sums{}
	for _, page := range answers {
		for name, amount := range page.(*redis.MapStringStringCmd).Val() {
			if err := all.row(name, amount); err != nil {
				return nil, fmt.Errorf("shared ledger: spent: %w", err)
			}
		}
	}
	return all.list(), nil
}
