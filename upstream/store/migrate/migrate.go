// Package migrate brings a database's schema up to date, and refuses one that is newer than this release knows.
package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// The dialects.
const (
	SQLite     = goose.DialectSQLite3
	PostgreSQL = goose.DialectPostgres
)

// Migrations are the numbered steps of one engine's schema.
type Migrations struct{ provider *goose.Provider }

// New reads the folder "migrations" of files. Whoever goes on to use it keeps other processes away meanwhile.
func New(dialect goose.Dialect, db *sql.DB, files fs.FS) (*Migrations, error) {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(dialect, db, folder,
		goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("store: read the migrations: %w", err)
	}
	return &Migrations{p}, nil
}

// Pending tells whether steps are missing. A schema that is newer than this release is an error that says what to do.
func (m *Migrations) Pending(ctx context.Context) (bool, error) {
	current, newest, err := m.provider.GetVersions(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("store: read the schema's version: %w", err)
	case current > newest:
		return false, fmt.Errorf("the store has schema %d, and this release of Manifold knows %d: a newer one has written it. Run that release, or restore a backup from before the upgrade", current, newest)
	}
	return current < newest, nil
}

// Up takes the missing steps, each in a transaction of its own; none where the schema is newer.
func (m *Migrations) Up(ctx context.Context) error {
	pending, err := m.Pending(ctx)
	if err != nil || !pending {
		return err
	}
	if _, err := m.provider.Up(ctx); err != nil {
		return fmt.Errorf("store: bring the schema up to date: %w", err)
	}
	return nil
}

// To takes the steps up to a version, for tests of upgrades.
func (m *Migrations) To(ctx context.Context, version int64) error {
	_, err := m.provider.UpTo(ctx, version)
	return err
}

// Back takes steps back down to a version, for tests of upgrades. What they made is gone.
func (m *Migrations) Back(ctx context.Context, version int64) error {
	_, err := m.provider.DownTo(ctx, version)
	return err
}

// Versions lists the steps that there are.
func (m *Migrations) Versions() []int64 {
	var all []int64
	for _, s := range m.provider.ListSources() {
		all = append(all, s.Version)
	}
	return all
}
