package server

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/persisted"
	"github.com/manifold-graph/manifold/resolvers/measured"
)

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
	// Aliases are fields under another name than their own, in the whole document. 200
	Aliases int
	// Directives are those of the whole document, DirectivesInPlace those of one field, fragment or operation. 100, 4
	Directives, DirectivesInPlace int
	// Fragments are definitions, Spreads their uses, in the whole document. 100, 500
	Fragments, Spreads int
	// Operations are those of one document, of which one is executed. 10
	Operations int
	// Variables are those of one operation. 100
	Variables int
	// Values are those written into the document, and three times as many in its variables: a list counts as one and so
	// does each of its members. 2000
	Values int
	// ListLength is how many members one list or object of values may have. 1000
	ListLength int
	// ValueDepth is how far lists and objects of values nest. 8
	ValueDepth int
	// Complexity is by gqlgen's measure. 20000
	Complexity int
	// Timeout ends the context of the operation. 30 s
	Timeout time.Duration
	// Concurrent are the operations executed at once, at most half of them for one principal. 4096
	Concurrent int
}

// Protocol says how GraphQL is spoken. The zero value speaks as the draft of GraphQL over HTTP recommends.
type Protocol struct {
	// NoPartialStatus answers data with errors under 200 where 294 would be answered.
	NoPartialStatus bool
	// Documents are those that are known by an id; nil: none are but what clients register.
	Documents *persisted.Documents
	// DocumentCame hears of each request what it brought for a document: "trusted", "registered", "new", "text", "unknown" or
	// "refused"; nil: nobody does.
	DocumentCame func(outcome string)
}

func (l Limits) withDefaults() Limits {
	l.BodyBytes = cmp.Or(l.BodyBytes, 256<<10)
	l.Tokens = cmp.Or(l.Tokens, 4000)
	l.Depth = cmp.Or(l.Depth, 16)
	l.Repeats = cmp.Or(l.Repeats, 32)
	l.Fields = cmp.Or(l.Fields, 10_000)
	l.Aliases = cmp.Or(l.Aliases, 200)
	l.Directives = cmp.Or(l.Directives, 100)
	l.DirectivesInPlace = cmp.Or(l.DirectivesInPlace, 4)
	l.Fragments = cmp.Or(l.Fragments, 100)
	l.Spreads = cmp.Or(l.Spreads, 500)
	l.Operations = cmp.Or(l.Operations, 10)
	l.Variables = cmp.Or(l.Variables, 100)
	l.Values = cmp.Or(l.Values, 2000)
	l.ListLength = cmp.Or(l.ListLength, 1000)
	l.ValueDepth = cmp.Or(l.ValueDepth, 8)
	l.Complexity = cmp.Or(l.Complexity, 20_000)
	l.Timeout = cmp.Or(l.Timeout, 30*time.Second)
	l.Concurrent = cmp.Or(l.Concurrent, 4096)
	return l
}

// unlimited are limits that nothing exceeds.
var unlimited = Limits{
	Aliases: math.MaxInt, Directives: math.MaxInt, DirectivesInPlace: math.MaxInt, Fragments: math.MaxInt, Spreads: math.MaxInt,
	Operations: math.MaxInt, Variables: math.MaxInt, Values: math.MaxInt, ListLength: math.MaxInt, ValueDepth: math.MaxInt,
}

// NewGraphQL executes es behind the limits. The caller adds its own error presenter and middleware.
func NewGraphQL(es graphql.ExecutableSchema, l Limits, p Protocol) *handler.Server {
	l = l.withDefaults()
	if p.Documents == nil {
		p.Documents = persisted.New(false, nil)
	}
	if p.DocumentCame == nil {
		p.DocumentCame = func(string) {}
	}
	h := handler.New(es)
	t := transport{bodyBytes: l.BodyBytes, timeout: l.Timeout, slots: newSlots(l.Concurrent), partialStatus: !p.NoPartialStatus}
	h.AddTransport(webSocket{t})
	h.AddTransport(eventStream{t})
	h.AddTransport(t)
	valid := newDocuments(documentBytes)
	h.SetQueryCache(valid)
	h.SetParserTokenLimit(l.Tokens)
	// First, for all others look at the text.
	h.Use(persistedDocuments{p.Documents, p.DocumentCame})
	h.Use(shape{Limits: l, valid: valid})
	h.Use(oneStream{})
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
		return gqlerror.Wrap(tooComplex(n, c.limit))
	}
	return nil
}
