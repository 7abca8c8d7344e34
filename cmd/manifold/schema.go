package main

import (
	"io"

	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/resolvers"
	"github.com/manifold-graph/manifold/resolvers/reference"
)

type schemaCommand struct {
	Markdown bool `help:"Print it as a page to read instead of as SDL."`
}

// Run prints the schema as this binary serves it, with the scopes that each field needs.
func (c schemaCommand) Run(s *streams) error {
	if c.Markdown {
		_, err := s.out.Write(reference.Markdown(generated.NewExecutableSchema(generated.Config{}).Schema()))
		return err
	}
	sdl, err := resolvers.SDL()
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, sdl)
	return err
}
