package shared

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// Run reports to Redis at every beat until ctx ends, then gives back what is unused. A Store that lost Redis finds it by Run alone.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(s.options.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.beat(context.WithoutCancel(ctx), true)
			return nil
		case <-tick.C:
			s.beat(ctx, false)
		}
	}
}

// beat reports on every account. They may live on different servers of a Cluster, so none waits for another.
func (s *Store) beat(ctx context.Context, leaving bool) {
	s.mu.Lock()
	accounts := slices.Collect(maps.Values(s.accounts))
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, a := range accounts {
		wg.Go(func() { s.beatAccount(ctx, a, leaving) })
	}
	wg.Wait()
}

func (s *Store) beatAccount(ctx context.Context, a *account, leaving bool) {
	a.mu.Lock()
	limits := slices.Collect(maps.Values(a.limits))
	a.mu.Unlock()
	// Debts first: they tell what was granted and not heard of, which the report then counts.
	err := s.pay(ctx, a)
	for i := 0; i < len(limits) && err == nil; i++ {
		err = s.report(ctx, a, limits[i], leaving)
	}
	switch {
	case len(limits) == 0 || ctx.Err() != nil:
	case err != nil:
		s.lose(ctx, a, limits[0], err)
	default:
		s.find(a, limits[0])
	}
}

// report tells the server what this replica remembers, and fills the escrow.
func (s *Store) report(ctx context.Context, a *account, l budget.Limits, leaving bool) error {
	a.reporting.Lock()
	defer a.reporting.Unlock()
	sent := s.clock.Elapsed()
	args, spent := a.report(l, s.options, sent, leaving)
	f, r, err := s.run(ctx, "report", reportScript, l, args)
	if err != nil {
		return err
	}
	a.reported(l, f, r, sent, spent, s.options.Lease)
	return nil
}

// lose notes that Redis does not answer.
func (s *Store) lose(ctx context.Context, a *account, l budget.Limits, cause error) {
	a.mu.Lock()
	already := a.lost
	if !already {
		a.lost, a.since = true, s.clock.Elapsed()
	}
	held := a.escrow.held
	a.mu.Unlock()
	if !already {
		s.options.Log.WarnContext(ctx, "the shared ledger is lost; spending from escrow", "account", l.Account, "tokens", held, "error", cause)
	}
	// A Cluster's client does not ask on its own who took a dead server's place.
	if c, ok := s.client.(interface{ ReloadState(context.Context) }); ok {
		c.ReloadState(ctx)
	}
}

// find notes that Redis answers.
func (s *Store) find(a *account, l budget.Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lost {
		s.options.Log.Info("the shared ledger is back", "account", l.Account, "after", s.clock.Elapsed()-a.since, "unsettled", len(a.pending))
	}
	a.lost = false
}

// pay tells the server the settlements that it missed.
func (s *Store) pay(ctx context.Context, a *account) error {
	a.mu.Lock()
	pending := a.pending
	a.pending = nil
	a.mu.Unlock()
	for i, p := range pending {
		err := s.settle(ctx, a, p.limits, p.reservation, p.outcome)
		switch {
		case errors.Is(err, budget.ErrNotOpen):
		case err != nil:
			a.mu.Lock()
			a.pending = append(pending[i:], a.pending...)
			a.mu.Unlock()
			return err
		case p.unheard:
			a.mu.Lock()
			a.granting(p.limits, p.reservation.Class, p.reservation.Tokens, s.clock.Elapsed())
			a.mu.Unlock()
		}
	}
	return nil
}
