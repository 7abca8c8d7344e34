package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/plugin/federation/fedruntime"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/people"
)

var _ generated.Federation = (*Resolver)(nil)

// Subgraph is the schema for composition.
func (r *Resolver) Subgraph(context.Context) (fedruntime.Service, error) {
	sdl, err := served()
	return fedruntime.Service{SDL: sdl}, err
}

// Entities answers what routers name, each in its own place.
func (r *Resolver) Entities(ctx context.Context, representations []any) []people.Node {
	nodes, err := inPlaces(ctx, r, func(v directory.View) ([]people.Node, []error, error) {
		nodes, errs := r.Service.Entities(v, access.From(ctx), representations)
		return nodes, errs, nil
	})
	if err != nil {
		graphql.AddError(ctx, err)
	}
	return nodes
}
