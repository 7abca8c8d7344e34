package app_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// TestCheckTriesRedis: a wrong password, or a user who may not do what the ledger does, is told before anything is served.
func TestCheckTriesRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for user, may := range map[string]string{"manifold": "+@all", "narrow": "+@read"} {
		if err := server.Client().Do(t.Context(), "ACL", "SETUSER", user, "on", ">right", "~eu:*", "&*", "+eval", may).Err(); err != nil {
			t.Fatal(err)
		}
	}
	down := redistest.Start(t)
	down.Kill()
	for _, c := range []struct {
		name, says string
		redis      config.Redis
	}{
		{"a Redis that works", "", config.Redis{Addresses: []string{server.Addr()}, Username: "manifold", Password: "right", Prefix: "eu"}},
		{"a wrong password", "WRONGPASS", config.Redis{Addresses: []string{server.Addr()}, Username: "manifold", Password: "wrong-one", Prefix: "eu"}},
		{"a user who may not write", "NOPERM", config.Redis{Addresses: []string{server.Addr()}, Username: "narrow", Password: "right", Prefix: "eu"}},
		{"a user of another prefix", "permissions to access one of the keys", config.Redis{Addresses: []string{server.Addr()}, Username: "manifold", Password: "right", Prefix: "us"}},
		{"no Redis", "connection refused", config.Redis{Addresses: []string{down.Addr()}, Prefix: "eu"}},
	} {
		var out bytes.Buffer
		err := app.Check(t.Context(), &config.Config{Redis: c.redis}, &out, slog.New(slog.DiscardHandler))
		if (err == nil) != (c.says == "") || !strings.Contains(out.String(), c.says) || !strings.Contains(out.String(), "redis ("+c.redis.Addresses[0]) || strings.Contains(out.String(), "wrong-one") {
			t.Errorf("%s: %v\n%s", c.name, err, &out)
		}
	}
}
