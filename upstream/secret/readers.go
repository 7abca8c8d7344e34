package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// File reads the secret from a file each time, so that links that are turned, as Kubernetes does, are followed.
func File(path string) Reader {
	return func(context.Context) (string, error) {
		switch info, err := os.Stat(path); {
		case err != nil: // opening tells it
		case info.IsDir():
			return "", fmt.Errorf("%s is a directory", path)
		case !info.Mode().IsRegular(): // opening a pipe may wait forever
			return "", fmt.Errorf("%s is not a regular file; for what can be read only once write a command", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
		if err != nil {
			return "", err
		}
		value, err := clean(b)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		return value, nil
	}
}

// CommandTimeout is for how long a command may run.
const CommandTimeout = 10 * time.Second

// Command reads the secret from what a command writes to its standard output. It runs in dir, without a shell. What it writes
// to its standard error is shown to nobody: it may quote the secret; nor are its arguments, which may hold another.
func Command(dir string, argv []string, limit time.Duration) Reader {
	if limit <= 0 {
		limit = CommandTimeout
	}
	return func(ctx context.Context) (string, error) {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
		cmd.Dir, cmd.WaitDelay = dir, time.Second
		out := &bounded{}
		cmd.Stdout = out
		err := cmd.Run()
		switch {
		case limited.Err() != nil && ctx.Err() == nil:
			return "", fmt.Errorf("the command %s took longer than %v", argv[0], limit)
		case out.over:
			return "", fmt.Errorf("the command %s: %w", argv[0], errTooLong)
		case err != nil:
			return "", fmt.Errorf("the command %s: %w", argv[0], withoutOutput(err))
		}
		value, err := clean(out.b)
		if err != nil {
			return "", fmt.Errorf("the output of the command %s: %w", argv[0], err)
		}
		return value, nil
	}
}

var errTooLong = errors.New("it writes more than a secret may have (64 KiB)")

// withoutOutput leaves of an error only how the command ended.
func withoutOutput(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return errors.New(exit.String())
	}
	return err
}

// bounded keeps what may be a secret, and ends who writes more.
type bounded struct {
	b    []byte
	over bool
}

func (w *bounded) Write(b []byte) (int, error) {
	if len(w.b)+len(b) > maxBytes {
		w.over = true
		return 0, errTooLong
	}
	w.b = append(w.b, b...)
	return len(b), nil
}
