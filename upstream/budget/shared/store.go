package shared

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Store is the budget.Store of all replicas that share a Redis: one server or a Cluster. Run MUST run beside it.
type Store struct {
	client  redis.UniversalClient
	options Options
	clock   budget.Clock
	id      string
	// latest makes reservations' ids; its first half is this replica's own.
	latest atomic.Uint64

	mu       sync.Mutex
	accounts map[string]*account
}

var _ budget.Store = (*Store)(nil)

// New makes one replica's store. The client stays the caller's; it MUST heed deadlines (ContextTimeoutEnabled), or a frozen
// Redis holds up every request for the client's own timeouts.
func New(client redis.UniversalClient, o Options) *Store {
	var seed [16]byte
	_, _ = rand.Read(seed[:]) // it never fails
	s := &Store{client: client, options: o.withDefaults(), clock: o.Clock, id: fmt.Sprintf("%x", seed), accounts: map[string]*account{}}
	if s.clock == nil {
		s.clock = budget.SystemClock()
	}
	s.latest.Store(uint64(binary.BigEndian.Uint32(seed[:4])) << 32)
	return s
}

func (s *Store) account(l budget.Limits) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[l.Account]
	if !ok {
		a = newAccount(s.clock)
		s.accounts[l.Account] = a
	}
	a.know(l)
	return a
}

// Lost tells whether Redis is lost to any account: what it may spend is what lies in escrow.
func (s *Store) Lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.isLost() {
			return true
		}
	}
	return false
}

func askArgs(a budget.Ask) []any {
	return []any{int(a.Class), min(a.Tokens, most), a.Slots, flag(a.Essential), min(a.Allowance, most), a.By.Client}
}

func decision(f facts, r rest) budget.Decision {
	d := budget.Decision{Because: budget.Reason(r[0]), RetryIn: time.Duration(r[1]), Remaining: int(r[2]), ResetsAt: f.resetsAt}
	d.Allowed = d.Because == budget.Admitted
	return d
}

// failed tells whether err says that Redis is lost, and notes it. The caller's own end says nothing of Redis.
func (s *Store) failed(ctx context.Context, a *account, l budget.Limits, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	s.lose(ctx, a, l, err)
	return true
}

// Reserve is budget.Store's.
func (s *Store) Reserve(ctx context.Context, l budget.Limits, ask budget.Ask) (budget.Decision, budget.Reservation, error) {
	a := s.account(l)
	if a.isLost() {
		d, r := s.reserveAlone(a, l, ask)
		return d, r, nil
	}
	granted := budget.Reservation{ID: s.latest.Add(1), Ask: ask}
	f, r, err := s.call(ctx, a, "reserve", reserveScript, l, append(append([]any{granted.ID}, askArgs(ask)...), purposeOf(ask))...)
	if err != nil {
		// It may have been granted, and nobody uses it.
		a.owe(settlement{limits: l, reservation: granted, unheard: true})
		if !s.failed(ctx, a, l, err) {
			return budget.Decision{}, budget.Reservation{}, err
		}
		d, r := s.reserveAlone(a, l, ask)
		return d, r, nil
	}
	d := decision(f, r)
	if !d.Allowed {
		return d, budget.Reservation{}, nil
	}
	granted.Slots = int(r[3])
	a.grant(l, granted, s.clock.Elapsed())
	return d, granted, nil
}

// Peek is budget.Store's.
func (s *Store) Peek(ctx context.Context, l budget.Limits, ask budget.Ask, ahead int) (budget.Decision, error) {
	a := s.account(l)
	if !a.isLost() {
		f, r, err := s.call(ctx, a, "peek", peekScript, l, append(askArgs(ask), ahead)...)
		if err == nil {
			return decision(f, r), nil
		}
		if !s.failed(ctx, a, l, err) {
			return budget.Decision{}, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return s.decideAlone(a, l, ask, ahead), nil
}

// Settle is budget.Store's.
func (s *Store) Settle(ctx context.Context, l budget.Limits, r budget.Reservation, o budget.Outcome) error {
	a := s.account(l)
	if alone, err := s.settleAlone(a, l, r, o); alone {
		return err
	}
	var err error
	if !a.isLost() {
		if err = s.settle(ctx, a, l, r, o); err == nil || errors.Is(err, budget.ErrNotOpen) {
			return err
		}
		s.failed(ctx, a, l, err)
	}
	a.mu.Lock()
	a.stop(l, o, s.clock.Elapsed())
	a.mu.Unlock()
	a.owe(settlement{limits: l, reservation: r, outcome: o})
	return nil
}

func (s *Store) settle(ctx context.Context, a *account, l budget.Limits, r budget.Reservation, o budget.Outcome) error {
	_, answer, err := s.call(ctx, a, "settle", settleScript, l, r.ID, flag(o.Sent), flag(o.Answered), int(o.Limited), int64(o.RetryAfter),
		optional(o.Seen.Remaining), optional(o.Seen.Limit), optional(o.Seen.BurstRemaining), optional(o.Seen.BurstLimit), int64(o.Seen.BurstReset))
	if err != nil {
		return err
	}
	a.settled(r.ID)
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

// Read is budget.Store's. While Redis is lost it is the last that was read.
func (s *Store) Read(ctx context.Context, l budget.Limits) (budget.Readout, error) {
	a := s.account(l)
	err := errLost
	if !a.isLost() {
		var f facts
		var r rest
		if f, r, err = s.call(ctx, a, "read", readScript, l); err == nil {
			read := budget.Readout{
				Limit: l.Tokens, Spent: int(r[0]), Reserved: int(r[1]), Refresh: f.used[budget.Refresh], Remaining: int(r[2]), ResetsAt: f.resetsAt,
				State: budget.State(r[3]), Because: budget.Reason(r[4]), Alarm: r[5] == 1, RetryIn: time.Duration(r[6]),
			}
			a.mu.Lock()
			a.reads[l.Credential] = read
			a.mu.Unlock()
			return read, nil
		}
		if !s.failed(ctx, a, l, err) {
			return budget.Readout{}, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if read, ok := a.reads[l.Credential]; ok {
		return read, nil
	}
	return budget.Readout{}, err
}

var errLost = errors.New("shared ledger: Redis does not answer")

// Spent is budget.Store's. It fails while Redis is lost.
func (s *Store) Spent(ctx context.Context, l budget.Limits) ([]budget.Spending, error) {
	a := s.account(l)
	if a.isLost() {
		return nil, errLost
	}
	_, r, err := s.call(ctx, a, "spent", spentScript, l)
	if err != nil {
		s.failed(ctx, a, l, err)
		return nil, err
	}
	key := s.keysOf(l.Account)[0] + ":page:"
	// Many rows may take long without Redis being lost; but a caller without a deadline must not wait for ever.
	within, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	pages := s.client.Pipeline()
	for end := r[1]; end > r[0]; end -= r[2] {
		pages.HGetAll(within, key+strconv.FormatInt(end, 10))
	}
	answers, err := pages.Exec(within)
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
