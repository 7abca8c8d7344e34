package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/console"
)

// Serve serves the systems that cfg names until ctx ends. Out gets the address. At each signal of reload, which may be nil, the
// secrets and the keys file are read again.
func Serve(ctx context.Context, cfg *config.Config, out io.Writer, log *slog.Logger, reload <-chan os.Signal) error {
	a, err := New(cfg, log)
	if err != nil {
		return err
	}
	a.reload = reload
	return a.serve(ctx, cfg, console.Handler(), log, func(url string) {
		fmt.Fprintf(out, "Manifold serves %d sources at %s/graphql\n", len(cfg.Sources), url)
	})
}
