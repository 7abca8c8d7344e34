package collect

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
)

// firstRetry is the pause after a first failure; it doubles from there.
const firstRetry = 5 * time.Second

// tempo is what the pauses of a source rest on.
type tempo struct {
	// price is the tokens of one reading; spent is what all had cost at the end of the last.
	price, spent int
	// asked is the collector's count at the end of the last reading.
	asked int64
}

// note learns from a reading that has just ended, and tells whether somebody has looked since the one before. A price
// that rises is believed at once, one that falls by halves.
func (t *tempo) note(s *tracked, asked int64, err error) bool {
	if s.Spent != nil {
		_, spent := s.Spent()
		if tokens := spent - t.spent; err == nil {
			t.price = max(tokens, (t.price+tokens+1)/2)
		}
		t.spent = spent
	}
	looked := asked > t.asked
	t.asked = asked
	return looked
}

// rest waits until the next reading of s is due; false when ctx ends before. Once a rhythm the pause is thought over,
// for others spend, and budgets are refilled.
func (c *Collector) rest(ctx context.Context, s *tracked, failures int, err error) bool {
	began, jitter, said := c.now(), c.jitter(), ""
	asked := s.tempo.note(s, c.asked.Load(), err)
	for {
		if at := c.readAt(s); err == nil && at.After(began) {
			began = at // somebody has read it since, beside the rhythm
		}
		pause, reason := c.pause(s, failures, err, asked)
		// Up to a tenth is added, so that sources and replicas do not march in step.
		due := began.Add(pause + time.Duration(jitter*float64(pause)/10))
		if reason != said {
			said = reason
			c.log.InfoContext(ctx, "the pace of a source has changed", "source", s.ID, "pause", pause, "reason", reason)
		}
		c.plan(s, due)
		left := due.Sub(c.now())
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(min(left, s.Every))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

// readAt is when the newest whole reading of s began.
func (c *Collector) readAt(s *tracked) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.state.AsOf
}

// pause is how long to wait before the next reading: as long as the source's rhythm and its budget want, or after a
// failure what its fault asks for, or a growing pause.
func (c *Collector) pause(s *tracked, failures int, err error, asked bool) (time.Duration, string) {
	if err != nil {
		pause := min(firstRetry<<min(failures-1, 20), s.Every)
		return max(pause, fault.From(err).RetryAfter), ""
	}
	return c.pacer.Pace(Rhythm{Source: s.ID, Every: s.Every, Least: s.Least, Price: s.tempo.price, Asked: asked})
}

// steady is the Pacer of those who have no budget.
type steady struct{}

func (steady) Pace(r Rhythm) (time.Duration, string) { return r.Every, "" }

// Audience is the collector as people see it: that somebody looks is worth a faster rhythm.
type Audience struct{ *Collector }

// Current is the newest snapshot; never nil.
func (a Audience) Current() *directory.Snapshot {
	a.asked.Add(1)
	return a.Collector.Current()
}
