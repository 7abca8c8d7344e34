package collect

import (
	"context"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Work is in whose name a source is read: by how much right, and who counts it.
type Work struct {
	Class wire.Class
	Gate  wire.Gate
}

// Renewable is a source that can be read beside its rhythm. Its methods are safe for concurrent use. Errors are
// *fault.Error, or wrap one.
type Renewable interface {
	// Prices are what its readings cost as far as is known.
	Prices() plan.Prices
	// One reads one identity; nil when it is gone. known is what the directory has of it, nil when that is nothing.
	// It is not called where Prices has none for it.
	One(ctx context.Context, w Work, key person.Key, known *person.Identity) (*person.Identity, error)
	// All is Reader's Read.
	All(ctx context.Context, w Work) (Reading, error)
}

var (
	_ Renewable = (*Pipedrive)(nil)
	_ Renewable = (*Pipefy)(nil)
	_ Renewable = (*Pipedream)(nil)
)
