package collect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// The log has the price of every reading, also of one that failed, and the counts follow.
func TestReadingsAreCountedAndPriced(t *testing.T) {
	var (
		log           bytes.Buffer
		calls, tokens int
	)
	reader := &scripted{read: func(n int) (collect.Reading, error) {
		calls, tokens = calls+2, tokens+22
		if n == 2 {
			return collect.Reading{}, fault.Wrap(fault.SourceUnavailable, errors.New("status 500"), "acme did not answer.")
		}
		return reading("acme", "ann", "bob"), nil
	}}
	c := collect.New([]collect.Source{{
		ID: "acme", System: person.Pipedrive, Reader: reader, Spent: func() (int, int) { return calls, tokens },
	}}, picture(t), collect.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	empty := c.Stats()
	for range 3 {
		c.Refresh(t.Context())
	}
	c.Patch([]directory.Change{{Key: reading("acme", "ann").Batch.Identities[0].Key, ObservedAt: time.Now().Add(time.Minute)}})

	got := c.Stats()
	if got.Readings["acme"] != (collect.Readings{OK: 2, Failed: 1}) || got.Builds-empty.Builds != 2 || got.BuildTime <= 0 || got.Patches != 1 {
		t.Errorf("%+v, at first %+v", got, empty)
	}
	var prices []int
	for lines := json.NewDecoder(&log); lines.More(); {
		var line struct {
			Cost struct{ Calls, Tokens int }
		}
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Cost.Calls != 2 {
			t.Errorf("a reading cost %d calls", line.Cost.Calls)
		}
		prices = append(prices, line.Cost.Tokens)
	}
	if len(prices) != 3 || prices[0] != 22 || prices[1] != 22 || prices[2] != 22 {
		t.Errorf("the log tells prices of %v", prices)
	}
}
