package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// reading is what was last seen of the file. After New it is Run's own.
type reading struct {
	sum     [sha256.Size]byte
	trouble string // what was last complained about
}

// begin reads the file for the first time.
func (a *Authenticator) begin() error {
	data, err := load(a.options.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.options.Log.Warn("the keys file is not there yet; make a key with: manifold keys create", "file", a.options.File)
	case err != nil:
		return fmt.Errorf("keys_file: %w", err)
	}
	clients, err := ParseFile(data)
	if err == nil {
		err = a.take(clients)
	}
	if err != nil {
		return fmt.Errorf("keys_file: %s: %w", a.options.File, err)
	}
	a.read.sum = sha256.Sum256(data)
	return nil
}

// Run takes changes of the file until ctx ends. It looks at the content, for a time of change may stand still where
// files are mounted or copied.
func (a *Authenticator) Run(ctx context.Context) error {
	if a.options.File == "" {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(a.options.FileEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.look()
		case <-a.hurry:
			a.look()
		}
	}
}

// Reload makes Run look at the file now. It does not wait.
func (a *Authenticator) Reload() {
	select {
	case a.hurry <- struct{}{}:
	default: // it is going to
	}
}

// look takes the file if it has changed. A file that is broken or gone changes nothing, and is told once.
func (a *Authenticator) look() {
	data, err := load(a.options.File)
	if err == nil {
		sum := sha256.Sum256(data)
		if sum == a.read.sum {
			a.read.trouble = ""
			return
		}
		var clients []Client
		if clients, err = ParseFile(data); err == nil {
			err = a.take(clients)
		}
		if err == nil {
			a.read = reading{sum: sum}
			a.options.Log.Info("the keys file was read", "clients", len(clients))
			return
		}
	}
	if err.Error() != a.read.trouble {
		a.read.trouble = err.Error()
		a.options.Log.Error("the keys file cannot be used; the keys that were known before go on", "file", a.options.File, "error", err)
	}
}
