package collect

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/person"
)

// Recorder keeps what changed from one reading to the next. Where replicas share readings, the one that reads records.
type Recorder struct {
	store history.Store
	log   *slog.Logger

	mu   sync.Mutex // one source at a time is compared, for a baseline is large
	last map[person.SourceID]*history.Baseline
}

// recordFor bounds how long a reading waits to be recorded.
const recordFor = time.Minute

// NewRecorder makes a Recorder over a store; log may be nil.
func NewRecorder(store history.Store, log *slog.Logger) *Recorder {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{store: store, log: log, last: make(map[person.SourceID]*history.Baseline)}
}

// reading records what a picture shows of a source that was just read. What cannot be stored is found by the next reading,
// for it is compared with what was stored. A nil Recorder does nothing.
func (r *Recorder) reading(ctx context.Context, s *directory.Snapshot, source person.SourceID) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recordFor)
	defer cancel()
	if err := r.compare(ctx, s, source); err != nil && ctx.Err() == nil {
		r.log.WarnContext(ctx, "changes could not be recorded, which is tried again at the next reading", "source", source, "error", err)
	}
}

func (r *Recorder) compare(ctx context.Context, s *directory.Snapshot, source person.SourceID) error {
	batch, read := s.Batch(source)
	if !read {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	listed := make(map[person.ResourceKey]bool, len(batch.Resources))
	for _, res := range batch.Resources {
		listed[res.Key] = res.MembersComplete
	}
	is := history.Reading{
		Source: source, Observed: batch.AsOf.UTC(), Complete: batch.Coverage.Complete, Apart: s.AllRead(), Identities: s.Everybody(source), Whose: s.Whose,
		Known: func(k person.ResourceKey) bool { return batch.Coverage.GrantsComplete || listed[k] },
	}
	for range 2 {
		b, err := r.baseline(ctx, source)
		if err != nil {
			return err
		}
		record, newer := b.Compare(is)
		if !newer {
			return nil
		}
		err = r.store.AppendChanges(ctx, record)
		if err == nil {
			b.Accept(record)
			return nil
		}
		delete(r.last, source) // whatever it was: it is read again
		if !errors.Is(err, history.ErrRecorded) {
			return err
		}
	}
	return history.ErrRecorded
}

// baseline is what is known, read again when another replica has recorded since.
func (r *Recorder) baseline(ctx context.Context, source person.SourceID) (*history.Baseline, error) {
	since, err := r.store.KnownSince(ctx, source)
	if err != nil {
		return nil, err
	}
	if b := r.last[source]; b != nil && b.Observed.Equal(since) {
		return b, nil
	}
	known, err := r.store.Known(ctx, source)
	if err != nil {
		return nil, err
	}
	b := history.NewBaseline(known)
	b.Source = source
	r.last[source] = b
	return b, nil
}
