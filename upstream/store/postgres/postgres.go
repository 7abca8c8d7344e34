// Package postgres keeps a store in PostgreSQL, for several replicas.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// connections is how many one process opens at most.
const connections = 8

// Engine is an open database.
type Engine struct{ db *sql.DB }

// Config reads a URL or a list of settings (host=… dbname=…), as psql takes it. The error tells nothing of the password.
func Config(url string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("not an address of PostgreSQL; write it like postgres://manifold:PASSWORD@db.internal:5432/manifold?sslmode=verify-full")
	}
	return c, nil
}

// Open connects and brings the schema up to date. Password, unless nil, is asked before each connection for what takes the
// place of the URL's.
func Open(ctx context.Context, url string, password func() string) (*Engine, error) {
	c, err := Config(url)
	if err != nil {
		return nil, fmt.Errorf("store.postgres: %w", err)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	c.RuntimeParams["application_name"] = "manifold"
	// A transaction whose process has gone must not keep the others waiting.
	for name, value := range map[string]string{"idle_in_transaction_session_timeout": "30s", "statement_timeout": "60s", "lock_timeout": "30s"} {
		if _, set := c.RuntimeParams[name]; !set {
			c.RuntimeParams[name] = value
		}
	}
	var options []stdlib.OptionOpenDB
	if password != nil {
		options = append(options, stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
			c.Password = password()
			return nil
		}))
	}
	patient := c.Copy() // a migration takes as long as it takes
	for _, name := range []string{"statement_timeout", "lock_timeout"} {
		delete(patient.RuntimeParams, name)
	}
	e := &Engine{db: stdlib.OpenDB(*c, options...)}
	e.db.SetMaxOpenConns(connections)
	e.db.SetMaxIdleConns(connections)
	e.db.SetConnMaxIdleTime(5 * time.Minute)
	if err := migrated(ctx, stdlib.OpenDB(*patient, options...)); err != nil {
		return nil, errors.Join(e.opened(err), e.Close())
	}
	return e, nil
}

// turn is the advisory lock of those who migrate.
const turn = 0x6d616e69666f6c64

// migrated holds an advisory lock, for several replicas may start at once. It closes db.
func migrated(ctx context.Context, db *sql.DB) (err error) {
	defer func() { err = errors.Join(err, db.Close()) }() // which gives up the lock
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(turn)); err != nil {
		return err
	}
	m, err := migrate.New(migrate.PostgreSQL, db, migrations)
	if err != nil {
		return err
	}
	return m.Up(ctx)
}

// opened says in the operator's terms why a database does not open.
func (e *Engine) opened(err error) error {
	if wrong, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("store.postgres: %w", wrong)
	}
	if e.Trouble(err) == store.Unreachable {
		return fmt.Errorf("store.postgres: the server cannot be reached: %w", bare(err))
	}
	return err
}

// bare leaves out what a driver's error tells of the connection's settings.
func bare(err error) error {
	if wrong, ok := errors.AsType[*net.OpError](err); ok {
		return wrong
	}
	return errors.New("see whether host, port and TLS are right")
}

// Name implements store.Engine.
func (e *Engine) Name() string { return "postgresql" }

// Reader implements store.Engine.
func (e *Engine) Reader() *sql.DB { return e.db }

// Writer implements store.Engine.
func (e *Engine) Writer() *sql.DB { return e.db }

// Spell implements store.Engine.
func (e *Engine) Spell(query string) string { return query }

// Trouble implements store.Engine.
func (e *Engine) Trouble(err error) store.Trouble {
	if wrong, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case wrong.Code == "53100", wrong.Code == "53400": // disk_full, configuration_limit_exceeded
			return store.Full
		case wrong.Code == "25006": // read_only_sql_transaction
			return store.ReadOnly
		case wrong.Code == "40001", wrong.Code == "40P01", wrong.Code == "55P03": // serialization, deadlock, lock_timeout
			return store.Again
		case strings.HasPrefix(wrong.Code, "08"), strings.HasPrefix(wrong.Code, "57P"), strings.HasPrefix(wrong.Code, "53"): // connection, shutdown, resources
			return store.Unreachable
		case strings.HasPrefix(wrong.Code, "XX"):
			return store.Damaged
		}
		return store.Other
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return store.Other
	case connecting, network, pgconn.SafeToRetry(err), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return store.Unreachable
	case err != nil && strings.Contains(err.Error(), "conn closed"):
		return store.Unreachable
	}
	return store.Other
}

// Close implements store.Engine.
func (e *Engine) Close() error { return e.db.Close() }

// Check tells whether Open could do what it does, without doing it.
func Check(ctx context.Context, url string) error {
	c, err := Config(url)
	if err != nil {
		return err
	}
	e := &Engine{db: stdlib.OpenDB(*c)}
	defer e.Close()
	var may bool
	if err := e.db.QueryRowContext(ctx, "SELECT has_schema_privilege(current_schema(), 'CREATE') AND has_schema_privilege(current_schema(), 'USAGE')").Scan(&may); err != nil {
		return e.opened(err)
	}
	if !may {
		return errors.New("the user may make no tables in the database: GRANT USAGE, CREATE ON SCHEMA public TO it, or make it the database's owner")
	}
	return nil
}
