package resolvers

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"weak"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
)

// answersBytes bounds what is remembered of one snapshot, in bytes of answers.
const answersBytes = 64 << 20

// answers remembers what memory alone has answered: the same question of the same
// snapshot by somebody who may see the same has the same answer. Whatever a live
// read or an error was part of is never remembered, and a new snapshot forgets all.
type answers struct{ current atomic.Pointer[generation] }

// generation holds the answers of one snapshot.
type generation struct {
	// snapshot is weak: remembered answers must not keep a replaced picture alive.
	snapshot weak.Pointer[directory.Snapshot]
	version  uint64
	data     *otter.Cache[asked, json.RawMessage]
}

// asked is everything that an answer from memory depends on, beside the snapshot.
type asked struct {
	sight     string // what the principal may see
	query     string
	operation string
	variables string
	event     string // of a subscription
}

// of gives the generation of a snapshot.
func (a *answers) of(s *directory.Snapshot) *generation {
	g := a.current.Load()
	if g != nil && g.snapshot == weak.Make(s) {
		return g
	}
	fresh := &generation{snapshot: weak.Make(s), version: s.Version(), data: otter.Must(&otter.Options[asked, json.RawMessage]{
		MaximumWeight: answersBytes,
		Weigher: func(k asked, v json.RawMessage) uint32 {
			return uint32(len(k.query) + len(k.variables) + len(v) + 256)
		},
	})}
	// Who loses a race answers from a generation that nobody keeps: no harm.
	if g == nil || g.version <= s.Version() {
		a.current.CompareAndSwap(g, fresh)
	}
	return fresh
}

// question is what is asked in ctx; false when it is not one to remember.
func question(ctx context.Context, who access.Principal) (asked, bool) {
	if !graphql.HasOperationContext(ctx) {
		return asked{}, false
	}
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil || op.Operation.Operation != ast.Query || len(graphql.GetErrors(ctx)) > 0 {
		return asked{}, false
	}
	variables, err := json.Marshal(op.Variables) // maps are marshalled in the order of their keys
	if err != nil {
		return asked{}, false
	}
	return asked{sight: who.Sight(), query: op.RawQuery, operation: op.OperationName, variables: string(variables)}, true
}
