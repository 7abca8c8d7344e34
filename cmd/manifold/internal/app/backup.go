package app

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
)

var errPostgres = errors.New("the store is in PostgreSQL, which has its own tools: pg_dump and pg_restore. docs/operations.md has the commands")

// Backup writes the store into a new file.
func Backup(ctx context.Context, cfg *config.Config, into string) error {
	if cfg.Store.Postgres != "" {
		return errPostgres
	}
	if _, err := os.Stat(cfg.Store.Path); err != nil {
		return err
	}
	e, err := sqlite.Open(ctx, cfg.Store.Path, sqlite.Options{})
	if err != nil {
		return err
	}
	return errors.Join(e.Backup(ctx, into), e.Close())
}

// Restore makes the store of a backup, and opens it once: a backup whose audit log has another key is refused.
func Restore(ctx context.Context, cfg *config.Config, from string) error {
	if cfg.Store.Postgres != "" {
		return errPostgres
	}
	if err := sqlite.Restore(ctx, from, cfg.Store.Path); err != nil {
		return err
	}
	s, _, err := OpenStore(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return errors.Join(err, os.Remove(cfg.Store.Path))
	}
	return s.Close()
}
