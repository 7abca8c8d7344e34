package collect

import (
	"context"
	"errors"
	"slices"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// follow listens to what the other replicas tell of s, and tells them what they miss.
func (c *Collector) follow(ctx context.Context, s *tracked) {
	news, stop := c.exchange.Watch(s.ID)
	defer stop()
	for ctx.Err() == nil {
		_ = c.hear(ctx, s) // asked again soon
		c.tell(ctx, s)
		select {
		case <-ctx.Done():
		case <-news:
		case <-s.shared.word:
		}
	}
}

// hear takes what was told of s since the last time.
func (c *Collector) hear(ctx context.Context, s *tracked) error {
	s.shared.talk.Lock()
	defer s.shared.talk.Unlock()
	r, err := c.exchange.Latest(ctx, s.ID, s.shared.known, s.shared.offered)
	switch {
	case errors.Is(err, ErrUnreadable):
		c.log.WarnContext(ctx, "a shared reading cannot be had", "source", s.ID, "error", err)
		s.shared.unreadable = true
	case err != nil:
		c.log.DebugContext(ctx, "the other replicas cannot be heard", "source", s.ID, "error", err)
		return err
	}
	if r.Version == 0 {
		c.retell(s)
	}
	s.shared.known, s.shared.lost = r.Version, r.ReadingVersion < c.versionOf(s)
	if r.Reading != nil {
		s.shared.offered = r.ReadingVersion
	}
	if err := c.take(s, r); err != nil {
		c.log.WarnContext(ctx, "a shared reading was refused", "source", s.ID, "error", err)
		return err
	}
	c.learn(r.Changes)
	return nil
}

func (c *Collector) versionOf(s *tracked) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.shared.version
}

// take puts what another replica read, and how the source stands, into the picture. Callers hold talk.
func (c *Collector) take(s *tracked, r Report) error {
	c.building.Lock()
	defer c.building.Unlock()
	var standing Standing
	if r.Standing != nil {
		standing = *r.Standing
	}
	// What this replica read for itself, without telling, may be newer.
	own := s.held != nil && c.versionOf(s) == 0
	switch {
	case r.Reading != nil && (!own || r.Reading.Batch.AsOf.After(s.held.Batch.AsOf)):
		if err := c.admit(s, *r.Reading); err != nil {
			return err
		}
		c.show(s, *r.Reading, r.ReadingVersion, standing)
		s.shared.unreadable = false
	case r.Standing != nil && s.shared.fence == 0:
		c.mu.Lock()
		defer c.mu.Unlock()
		if is := standingOf(s.state); is.Reason == standing.Reason && is.Code == standing.Code && is.RetryAt.Equal(standing.RetryAt) {
			return nil // it was heard before, and comes with every word on the source
		}
		s.stand(standing)
		c.restate()
	}
	return nil
}

// learn patches the picture with what others announced, but for what it knows already.
func (c *Collector) learn(changes []directory.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.patch(slices.DeleteFunc(changes, func(ch directory.Change) bool {
		known, ok := c.changes[ch.Key]
		return ok && !ch.ObservedAt.After(known.ObservedAt)
	}))
}

// retell prepares to tell an exchange that knows nothing what it may have known before.
func (c *Collector) retell(s *tracked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.shared.untold = s.shared.untold || s.state.Code != ""
	s.shared.outbox = s.shared.outbox[:0]
	for _, ch := range c.changes {
		if c.readerOf(ch.Key) == s {
			s.shared.outbox = bounded(append(s.shared.outbox, ch))
		}
	}
}

// readerOf is the source that reads an account; nil when none is known to. Callers hold mu.
func (c *Collector) readerOf(k person.Key) *tracked {
	for _, s := range c.sources {
		if s.batch != nil && s.System == k.System && s.batch.Account == k.Account {
			return s
		}
	}
	return nil
}
