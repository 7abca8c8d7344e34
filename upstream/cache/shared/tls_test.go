package shared_test

import (
	"errors"
	"testing"

	"github.com/manifold-graph/manifold/upstream/cache/cachetest"
	"github.com/manifold-graph/manifold/upstream/cache/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestOneServerOverTLS: the second level works over TLS, as a user who may do no more than the documentation asks for.
func TestOneServerOverTLS(t *testing.T) {
	server := redistest.StartTLS(t)
	server.Confine("eu")
	admin := server.Client()
	cachetest.Run(t, func(t *testing.T) cachetest.Engine {
		forget := func(t *testing.T) {
			if err := errors.Join(admin.FlushAll(t.Context()).Err(), admin.ScriptFlush(t.Context()).Err()); err != nil {
				t.Fatal(err)
			}
		}
		forget(t)
		client := server.Client(honest, redistest.As)
		t.Cleanup(func() { _ = client.Close() })
		return cachetest.Engine{Remote: run(t, client, shared.Options{Prefix: "eu"}).Kind("Test.kind"), Forget: forget, Pass: pass}
	})
}
