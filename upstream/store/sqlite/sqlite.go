// Package sqlite keeps a store in one SQLite file: one connection that writes, several that read, a write-ahead log, and
// every commit on the disk before it is answered.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is how many connections read at once.
const readers = 4

// Engine is an open database.
type Engine struct {
	path           string
	reader, writer *sql.DB
}

// Options of Open; the zero Options is useful.
type Options struct {
	// ReadOnly opens a file that may not be written, such as a backup. Its schema must be this release's.
	ReadOnly bool
	// MaxPages bounds the file in pages of 4 KiB; 0: no bound.
	MaxPages int
}

// Open opens the file at path, makes it if there is none, and brings its schema up to date. Path "" is a database in
// memory, which is gone when it is closed. A file is the owner's alone (0600).
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	e := &Engine{path: path}
	switch {
	case path == "":
		e.writer = open(":memory:", "_txlock=immediate"+pragmas("foreign_keys(1)"))
		// A second connection would be a second database, and so would one that is opened anew.
		e.writer.SetMaxOpenConns(1)
		e.writer.SetMaxIdleConns(1)
		e.reader = e.writer
	case o.ReadOnly:
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("store.path: %w", err)
		}
		e.writer = open(path, "mode=ro"+pragmas("query_only(1)", "busy_timeout(5000)"))
		e.reader = e.writer
	default:
		if err := private(path); err != nil {
			return nil, fmt.Errorf("store.path: %w", err)
		}
		bound := []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"}
		if o.MaxPages > 0 {
			bound = append(bound, fmt.Sprintf("max_page_count(%d)", o.MaxPages))
		}
		e.writer = open(path, "_txlock=immediate"+pragmas(bound...))
		e.writer.SetMaxOpenConns(1)
		e.reader = open(path, "_txlock=deferred"+pragmas("busy_timeout(10000)", "query_only(1)"))
		e.reader.SetMaxOpenConns(readers)
	}
	if err := e.migrate(ctx, o.ReadOnly); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// private makes the file so that nobody else can read it. The files of the write-ahead log take its mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrPermission) { // reading may be allowed, and what is wrong is told by the first write
		_, err = os.Stat(path)
		return err
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func open(path, query string) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query)
	if err != nil {
		panic(err) // the driver is not registered
	}
	return db
}

func pragmas(list ...string) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString("&_pragma=" + url.QueryEscape(p))
	}
	return b.String()
}

var errOlder = errors.New("has the schema of an older Manifold")

// migrate holds a lock beside the file, for several processes may start at once.
func (e *Engine) migrate(ctx context.Context, readOnly bool) error {
	m, err := migrate.New(migrate.SQLite, e.writer, migrations)
	if err != nil {
		return err
	}
	if readOnly {
		pending, err := m.Pending(ctx)
		if err == nil && pending {
			return fmt.Errorf("store.path: %s %w, and may only be read; open it with serve once, or read it with that release", e.path, errOlder)
		}
		return e.opened(err)
	}
	if e.path != "" {
		unlock, err := lockedfile.MutexAt(e.path + ".lock").Lock()
		if err != nil {
			return fmt.Errorf("store.path: lock the file against other processes: %w", err)
		}
		defer unlock()
	}
	return e.opened(m.Up(ctx))
}

// opened says in the operator's terms why a file does not open.
func (e *Engine) opened(err error) error {
	switch e.Trouble(err) {
	case store.Full:
		return fmt.Errorf("store.path: %s: the disk is full: %w", e.path, err)
	case store.ReadOnly:
		return fmt.Errorf("store.path: %s may not be written by this user: %w", e.path, err)
	case store.Damaged:
		return fmt.Errorf("store.path: %s is no database of Manifold's, or is damaged; restore a backup: %w", e.path, err)
	case store.Unreachable:
		return fmt.Errorf("store.path: %s cannot be opened: %w", e.path, err)
	}
	return err
}

// Name implements store.Engine.
func (e *Engine) Name() string { return "sqlite" }

// Reader implements store.Engine.
func (e *Engine) Reader() *sql.DB { return e.reader }

// Writer implements store.Engine.
func (e *Engine) Writer() *sql.DB { return e.writer }

var parameter = regexp.MustCompile(`\$(\d+)`)

// Spell implements store.Engine: parameters are ?1, and a writer has the database to itself.
func (e *Engine) Spell(query string) string {
	return strings.ReplaceAll(parameter.ReplaceAllString(query, "?$1"), " FOR UPDATE", "")
}

// Trouble implements store.Engine.
func (e *Engine) Trouble(err error) store.Trouble {
	wrong, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return store.Other
	}
	switch wrong.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return store.Full
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return store.ReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return store.Again
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		return store.Unreachable
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return store.Damaged
	}
	return store.Other
}

// Close implements store.Engine.
func (e *Engine) Close() error {
	if e.reader == e.writer {
		return e.writer.Close()
	}
	return errors.Join(e.reader.Close(), e.writer.Close())
}
