package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/console"
)

// Serve serves the systems that cfg names until ctx ends. Out gets the address.
func Serve(ctx context.Context, cfg *config.Config, out io.Writer, log *slog.Logger) error {
	a, err := New(cfg, log)
	if err != nil {
		return err
	}
	return a.serve(ctx, cfg, console.Handler(), log, func(url string) {
		fmt.Fprintf(out, "Manifold serves %d sources at %s/graphql\n", len(cfg.Sources), url)
	})
}
