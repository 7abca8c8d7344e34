package collect

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// lead reads s for all replicas whenever this one gets the lease.
func (c *Collector) lead(ctx context.Context, s *tracked) {
	news, stop := c.exchange.Watch(s.ID)
	defer stop()
	for ctx.Err() == nil {
		asked := time.Now()
		lease, err := c.exchange.TryLease(ctx, s.ID)
		wait := lease.For
		switch {
		case err != nil:
			c.log.DebugContext(ctx, "nobody can say who reads a source", "source", s.ID, "error", err)
			wait = c.alone(ctx, s)
		case lease.Fence != 0:
			c.reign(ctx, s, lease, asked)
			continue
		case c.isUnreadable(s):
			wait = min(wait, c.alone(ctx, s))
		}
		sleep(ctx, news, wait)
	}
}

// reign reads s on its rhythm until the lease is lost. A reading under way is broken off where somebody else may have
// begun one; where it only cannot be known, it ends, for it is paid.
func (c *Collector) reign(ctx context.Context, s *tracked, lease Lease, asked time.Time) {
	more, end := context.WithCancel(ctx)
	ctx, lose := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		defer end()
		if err := c.renew(more, s, lease, asked); errors.Is(err, ErrLeaseLost) {
			lose(err)
		}
	})
	defer c.abdicate(ctx, s, lease.Fence)
	defer renewing.Wait()
	defer lose(nil)
	defer end()

	_ = c.hear(ctx, s) // what the last leader told: it may make a reading needless
	c.enthrone(s, lease.Fence)
	c.tell(ctx, s) // what an exchange that was emptied has lost
	if sleep(more, nil, c.due(s)) {
		c.repeat(ctx, more, s, lease.Fence)
	}
}

// renew keeps a lease until ctx ends. It gives up when the lease was lost, and when nobody could tell for as long as
// it lasts. By the clock of this machine it was granted when it was asked for, at the latest.
func (c *Collector) renew(ctx context.Context, s *tracked, lease Lease, granted time.Time) error {
	for sleep(ctx, nil, lease.For/3) {
		asked := time.Now()
		err := c.exchange.Renew(ctx, s.ID, lease.Fence)
		switch {
		case err == nil:
			granted = asked
		case errors.Is(err, ErrLeaseLost), time.Since(granted) >= lease.For:
			c.log.WarnContext(ctx, "this replica no longer reads a source for all", "source", s.ID, "error", err)
			return err
		}
	}
	return ctx.Err()
}

func (c *Collector) enthrone(s *tracked, fence Fence) {
	s.shared.talk.Lock()
	defer s.shared.talk.Unlock()
	s.shared.fence, s.failures = fence, 0
	c.log.Info("this replica reads a source for all", "source", s.ID)
}

// abdicate lets others read at once, if they can be told; they need not be.
func (c *Collector) abdicate(ctx context.Context, s *tracked, fence Fence) {
	s.shared.talk.Lock()
	s.shared.fence, s.shared.known = 0, 0 // how others say it stands counts again
	s.shared.talk.Unlock()
	s.shared.signal()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.exchange.Release(ctx, s.ID, fence)
}

func (c *Collector) isUnreadable(s *tracked) bool {
	s.shared.talk.Lock()
	defer s.shared.talk.Unlock()
	return s.shared.unreadable
}

// due is how long a new leader waits before its first reading: until the last one meant to read. Whatever the clock of
// that machine says, after a success that is no longer than the rhythm.
func (c *Collector) due(s *tracked) time.Duration {
	if c.isUnreadable(s) {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	switch {
	case s.state.Code != "":
		return s.state.RetryAt.Sub(now)
	case s.batch == nil:
		return 0
	}
	return min(max(s.state.AsOf.Add(s.Every).Sub(now), s.state.RetryAt.Sub(now)), s.Every)
}

// alone reads s for this replica, when the others cannot be heard and what it holds is older than two rhythms. The
// answer is how long it has to wait for that.
func (c *Collector) alone(ctx context.Context, s *tracked) time.Duration {
	if wait := c.patience(s); wait > 0 {
		return wait
	}
	err := c.refresh(ctx, s, 0)
	if err == nil {
		s.failures = 0
	} else {
		s.failures++
	}
	pause, _ := c.pause(s, s.failures, err, false)
	c.plan(s, c.now().Add(pause))
	return c.patience(s)
}

func (c *Collector) patience(s *tracked) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	due := s.state.RetryAt
	if old := s.state.AsOf.Add(2 * s.Every); s.batch != nil && old.After(due) {
		due = old
	}
	if s.state.Health == person.HealthPending {
		return 0
	}
	return due.Sub(c.now())
}

// sleep waits for d, and tells whether it passed before ctx ended or a signal came.
func sleep(ctx context.Context, signal <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-signal:
	case <-timer.C:
		return ctx.Err() == nil
	}
	return false
}
