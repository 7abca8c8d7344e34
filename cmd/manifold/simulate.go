package main

import (
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
)

type simulateCommand struct {
	People      int           `default:"250" help:"How many humans the pretend world has."`
	Seed        uint64        `default:"1" help:"Which world: the same seed is the same world."`
	Latency     time.Duration `default:"40ms" help:"How long each answer takes."`
	WriteConfig string        `placeholder:"FILE" help:"Write a configuration that serves this world."`
	JSON        bool          `name:"json" help:"Print addresses and credentials as one line of JSON."`
}

// Run serves the three pretend systems until it is told to stop.
func (c *simulateCommand) Run(s *streams) error {
	return app.Simulate(s.ctx, app.SimulateOptions{
		People: c.People, Seed: c.Seed, Latency: c.Latency, WriteConfig: c.WriteConfig, JSON: c.JSON,
	}, s.out)
}
