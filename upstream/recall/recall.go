// Package recall lets work be called off as long as nothing of it has left.
//
// Whoever starts work for others makes a Work, and recalls it when nobody waits any more. Whoever sends for it says
// Begin just before the first byte: from then on it is paid for, and is brought to its end. One of the two comes first,
// never both, so that recalled work has sent nothing.
package recall

import (
	"context"
	"fmt"
	"sync"
)

// ErrRecalled is why the context of recalled work has ended. It is a context.Canceled.
var ErrRecalled = fmt.Errorf("nobody waits for it any more: %w", context.Canceled)

// Work is recallable until it has begun. It is safe for concurrent use.
type Work struct {
	cancel context.CancelCauseFunc

	mu              sync.Mutex
	begun, recalled bool
}

type key struct{}

// New makes work within parent. It MUST be closed.
func New(parent context.Context) (context.Context, *Work) {
	w := &Work{}
	ctx, cancel := context.WithCancelCause(parent)
	w.cancel = cancel
	return context.WithValue(ctx, key{}, []*Work{w}), w
}

// Recall ends the work's context unless it has begun; false if it has.
func (w *Work) Recall() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun {
		return false
	}
	w.recalled = true
	w.cancel(ErrRecalled)
	return true
}

// Recalled tells whether it was recalled.
func (w *Work) Recalled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.recalled
}

// Close ends the work's context, for the work is over.
func (w *Work) Close() { w.cancel(context.Canceled) }

func (w *Work) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = w.begun || !w.recalled
	return w.begun
}

// Begin tells whether the work of ctx may send, and if so that it cannot be recalled any more. It may not once ctx has
// ended. Beside recallable work there is nothing to begin.
func Begin(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	works, _ := ctx.Value(key{}).([]*Work)
	for i, w := range works {
		if !w.begin() && i == 0 { // the others only hear of it
			return false
		}
	}
	return true
}

// For makes work that is done on behalf of other work begin it too: when ctx's begins, so does that of the other.
func For(ctx, other context.Context) context.Context {
	own, _ := ctx.Value(key{}).([]*Work)
	more, _ := other.Value(key{}).([]*Work)
	return context.WithValue(ctx, key{}, append(own[:len(own):len(own)], more...))
}

// Apart is ctx for what belongs to nobody's work: several share it, and it begins none of theirs.
func Apart(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, nil) }
