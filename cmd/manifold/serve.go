package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

type serveCommand struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file; docs/configuration.md explains it."`
	Listen string `placeholder:"HOST:PORT" help:"Address to serve on, instead of the configured one."`

	InsecureNoAuthentication bool `help:"Serve this machine without knowing who asks, as insecure_no_authentication: true does."`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(s *streams) error {
	cfg, err := config.Load(c.Config, s.env)
	if err != nil {
		return err
	}
	cfg.InsecureNoAuthentication = cfg.InsecureNoAuthentication || c.InsecureNoAuthentication
	if err := errors.Join(cfg.RequireServing(c.Config), cfg.RequireAuthentication(c.Config)); err != nil {
		return err
	}
	if cfg.Listen, err = listen(c.Listen, cfg.Listen, s.env); err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	return app.Serve(s.ctx, cfg, s.out, server.NewLogger(s.errors, cfg.Log.Level, cfg.Log.Format), reload)
}
