package main

import (
	"io"

	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/resolvers"
	"github.com/manifold-graph/manifold/resolvers/reference"
)

type schemaCommand struct {
	Markdown   bool `help:"Print it as a page to read instead of as SDL."`
	Federation bool `help:"Print it as a subgraph of Apollo Federation 2, for composition."`
	Scopes     bool `default:"true" negatable:"" help:"With --federation: say by @authenticated and @requiresScopes what each field needs. @apollo/gateway takes no schema that does."`
}

// Run prints the schema as this binary serves it, with the scopes that each field needs.
func (c schemaCommand) Run(s *streams) error {
	if c.Markdown {
		_, err := s.out.Write(reference.Markdown(generated.NewExecutableSchema(generated.Config{}).Schema()))
		return err
	}
	sdl, err := c.print()
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, sdl)
	return err
}

func (c schemaCommand) print() (string, error) {
	if c.Federation {
		return resolvers.SubgraphSDL(c.Scopes)
	}
	return resolvers.SDL()
}
