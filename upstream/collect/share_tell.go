package collect

import (
	"context"
	"errors"
	"sync"

	"github.com/manifold-graph/manifold/graph/directory"
)

// shared is what this replica and the exchange know of each other, for one source.
type shared struct {
	// talk is held for one exchange of words; taken before building and mu. It guards the next five.
	talk sync.Mutex
	// known is the version up to which the exchange was heard.
	known uint64
	// offered is that of the last reading that was told or heard of.
	offered uint64
	// lost means that the exchange has forgotten the held reading, unreadable that it has one that cannot be had.
	lost, unreadable bool
	// fence is that of the lease held; 0 without one.
	fence Fence

	// version is that of the held reading; 0 when it is this replica's own, and the others were not told of it. The
	// collector's mu guards it and the rest.
	version uint64
	// untold means that the standing has changed since the others were told of it.
	untold bool
	// outbox are changes that the others were not told of yet.
	outbox []directory.Change

	// word holds a signal when there is something to tell.
	word chan struct{}
}

func newShared() shared { return shared{word: make(chan struct{}, 1)} }

// speak says that the standing has changed. Callers hold the collector's mu.
func (s *shared) speak() {
	s.untold = true
	s.signal()
}

func (s *shared) signal() {
	select {
	case s.word <- struct{}{}:
	default:
	}
}

// bring tells the others of a new reading, then takes it into the picture. Where somebody else reads the source by now
// it is dropped, for what they tell is newer. Where the exchange is away, the others are told later.
func (c *Collector) bring(ctx context.Context, s *tracked, fence Fence, r Reading) error {
	if fence == 0 {
		return c.accept(s, r)
	}
	if err := c.admit(s, r); err != nil {
		return err
	}
	s.shared.talk.Lock()
	defer s.shared.talk.Unlock()
	version, err := c.exchange.Publish(ctx, s.ID, fence, Report{Reading: &r, Standing: &Standing{}})
	if errors.Is(err, ErrLeaseLost) {
		return err
	}
	if err != nil {
		c.log.WarnContext(ctx, "a reading could not be shared yet", "source", s.ID, "error", err)
		return c.accept(s, r)
	}
	s.shared.known, s.shared.offered, s.shared.lost, s.shared.unreadable = version, version, false, false
	c.building.Lock()
	defer c.building.Unlock()
	c.show(s, r, version, Standing{})
	return nil
}

// tell brings the others up to date: with the reading that they miss, with how the source stands, with changes.
func (c *Collector) tell(ctx context.Context, s *tracked) {
	s.shared.talk.Lock()
	defer s.shared.talk.Unlock()
	if s.shared.fence != 0 {
		c.tellStanding(ctx, s)
	}
	c.mu.Lock()
	changes := s.shared.outbox
	s.shared.outbox = nil
	c.mu.Unlock()
	if len(changes) == 0 {
		return
	}
	if err := c.exchange.Announce(ctx, s.ID, changes); err != nil {
		c.log.WarnContext(ctx, "changes could not be announced yet", "source", s.ID, "changes", len(changes), "error", err)
		c.mu.Lock()
		s.shared.outbox = bounded(append(changes, s.shared.outbox...))
		c.mu.Unlock()
	}
}

// tellStanding tells of the reading too where the exchange was never told of it, or has forgotten. Callers hold talk.
func (c *Collector) tellStanding(ctx context.Context, s *tracked) {
	c.mu.Lock()
	report := Report{Standing: standingOf(s.state)}
	if s.held != nil && (s.shared.version == 0 || s.shared.lost) {
		report.Reading, report.ReadingVersion = s.held, s.shared.version
	}
	silent := !s.shared.untold && report.Reading == nil
	s.shared.untold = false
	c.mu.Unlock()
	if silent {
		return
	}
	version, err := c.exchange.Publish(ctx, s.ID, s.shared.fence, report)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.log.WarnContext(ctx, "how a source stands could not be shared yet", "source", s.ID, "error", err)
		s.shared.untold = true
	case report.Reading == nil:
		s.shared.known = version
	default:
		s.shared.known, s.shared.lost = version, false
		if report.ReadingVersion == 0 {
			s.shared.offered = version
			if s.held == report.Reading {
				s.shared.version = version
			}
		}
	}
}

// maxOutbox bounds what waits while the exchange is away; the next reading tells the rest.
const maxOutbox = 1_000

func bounded(changes []directory.Change) []directory.Change {
	return changes[max(0, len(changes)-maxOutbox):]
}

// Announce tells the other replicas of changes that Patch took here. It does not wait for them.
func (c *Collector) Announce(changes []directory.Change) {
	if c.exchange == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range changes {
		if s := c.readerOf(ch.Key); s != nil {
			s.shared.outbox = bounded(append(s.shared.outbox, ch))
			s.shared.signal()
		}
	}
}
