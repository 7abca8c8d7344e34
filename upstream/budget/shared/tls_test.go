package shared_test

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestRedisOverTLS: the ledger keeps its laws over TLS, as a user who may do no more than the documentation asks for.
func TestRedisOverTLS(t *testing.T) {
	t.Parallel()
	server := redistest.StartTLS(t)
	server.Confine("test*")
	budgettest.Run(t, exact(server.Client(redistest.As)))
}
