package metrics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/metrics"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// tank is one budget that the test empties and fills.
type tank struct {
	mu sync.Mutex
	r  budget.Readout
}

func (t *tank) set(r budget.Readout) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.r = r
}

func (t *tank) Readout(id person.SourceID) (budget.Readout, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.r, id == "crm"
}

func TestEachWatermarkIsToldOncePerCrossing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			log bytes.Buffer
			b   tank
		)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		w := metrics.NewWatermarks([]person.SourceID{"crm", "unknown"}, &b, slog.New(slog.NewJSONHandler(&log, nil)))
		go func() { ended <- w.Run(ctx) }()
		for _, r := range []budget.Readout{
			{State: budget.Healthy, Limit: 100, Remaining: 90},
			{State: budget.Low, Limit: 100, Remaining: 19},
			{State: budget.Critical, Limit: 100, Remaining: 4},
			{State: budget.Stopped, Limit: 100, Because: budget.ShareSpent, RetryIn: time.Hour},
			{State: budget.Healthy, Limit: 100, Remaining: 100},
			{State: budget.Low, Limit: 100, Remaining: 18},
			{State: budget.Stopped, Limit: 100, Because: budget.Blocked, Alarm: true},
			{State: budget.Low, Limit: 100, Remaining: 18},
		} {
			b.set(r)
			time.Sleep(time.Minute) // many looks at one state are told once
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		type line struct{ Level, Source, From, To, Because string }
		var got []line
		for lines := json.NewDecoder(&log); lines.More(); {
			var l line
			if err := lines.Decode(&l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		want := []line{
			{"WARN", "crm", "healthy", "low", ""},
			{"WARN", "crm", "low", "critical", ""},
			{"WARN", "crm", "critical", "stopped", budget.ShareSpent.String()},
			{"INFO", "crm", "stopped", "healthy", ""},
			{"WARN", "crm", "healthy", "low", ""},
			{"WARN", "crm", "low", "stopped", budget.Blocked.String()},
			{"INFO", "crm", "stopped", "low", ""},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}
