package share

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestRedisOverTLSConforms: readings are shared over TLS, as a user who may do no more than the documentation asks for.
func TestRedisOverTLSConforms(t *testing.T) {
	server := redistest.StartTLS(t)
	server.Confine("t*")
	conform(t, func(t *testing.T, o Options) collect.Exchange {
		return running(t, server.Client(contextTimeouts, redistest.As), o)
	})
}
