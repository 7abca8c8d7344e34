package main

import "github.com/manifold-graph/manifold/cmd/manifold/internal/config"

type configCommand struct {
	Schema configSchemaCommand `cmd:"" help:"Print the JSON Schema of the configuration file, for editors."`
}

type configSchemaCommand struct{}

// Run prints the JSON Schema.
func (configSchemaCommand) Run(s *streams) error {
	schema, err := config.Schema()
	if err != nil {
		return err
	}
	_, err = s.out.Write(schema)
	return err
}
