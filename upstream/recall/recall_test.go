package recall_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/manifold-graph/manifold/upstream/recall"
)

// TestOneOfTheTwoComesFirst: whoever wins, recalled work never sends, and work that has begun keeps its context.
func TestOneOfTheTwoComesFirst(t *testing.T) {
	for range 1000 {
		ctx, w := recall.New(t.Context())
		var begun, recalled bool
		var wg sync.WaitGroup
		wg.Go(func() { begun = recall.Begin(ctx) })
		wg.Go(func() { recalled = w.Recall() })
		wg.Wait()
		if begun == recalled || recalled != (ctx.Err() != nil) || recalled != w.Recalled() {
			t.Fatalf("begun %v, recalled %v, %v", begun, recalled, ctx.Err())
		}
		if recalled && (context.Cause(ctx) != recall.ErrRecalled || !errors.Is(context.Cause(ctx), context.Canceled)) {
			t.Fatal(context.Cause(ctx))
		}
		w.Close()
	}
}

func TestWorkOnBehalfOfOthersBeginsTheirs(t *testing.T) {
	outerCtx, outer := recall.New(t.Context())
	defer outer.Close()
	ctx, inner := recall.New(t.Context())
	defer inner.Close()
	if shared := recall.Apart(recall.For(ctx, outerCtx)); !recall.Begin(shared) || !recall.Begin(t.Context()) {
		t.Fatal("what is nobody's may not begin")
	}
	if !recall.Begin(recall.For(ctx, outerCtx)) || outer.Recall() || inner.Recall() {
		t.Error("recalled, though it had begun")
	}
	goneCtx, gone := recall.New(t.Context())
	defer gone.Close()
	gone.Recall()
	other, still := recall.New(t.Context())
	defer still.Close()
	if !recall.Begin(recall.For(other, goneCtx)) {
		t.Error("one who left keeps others from what they wait for")
	}
}
