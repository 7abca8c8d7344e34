package collect

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/manifold-graph/manifold/graph/link"
)

// Decide implements people.LinkFollower: the picture follows at once, and so does every later one.
func (c *Collector) Decide(decisions []link.Decision, last int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last < c.decidedTo {
		return
	}
	c.decidedTo, c.picture.Decisions = last, decisions
	c.swap(c.Current().Decide(decisions))
}

// Rebuild makes the picture anew from what was read, for those who bear other ids now.
func (c *Collector) Rebuild() {
	c.building.Lock()
	defer c.building.Unlock()
	c.mu.Lock()
	in := c.input(nil, nil)
	c.mu.Unlock()
	next := c.build(in)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.swap(c.patched(next.WithSources(c.states())))
}

// FollowDecisions asks for what other replicas decided until ctx ends: at each signal of news, which may be nil, and every
// so often in case that one was missed, 2 s when every is 0.
func FollowDecisions(ctx context.Context, sync func(context.Context) error, news <-chan struct{}, every time.Duration, log *slog.Logger) error {
	tick := time.NewTicker(cmp.Or(every, 2*time.Second))
	defer tick.Stop()
	for {
		if err := sync(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "decisions on links could not be read, which is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-tick.C:
		}
	}
}
