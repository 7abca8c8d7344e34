package main

import (
	"errors"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

type documentsCommand struct {
	Check documentsCheckCommand `cmd:"" help:"Tell which documents of a manifest would be refused, and what is deprecated in them."`
}

type documentsCheckCommand struct {
	Manifest []string `placeholder:"FILE" help:"A manifest, as Apollo's tools, Relay's compiler or GraphQL Code Generator write it. Those of the configuration, when none is named."`
	Config   string   `placeholder:"FILE" help:"The configuration whose limits hold, instead of the defaults."`
}

// Run needs no running Manifold: the schema is built in.
func (c *documentsCheckCommand) Run(s *streams) error {
	cfg := config.Default()
	if c.Config != "" {
		var err error
		if cfg, err = config.Load(c.Config, s.env); err != nil {
			return err
		}
	}
	files := c.Manifest
	if len(files) == 0 {
		files = cfg.Documents.Manifests
	}
	if len(files) == 0 {
		return errors.New("there is nothing to check: name a manifest with --manifest, or a configuration that has some with --config")
	}
	return app.CheckDocuments(cfg, files, s.out)
}
