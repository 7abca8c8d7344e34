// Package measured remembers what was measured of an operation before it was executed. Clients ask the same few
// operations again and again, and walking a document costs more than answering it from memory.
package measured

import (
	"encoding/json"
	"weak"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// size bounds what is remembered of one measure, in bytes.
	size = 4 << 20
	// entry is what remembering one operation takes beside its variables.
	entry = 256
)

// Operations remembers one measure T of operations. It depends on nothing but the operation, its variables and a given G.
type Operations[G comparable, T any] struct{ known *otter.Cache[key[G], T] }

// key is all that a measure depends on. The executor parses equal documents once, so an operation is known by its
// address; weakly, for a document that the executor has dropped must not stay.
type key[G comparable] struct {
	operation weak.Pointer[ast.OperationDefinition]
	variables string
	given     G
}

// New makes an Operations that knows none.
func New[G comparable, T any]() *Operations[G, T] {
	return &Operations[G, T]{known: otter.Must(&otter.Options[key[G], T]{
		MaximumWeight: size,
		Weigher:       func(k key[G], _ T) uint32 { return uint32(entry + len(k.variables)) },
	})}
}

// Of is what measure says of op, asked only if it was not before for these variables and this given. Values are
// shared between callers, who MUST NOT change them.
func (o *Operations[G, T]) Of(op *graphql.OperationContext, given G, measure func() T) T {
	k := key[G]{operation: weak.Make(op.Operation), given: given}
	if len(op.Variables) > 0 {
		variables, err := json.Marshal(op.Variables) // maps are marshalled in the order of their keys
		if err != nil {
			return measure()
		}
		k.variables = string(variables)
	}
	if known, ok := o.known.GetIfPresent(k); ok {
		return known
	}
	m := measure()
	o.known.Set(k, m)
	return m
}
