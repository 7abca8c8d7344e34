package server

import (
	"bytes"
	"cmp"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// The outcomes of a GraphQL request. Invalid ones were never executed, refused ones not even read.
const (
	ok      = "ok"
	partial = "partial"
	failed  = "error"
	invalid = "invalid"
	refused = "refused"
)

// operation is what is told of the operation that a request asked for.
type operation struct {
	// name is the client's, and so a Name of GraphQL's grammar: no address has that form.
	name, typ string
	outcome   string
	receipt   receipt
	// stream is what is told of a subscription; nil for everything else.
	stream *streamed
}

// streamed is how a subscription went.
type streamed struct {
	events int
	// ended is why it has ended, in the words of StreamObserver.
	ended string
}

// receipt is what an answer says of itself in extensions.manifold, as far as HTTP and the log are concerned.
type receipt interface {
	// Spent tells what was spent for the answer, source by source, in the order of their names.
	Spent(tell func(source string, calls, tokens int))
	// HTTP tells how old the oldest fact in the answer is, for how much longer all of them are fresh (nothing, or less,
	// once one is not), and how the answer was come by, in a parameter of RFC 9211: "hit", or "fwd" and a reason.
	HTTP() (age, left time.Duration, status string)
}

// longestName is how much of an operation's name is logged.
const longestName = 64

func operationOf(op *graphql.OperationContext, response *graphql.Response) operation {
	o := operation{outcome: outcomeOf(response)}
	if op != nil && op.Operation != nil {
		o.name, o.typ = op.Operation.Name, string(op.Operation.Operation)
		o.name = o.name[:min(len(o.name), longestName)]
	}
	if response != nil {
		o.receipt, _ = response.Extensions["manifold"].(receipt)
	}
	return o
}

// saw takes note of one answer of a stream.
func (o *operation) saw(response *graphql.Response) {
	o.stream.events++
	switch {
	case unexecuted(response):
		o.outcome = failed
	case len(response.Errors) > 0 && o.outcome == ok:
		o.outcome = partial
	}
}

func outcomeOf(response *graphql.Response) string {
	switch {
	case response == nil:
		return failed
	case len(response.Errors) == 0:
		return ok
	case len(response.Data) == 0 || bytes.Equal(response.Data, []byte("null")):
		return failed
	}
	return partial
}

// kind is the type of the operation as metrics have it.
func (o operation) kind() string { return cmp.Or(o.typ, "none") }

// attrs is the operation as its request's line in the log has it.
func (o operation) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("outcome", o.outcome)}
	if o.typ == "" {
		return attrs
	}
	attrs = append(attrs, slog.String("type", o.typ), slog.String("operation", o.name))
	if o.stream != nil {
		attrs = append(attrs, slog.Int("events", o.stream.events), slog.String("ended", o.stream.ended))
	}
	if o.receipt == nil {
		return attrs
	}
	var spent []any
	o.receipt.Spent(func(source string, calls, tokens int) {
		spent = append(spent, slog.Group(source, slog.Int("calls", calls), slog.Int("tokens", tokens)))
	})
	if len(spent) > 0 {
		attrs = append(attrs, slog.Group("upstream", spent...))
	}
	return attrs
}
