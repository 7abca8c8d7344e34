package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/store/postgres"
	"github.com/manifold-graph/manifold/upstream/store/sqlite"
)

// checkStore tells whether serve could open the store. It makes and changes nothing.
func checkStore(ctx context.Context, c config.Store, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	where, err := "postgresql", error(nil)
	if c.Postgres != "" {
		err = postgres.Check(ctx, c.Postgres.Reveal())
	} else {
		where = c.Path
		err = checkFile(ctx, c.Path)
	}
	if err != nil {
		fmt.Fprintf(out, "FAILED  store (%s)\n        %v\n", where, err)
		return errors.New("the store could not be used")
	}
	fmt.Fprintf(out, "ok      store (%s)\n", where)
	return nil
}

func checkFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return sqlite.Check(ctx, path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".check-*")
	if err != nil {
		return fmt.Errorf("it would be made in a folder that may not be written: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
