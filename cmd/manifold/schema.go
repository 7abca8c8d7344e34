package main

import (
	"io"

	"github.com/manifold-graph/manifold/resolvers"
)

type schemaCommand struct{}

// Run prints the schema as this binary serves it, with the scopes that each field needs.
func (schemaCommand) Run(s *streams) error {
	sdl, err := resolvers.SDL()
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, sdl)
	return err
}
