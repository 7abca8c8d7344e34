package authn_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/upstream/authn"
)

// TestReloadTakesTheFileAtOnce, long before it is looked at of itself, and however often it is said.
func TestReloadTakesTheFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		a := newAuthenticator(t, authn.Options{File: path, FileEvery: 24 * time.Hour})
		go func() { _ = a.Run(ctx) }()
		edit(t, path, adding("intern", internKey))
		synctest.Wait()
		if _, err := a.Authenticate(from("192.0.2.1:1", "X-Api-Key: "+internKey)); err == nil {
			t.Fatal("the file was looked at before its time")
		}
		for range 3 {
			a.Reload()
		}
		synctest.Wait()
		if _, err := a.Authenticate(from("192.0.2.1:1", "X-Api-Key: "+internKey)); err != nil {
			t.Error(err)
		}
	})
}
