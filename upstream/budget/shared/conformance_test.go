package shared_test

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// exact makes empty stores that behave as Memory does to the last nanosecond: nobody dies and nothing is kept back.
func exact(client redis.UniversalClient) func(budget.Clock) budget.Store {
	var n atomic.Int64
	return func(clock budget.Clock) budget.Store {
		return shared.New(client, shared.Options{
			Prefix: "test" + strconv.FormatInt(n.Add(1), 10), Clock: clock, Grace: -1, RequestTimeout: 10_000 * time.Hour,
			TokenEscrow: -1, SlotEscrow: -1, Timeout: 10 * time.Second,
		})
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	budgettest.Run(t, exact(redistest.Start(t).Client()))
}

func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	budgettest.Run(t, exact(cluster.Client()))
}
