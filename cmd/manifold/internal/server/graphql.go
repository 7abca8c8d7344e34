package server

import (
	"cmp"
	"context"
	"time"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/resolvers/measured"
)

// queryCache is how many validated documents are kept.
const queryCache = 1000

// Limits bounds one operation; zero fields take the defaults beside them.
type Limits struct {
	BodyBytes int64 // 256 KiB
	// Tokens are the lexical tokens of a document. 4000
	Tokens int
	// Depth is the nesting of fields. 16
	Depth int
	// Repeats is how often one response name may stand in one place. 32
	Repeats int
	// Fields is the size of the document with fragments written out. 10000
	Fields int
	// Complexity is by gqlgen's measure. 20000
	Complexity int
	// Timeout ends the context of the operation. 30 s
	Timeout time.Duration
	// Concurrent are the operations executed at once, at most half of them for one principal. 512
	Concurrent int
}

func (l Limits) withDefaults() Limits {
	l.BodyBytes = cmp.Or(l.BodyBytes, 256<<10)
	l.Tokens = cmp.Or(l.Tokens, 4000)
	l.Depth = cmp.Or(l.Depth, 16)
	l.Repeats = cmp.Or(l.Repeats, 32)
	l.Fields = cmp.Or(l.Fields, 10_000)
	l.Complexity = cmp.Or(l.Complexity, 20_000)
	l.Timeout = cmp.Or(l.Timeout, 30*time.Second)
	l.Concurrent = cmp.Or(l.Concurrent, 512)
	return l
}

// NewGraphQL executes es behind the limits. The caller adds its own error presenter and middleware.
func NewGraphQL(es graphql.ExecutableSchema, l Limits) *handler.Server {
	l = l.withDefaults()
	h := handler.New(es)
	h.AddTransport(transport{bodyBytes: l.BodyBytes, timeout: l.Timeout, slots: newSlots(l.Concurrent)})
	h.SetQueryCache(lru.New[*ast.QueryDocument](queryCache))
	h.SetParserTokenLimit(l.Tokens)
	h.Use(newShape(l))
	h.Use(&costLimit{limit: l.Complexity, known: measured.New[struct{}, int]()})
	h.Use(extension.Introspection{})
	return h
}

// costLimit refuses operations by gqlgen's complexity, which knows the sizes of pages.
type costLimit struct {
	limit int
	es    graphql.ExecutableSchema
	known *measured.Operations[struct{}, int]
}

// ExtensionName implements graphql.HandlerExtension.
func (*costLimit) ExtensionName() string { return "CostLimit" }

// Validate implements graphql.HandlerExtension.
func (c *costLimit) Validate(es graphql.ExecutableSchema) error {
	c.es = es
	return nil
}

// MutateOperationContext implements graphql.OperationContextMutator.
func (c *costLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	n := c.known.Of(op, struct{}{}, func() int { return complexity.Calculate(ctx, c.es, op.Operation, op.Variables) })
	if n > c.limit {
		return gqlerror.Wrap(fault.New(fault.CostLimitExceeded, "The operation's complexity is %d, more than the limit of %d. Ask for smaller pages or fewer fields.", n, c.limit))
	}
	return nil
}
