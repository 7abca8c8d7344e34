package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers/measured"
)

// price is what an operation may take at worst, when nothing is held: known from the schema and the sizes of pages
// before anything is executed.
type price struct {
	// Limit is what the client may take of one source; 0: there is none.
	Limit int `json:"limit,omitempty"`
	// Systems says it for any one source of each system that would be asked.
	Systems []systemPrice `json:"systems"`
}

type systemPrice struct {
	System string `json:"system"`
	Tokens int    `json:"tokens"`
	// Fields are the live fields, the dearest first.
	Fields []fieldPrice `json:"fields"`
}

type fieldPrice struct {
	Field string `json:"field"`
	// Reads is how often it may be read, Tokens what that costs.
	Reads  int `json:"reads"`
	Tokens int `json:"tokens"`
}

// liveReads counts how often each live field of op may be read, at any one of so many sources.
func (r *Resolver) liveReads(op *graphql.OperationContext, sources int) tally {
	if r.Planner == nil {
		return nil
	}
	c := census{variables: op.Variables, sources: sources, into: tally{}}
	c.count(op.Operation.SelectionSet, 1)
	maps.DeleteFunc(c.into, func(coordinate string, _ int) bool {
		_, live := r.Planner.Price(coordinate)
		return !live
	})
	return c.into
}

// price is that of so many live reads, for who.
func (r *Resolver) price(who access.Principal, live tally) price {
	out := price{Limit: who.Limits.OperationTokens, Systems: []systemPrice{}}
	bySystem := map[string]*systemPrice{}
	for coordinate, reads := range live {
		p, _ := r.Planner.Price(coordinate)
		s := bySystem[p.System.String()]
		if s == nil {
			s = &systemPrice{System: p.System.String()}
			bySystem[s.System] = s
		}
		tokens := multiply(reads, p.Tokens)
		s.Tokens = multiply(1, s.Tokens+tokens)
		s.Fields = append(s.Fields, fieldPrice{Field: coordinate, Reads: reads, Tokens: tokens})
	}
	for _, s := range bySystem {
		slices.SortFunc(s.Fields, func(a, b fieldPrice) int {
			return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(a.Field, b.Field))
		})
		out.Systems = append(out.Systems, *s)
	}
	slices.SortFunc(out.Systems, func(a, b systemPrice) int { return cmp.Compare(a.System, b.System) })
	return out
}

// over is the system whose price is over the limit by most; nil when none is.
func (p price) over() *systemPrice {
	var worst *systemPrice
	for i, s := range p.Systems {
		if p.Limit > 0 && s.Tokens > p.Limit && (worst == nil || s.Tokens > worst.Tokens) {
			worst = &p.Systems[i]
		}
	}
	return worst
}

// unaffordable is the error of an operation whose price is over its client's limit.
type unaffordable struct {
	why   *fault.Error
	price price
}

func (u *unaffordable) Error() string { return u.why.Error() }

func (u *unaffordable) Unwrap() error { return u.why }

// refusal says so with the figures; nil when there is nothing to refuse.
func (p price) refusal() *unaffordable {
	s := p.over()
	if s == nil {
		return nil
	}
	var dearest []string
	for _, f := range s.Fields[:min(len(s.Fields), 3)] {
		dearest = append(dearest, fmt.Sprintf("%s %d (%d reads)", f.Field, f.Tokens, f.Reads))
	}
	return &unaffordable{price: p, why: fault.New(fault.CostLimitExceeded,
		"The operation may take %d %s of one %s source, more than this client's limit of %d. Most is for %s. Ask for smaller pages or fewer fields.",
		s.Tokens, unit(s.System), s.System, p.Limit, strings.Join(dearest, ", "))}
}

func unit(system string) string {
	if system == person.Pipedrive.String() {
		return "tokens"
	}
	return "requests"
}

// PriceLimit refuses operations whose worst-case price is over their client's limit, before anything is executed, and
// subscriptions that would have any.
type PriceLimit struct {
	resolver *Resolver
	// live has the live reads of operations, given how many sources there are. What one read costs is asked each time.
	live *measured.Operations[int, tally]
}

// NewPriceLimit makes a PriceLimit by the prices that r's Planner knows.
func NewPriceLimit(r *Resolver) PriceLimit {
	return PriceLimit{resolver: r, live: measured.New[int, tally]()}
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = PriceLimit{}

// ExtensionName implements graphql.HandlerExtension.
func (PriceLimit) ExtensionName() string { return "PriceLimit" }

// Validate implements graphql.HandlerExtension.
func (PriceLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator. It changes nothing.
func (l PriceLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	who := access.From(ctx)
	subscription := op.Operation.Operation == ast.Subscription
	if who.Limits.OperationTokens == 0 && !subscription {
		return nil
	}
	sources := len(l.resolver.Service.View(who).Sources())
	live := l.live.Of(op, sources, func() tally { return l.resolver.liveReads(op, sources) })
	if len(live) == 0 { // it reads from memory alone
		return nil
	}
	if subscription { // it has no price: nobody knows how many events there will be
		return gqlerror.Wrap(errLive(slices.Min(slices.Collect(maps.Keys(live)))))
	}
	if refusal := l.resolver.price(who, live).refusal(); refusal != nil {
		return gqlerror.Wrap(refusal)
	}
	return nil
}
