package people

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/link"
)

// LinkJournal keeps what humans decided about links, in order and for ever. All replicas of one Manifold have one. It is
// safe for concurrent use.
type LinkJournal interface {
	// LinkDecisions reads the entries after a Seq, 0 for all, ascending. What it has answered once never changes, and
	// nothing appears later before it.
	LinkDecisions(ctx context.Context, after int64) ([]link.Entry, error)
	// AppendLinkDecision adds an entry if last is the Seq of the newest one, 0 where there is none; otherwise it changes
	// nothing and answers ErrJournalMoved: somebody has decided since, so read on and think again. The entry's Seq is
	// ignored; the one it got is answered. The audit record is written in the same transaction: both are there, or neither.
	AppendLinkDecision(ctx context.Context, last int64, entry link.Entry, record audit.Record) (seq int64, err error)
}

// ErrJournalMoved is a LinkJournal's answer to whoever has not read all of it.
var ErrJournalMoved = errors.New("people: somebody has decided since")

// MemoryJournal is a LinkJournal that forgets. Its zero value is empty. Audited holds what an audit log would.
type MemoryJournal struct {
	mu      sync.Mutex
	entries []link.Entry
	audited []audit.Record
}

func (m *MemoryJournal) LinkDecisions(_ context.Context, after int64) ([]link.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries[min(max(after, 0), int64(len(m.entries))):]), nil
}

func (m *MemoryJournal) AppendLinkDecision(_ context.Context, last int64, entry link.Entry, record audit.Record) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last != int64(len(m.entries)) {
		return 0, ErrJournalMoved
	}
	entry.Seq = last + 1
	m.entries, m.audited = append(m.entries, entry), append(m.audited, record)
	return entry.Seq, nil
}

// Audited are the audit records, in the order in which they were written.
func (m *MemoryJournal) Audited() []audit.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.audited)
}
