package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache"
	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
)

// TestAWatcherHearsOfWhatAnotherProcessBrought, for keys of which it holds nothing, until it stops.
func TestAWatcherHearsOfWhatAnotherProcessBrought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := cachetest.NewMemory(nil)
		a, b := cache.NewShared(cache.Options{}, sharing(m, 1)), cache.NewShared(cache.Options{}, sharing(m, 1))
		defer a.Close()
		defer b.Close()
		news, stop := b.Watch("k")
		other, stopOther := b.Watch("l")
		defer stopOther()
		load := func(context.Context) (int, error) { time.Sleep(time.Second); return 7, nil }
		a.Get(t.Context(), "k", load)
		synctest.Wait()
		if len(news) != 1 || len(other) != 0 {
			t.Fatalf("%d signals for the key, %d for another", len(news), len(other))
		}
		<-news
		if r := b.Ask("k", nil, cache.Want{OnlyIfCached: true}).Wait(t.Context()); r.Value != 7 || r.Err != nil {
			t.Errorf("what was brought: %+v", r)
		}
		stop()
		a.Invalidate(t.Context(), "k")
		a.Get(t.Context(), "k", load)
		synctest.Wait()
		if len(news) != 0 {
			t.Error("it hears after it stopped")
		}
	})
}

func TestAWatcherAloneHearsNothing(t *testing.T) {
	c := cache.New[string, int](cache.Options{})
	defer c.Close()
	news, stop := c.Watch("k")
	defer stop()
	c.Get(t.Context(), "k", func(context.Context) (int, error) { return 1, nil })
	if len(news) != 0 {
		t.Error("there is no second level")
	}
}
