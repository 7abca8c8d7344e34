package resolvers

import (
	"context"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/resolvers/measured"
	"github.com/manifold-graph/manifold/resolvers/quota"
)

// objects is how many objects an operation may list or look up at worst. A page counts as many as it may hold when its
// items are asked for, and one otherwise, for its count tells whether somebody fits a filter. Each id and each reference
// counts, found or not: who guesses pays for guesses. What belongs to an object, its accounts for one, counts with it.
func (c census) objects(set ast.SelectionSet, times int) int {
	total := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Definition == nil || strings.HasPrefix(s.Name, "__") || c.skipped(s.Directives) {
				continue
			}
			each, inner := c.met(s)
			total = multiply(1, total+multiply(times, each))
			total = multiply(1, total+c.objects(s.SelectionSet, multiply(times, inner)))
		case *ast.InlineFragment:
			if !c.skipped(s.Directives) {
				total = multiply(1, total+c.objects(s.SelectionSet, times))
			}
		case *ast.FragmentSpread:
			if s.Definition != nil && !c.skipped(s.Directives) {
				total = multiply(1, total+c.objects(s.Definition.SelectionSet, times))
			}
		}
	}
	return total
}

// met is how many objects a field counts for, and of how many its selection is asked.
func (c census) met(f *ast.Field) (each, inner int) {
	coordinate := f.ObjectDefinition.Name + "." + f.Name
	width := c.width(coordinate, f)
	switch {
	case strings.HasSuffix(f.Definition.Type.Name(), "Connection"):
		if !c.itemised(f.SelectionSet) {
			return 1, 1
		}
		return width, width
	case coordinate == "Query.nodes", coordinate == "Query._entities":
		return max(width, 1), width
	case coordinate == "Query.node", coordinate == "Query.person", f.ObjectDefinition.Name == "Subscription":
		return 1, 1
	}
	return 0, width
}

// itemised tells whether the items of a page are asked for.
func (c census) itemised(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name == "nodes" || s.Name == "edges" {
				return true
			}
		case *ast.InlineFragment:
			if c.itemised(s.SelectionSet) {
				return true
			}
		case *ast.FragmentSpread:
			if s.Definition != nil && c.itemised(s.Definition.SelectionSet) {
				return true
			}
		}
	}
	return false
}

// ObjectLimit refuses operations that would take a caller over the objects that they may list or look up in a minute,
// before anything is executed, and slows the events of subscriptions down to it. It charges the worst case, and gives
// nothing back for pages that were not full.
type ObjectLimit struct {
	resolver *Resolver
	taken    *quota.Quota
	// known has the objects of operations, given how many sources there are.
	known *measured.Operations[int, int]
	// after is time.After, by the clock of taken.
	after func(time.Duration) <-chan time.Time
}

// NewObjectLimit makes an ObjectLimit under which nobody has taken anything.
func NewObjectLimit(r *Resolver, now func() time.Time) ObjectLimit {
	return ObjectLimit{resolver: r, taken: quota.New(now), known: measured.New[int, int](), after: time.After}
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = ObjectLimit{}

// ExtensionName implements graphql.HandlerExtension.
func (ObjectLimit) ExtensionName() string { return "ObjectLimit" }

// Validate implements graphql.HandlerExtension.
func (ObjectLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator. It changes nothing.
func (l ObjectLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	who := access.From(ctx)
	limit := who.Limits.ObjectsPerMinute
	if limit == 0 {
		return nil
	}
	n := l.objects(op, who)
	if n > limit {
		return gqlerror.Wrap(fault.New(fault.CostLimitExceeded, "The operation may list or look up %d objects, more than this client's limit of %d a minute. Ask for smaller pages.", n, limit))
	}
	if wait, ok := l.taken.Take(who.Name, n, limit); !ok {
		f := fault.New(fault.RateLimited, "This client has listed or looked up what it may in a minute: %d objects. Ask again after the given time, or for smaller pages.", limit)
		f.RetryAfter = wait
		return gqlerror.Wrap(f)
	}
	return nil
}

func (l ObjectLimit) objects(op *graphql.OperationContext, who access.Principal) int {
	sources := len(l.resolver.Service.View(who).Sources())
	return l.known.Of(op, sources, func() int {
		return census{variables: op.Variables, sources: sources}.objects(op.Operation.SelectionSet, 1)
	})
}

// InterceptResponse implements graphql.ResponseInterceptor. The first event of a subscription is paid for with it; each
// other one waits until its client has something left, and meanwhile those that follow fall into one.
func (l ObjectLimit) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	s, ok := ctx.Value(streamKey{}).(*stream)
	if !ok || s.pull == nil {
		return next(ctx)
	}
	if who, err := access.Renew(ctx); s.begun && err == nil { // who is nobody any more is told so by what follows
		if !l.await(ctx, who) {
			return nil
		}
	}
	s.begun = true
	return next(ctx)
}

// await takes what an event counts for; false when ctx has ended before.
func (l ObjectLimit) await(ctx context.Context, who access.Principal) bool {
	limit := who.Limits.ObjectsPerMinute
	if limit == 0 {
		return true
	}
	n := min(l.objects(graphql.GetOperationContext(ctx), who), limit)
	for {
		wait, ok := l.taken.Take(who.Name, n, limit)
		if ok {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-l.after(wait):
		}
	}
}
