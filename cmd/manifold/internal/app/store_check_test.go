package app_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/pgtest"
)

// TestCheckTriesTheStore: what would stop the start of serve is told, and nothing is made.
func TestCheckTriesTheStore(t *testing.T) {
	server := pgtest.Start(t)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		store config.Store
		want  string
	}{
		{config.Store{Path: filepath.Join(dir, "new.db")}, "ok      store ("},
		{config.Store{Path: filepath.Join(dir, "none", "new.db")}, "a folder that may not be written"},
		{config.Store{Path: broken}, "is no database of Manifold's"},
		{config.Store{Postgres: config.Secret(server.Database())}, "ok      store (postgresql)"},
		{config.Store{Postgres: config.Secret(server.URL("none"))}, `database "none" does not exist`},
	} {
		var out bytes.Buffer
		err := app.Check(t.Context(), &config.Config{Store: c.store}, &out, slog.New(slog.DiscardHandler))
		if ok := strings.HasPrefix(c.want, "ok"); ok != (err == nil) || !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), pgtest.Password) {
			t.Errorf("%v: %s, want %q", err, out.String(), c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("check has made something: %v", left)
	}
}
