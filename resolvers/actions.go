package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// actionNode is the action that an id names; false where it names something else. It is true of this moment alone.
func (r *Resolver) actionNode(ctx context.Context, id string) (people.Node, error, bool) {
	decoded, err := r.IDs.Decode(id)
	if err != nil {
		return nil, nil, false
	}
	raw, ok := decoded.Action()
	if !ok {
		return nil, nil, false
	}
	loaders.From(ctx).MarkMomentary()
	found, err := r.Acts.Node(ctx, access.From(ctx), action.ID(raw))
	if err != nil || found == nil {
		return nil, err, true
	}
	return found, nil, true
}

// errRehearsed refuses the plan of what changes something: executing it to see is what nobody may do.
var errRehearsed = fault.New(fault.BadUserInput, "Mutations have no such plan. Ask with dryRun in the input, or leave the header Manifold-Explain out.")

// changes tells whether an operation is a mutation.
func changes(ctx context.Context) bool { return operates(ctx, ast.Mutation) }

// subscribes tells whether it is a subscription.
func subscribes(ctx context.Context) bool { return operates(ctx, ast.Subscription) }

func operates(ctx context.Context, as ast.Operation) bool {
	if !graphql.HasOperationContext(ctx) {
		return false
	}
	op := graphql.GetOperationContext(ctx).Operation
	return op != nil && op.Operation == as
}
