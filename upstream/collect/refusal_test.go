package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/budget"
)

func TestARefusalHasAWord(t *testing.T) {
	for want, err := range map[string]error{
		"allowance_spent": refusal("acme", &budget.Refusal{Decision: budget.Decision{Because: budget.AllowanceSpent}}),
		"burst_full":      fmt.Errorf("reserve: %w", refusal("acme", &budget.Refusal{Decision: budget.Decision{Because: budget.BurstFull}})),
		"blocked":         refusal("acme", &budget.Refusal{Decision: budget.Decision{Because: budget.Blocked}}),
		"breaker_open":    resting("acme", time.Second),
		"gave_up":         refusal("acme", context.DeadlineExceeded),
		"failed":          refusal("acme", errors.New("no ledger")),
	} {
		if got := word(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
	if got := word(fault.New(fault.Internal, "Manifold has no budget for acme.")); got != "failed" {
		t.Errorf("a call without a price is %q", got)
	}
}

// A client is sent to a time only where one is given.
func TestARefusalNamesATimeOnlyIfThereIsOne(t *testing.T) {
	for because := budget.BurstFull; because <= budget.Blocked; because++ {
		for _, in := range []time.Duration{0, time.Minute} {
			f := refusal("acme", &budget.Refusal{Decision: budget.Decision{Because: because, RetryIn: in}})
			if names := strings.Contains(f.Message, "the given time"); names && in == 0 {
				t.Errorf("%s without a time: %q", because, f.Message)
			}
			if f.RetryAfter != in || !strings.Contains(f.Message, "acme") {
				t.Errorf("%s: %q, %s", because, f.Message, f.RetryAfter)
			}
		}
	}
}
