package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup writes the database as it is at one moment into a new file, while others go on to read and write it. The file is
// the owner's alone.
func (e *Engine) Backup(ctx context.Context, into string) error {
	f, err := os.OpenFile(into, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already; give the backup a new name", into)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	db := open(e.path, pragmas("busy_timeout(10000)")) // readers may write nowhere, and the writer goes on meanwhile
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?1", into); err != nil {
		return errors.Join(e.opened(err), os.Remove(into))
	}
	return errors.Join(f.Sync(), syncFolder(into))
}

// Restore makes a database at path of a backup. It refuses a backup that is damaged or that a newer release has written,
// and a path where there is something already: whoever serves from there must have ended.
func Restore(ctx context.Context, from, path string) error {
	for _, taken := range []string{path, path + "-wal", path + "-shm"} {
		if _, err := os.Lstat(taken); err == nil {
			return fmt.Errorf("there is a store already: %s. End serve, and move it away first, with %s-wal and %s-shm", taken, path, path)
		}
	}
	if err := Check(ctx, from); err != nil {
		return fmt.Errorf("the backup %s: %w", from, err)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), ".restoring-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Link(out.Name(), path); err != nil { // which takes the place of nothing
		return err
	}
	return syncFolder(path)
}

// Check reads a file through, without a change, and tells whether Open would take it.
func Check(ctx context.Context, file string) error {
	e := &Engine{path: file}
	if _, err := os.Stat(file); err != nil {
		return err
	}
	e.writer = open(file, "mode=ro"+pragmas("query_only(1)"))
	e.reader = e.writer
	defer e.Close()
	var verdict string
	if err := e.reader.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return e.opened(err)
	}
	if verdict != "ok" {
		return fmt.Errorf("is damaged: %s", verdict)
	}
	var n int
	if err := e.reader.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'").Scan(&n); err != nil || n == 0 {
		return errors.Join(errors.New("is no store of Manifold's"), err)
	}
	if err := e.migrate(ctx, true); err != nil && !errors.Is(err, errOlder) {
		return err
	}
	return nil
}

func syncFolder(file string) error {
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
