package main

import (
	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

type demoCommand struct {
	People int    `default:"250" help:"How many humans the pretend world has."`
	Seed   uint64 `default:"1" help:"Which world: the same seed is the same world."`
	Listen string `placeholder:"HOST:PORT" help:"Address to serve on; loopback only."`
}

// Run serves a pretend world until it is told to stop.
func (c *demoCommand) Run(s *streams) error {
	address, err := listen(c.Listen, config.DefaultListen, s.env)
	if err != nil {
		return err
	}
	log := server.NewLogger(s.errors, "warn", "text")
	return app.Demo(s.ctx, app.DemoOptions{People: c.People, Seed: c.Seed, Listen: address}, s.out, log)
}
