package cachetest_test

import (
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
)

func TestMemory(t *testing.T) {
	cachetest.Run(t, func(t *testing.T) cachetest.Engine {
		now := time.Now()
		m := cachetest.NewMemory(func() time.Time { return now })
		return cachetest.Engine{
			Remote: m,
			Forget: func(*testing.T) { m.Forget() },
			Pass:   func(_ *testing.T, d time.Duration) { now = now.Add(d) },
		}
	})
}
