package main

import (
	"errors"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

type checkCommand struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file to check."`
}

// Run checks the file, then the sources that it names.
func (c *checkCommand) Run(s *streams) error {
	cfg, err := config.Load(c.Config, s.env)
	if err != nil {
		return err
	}
	if err := errors.Join(cfg.RequireServing(c.Config), cfg.RequireAuthentication(c.Config)); err != nil {
		return err
	}
	return app.Check(s.ctx, cfg, s.out, server.NewLogger(s.errors, cfg.Log.Level, cfg.Log.Format))
}
