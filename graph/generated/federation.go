package generated

import (
	"context"

	"github.com/99designs/gqlgen/plugin/federation/fedruntime"

	"github.com/manifold-graph/manifold/graph/people"
)

// Written by hand. The generator leaves two fields to its federation plugin, by the names of methods that the plugin would
// write; decision 0020 says why that plugin is not used.

// Federation is what a ResolverRoot answers to routers beside everything else.
type Federation interface {
	// Subgraph is the schema for composition.
	Subgraph(context.Context) (fedruntime.Service, error)
	// Entities answers one object or nil for each representation, in their order, and adds each error at its place.
	Entities(ctx context.Context, representations []any) []people.Node
}

func (ec *executionContext) __resolve__service(ctx context.Context) (fedruntime.Service, error) {
	return ec.Resolvers.(Federation).Subgraph(ctx)
}

func (ec *executionContext) __resolve_entities(ctx context.Context, representations []any) []people.Node {
	return ec.Resolvers.(Federation).Entities(ctx, representations)
}

// WeighEntities sets the complexity of _entities, whose name the generator keeps to this package.
func (c *ComplexityRoot) WeighEntities(weigh func(child int, representations []any) int) {
	c.Query.__resolve_entities = weigh
}
