package main

import (
	"fmt"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

type storeCommand struct {
	Backup  storeBackupCommand  `cmd:"" help:"Write the store into a new file, while serve goes on."`
	Restore storeRestoreCommand `cmd:"" help:"Make the store of a backup, where there is none."`
}

// storeFile is the configuration whose store is meant.
type storeFile struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file, which says where the store is."`
}

// load reads the configuration, and holds that it has the secrets of a store.
func (f storeFile) load(env config.Lookup) (*config.Config, error) {
	cfg, err := config.Load(f.Config, env)
	if err != nil {
		return nil, err
	}
	if err := cfg.RequireServing(f.Config); err != nil {
		return nil, err
	}
	return cfg, nil
}

type storeBackupCommand struct {
	storeFile
	File string `arg:"" help:"The new file."`
}

// Run writes the backup.
func (c *storeBackupCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	if err := app.Backup(s.ctx, cfg, c.File); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is a copy of the store, with personal values in it: keep it as safe.\n", c.File)
	return err
}

type storeRestoreCommand struct {
	storeFile
	File string `arg:"" help:"A backup."`
}

// Run restores the backup.
func (c *storeRestoreCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	if err := app.Restore(s.ctx, cfg, c.File); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is the store of the backup. What was erased since is in it again: erase it anew.\n", cfg.Store.Path)
	return err
}
