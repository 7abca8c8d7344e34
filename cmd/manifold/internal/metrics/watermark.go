package metrics

import (
	"context"
	"log/slog"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// look is how often budgets are looked at. A reset changes a state without any call, so listening to calls is not enough.
const look = 5 * time.Second

// Watermarks writes one line into the log whenever a source's budget changes its state: a warning on the way down. The
// alarm of a blocked credential has a line of its own, from whoever met the block.
type Watermarks struct {
	sources []person.SourceID
	budgets Readouts
	log     *slog.Logger
	seen    map[person.SourceID]budget.Readout
}

// Readouts tells what is left for a source; false: it cannot say.
type Readouts interface {
	Readout(source person.SourceID) (budget.Readout, bool)
}

// NewWatermarks makes Watermarks that have seen every budget healthy.
func NewWatermarks(sources []person.SourceID, budgets Readouts, log *slog.Logger) *Watermarks {
	return &Watermarks{sources: sources, budgets: budgets, log: log, seen: make(map[person.SourceID]budget.Readout)}
}

// Run looks until ctx ends.
func (w *Watermarks) Run(ctx context.Context) error {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		for _, id := range w.sources {
			if r, ok := w.budgets.Readout(id); ok {
				w.compare(ctx, id, r)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (w *Watermarks) compare(ctx context.Context, id person.SourceID, now budget.Readout) {
	before := w.seen[id]
	w.seen[id] = now
	facts := []slog.Attr{
		slog.String("source", string(id)), slog.String("from", before.State.String()), slog.String("to", now.State.String()),
		slog.Int("spent", now.Spent), slog.Int("reserved", now.Reserved),
	}
	if now.Limit > 0 {
		facts = append(facts, slog.Int("remaining", now.Remaining), slog.Int("limit", now.Limit))
	}
	if now.State == budget.Stopped {
		facts = append(facts, slog.String("because", now.Because.String()), slog.Duration("retry_in", now.RetryIn))
	}
	switch {
	case now.State > before.State:
		w.log.LogAttrs(ctx, slog.LevelWarn, "a budget has fallen below a watermark", facts...)
	case now.State < before.State:
		w.log.LogAttrs(ctx, slog.LevelInfo, "a budget has recovered", facts...)
	}
}
