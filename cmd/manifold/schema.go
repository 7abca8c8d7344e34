package main

import (
	"io"

	"github.com/manifold-graph/manifold/graph/generated"
)

type schemaCommand struct{}

// Run prints schema.graphqls as this binary was built from it.
func (schemaCommand) Run(s *streams) error {
	source := generated.NewExecutableSchema(generated.Config{}).Schema().Query.Position.Src
	_, err := io.WriteString(s.out, source.Input)
	return err
}
