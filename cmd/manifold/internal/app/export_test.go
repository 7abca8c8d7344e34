package app

import (
	"context"
	"log/slog"
	"os"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
)

// Serve runs the App behind its HTTP server until ctx ends.
func (a *App) Serve(ctx context.Context, cfg *config.Config, log *slog.Logger, listening func(url string)) error {
	return a.serve(ctx, cfg, nil, log, listening)
}

// Current is the newest picture.
func (a *App) Current() *directory.Snapshot { return a.collector.Current() }

// Read tells whether every source has been read.
func (a *App) Read() bool {
	for _, s := range a.Current().View(access.Principal{}).Sources() {
		if s.Freshness() == nil {
			return false
		}
	}
	return true
}

// ReloadAt lets each signal of c read the secrets and keys again. It is called before Serve.
func (a *App) ReloadAt(c <-chan os.Signal) { a.reload = c }
