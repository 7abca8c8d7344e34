package resolvers

import (
	"context"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// ExplainHeader asks for the plan of an operation instead of its answer.
const ExplainHeader = "Manifold-Explain"

func asksForPlan(ctx context.Context) (bool, error) {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return false, nil
	}
	said := graphql.GetOperationContext(ctx).Headers.Values(ExplainHeader)
	switch {
	case len(said) == 0:
		return false, nil
	case len(said) > 1 || !strings.EqualFold(strings.TrimSpace(said[0]), "plan"):
		return false, fault.New(fault.BadUserInput, "%s takes the one word plan.", ExplainHeader)
	}
	return true, nil
}

// explained is extensions.manifold of a plan.
type explained struct {
	receipt
	Plan plan `json:"plan"`
}

// plan is what an operation would take now, from which the answer's data is left out.
type plan struct {
	Sources []sourcePlan `json:"sources"`
	// Price is what it could take at worst, whatever is held.
	Price price `json:"price"`
}

type sourcePlan struct {
	Source    string     `json:"source"`
	Calls     span       `json:"calls"`
	Tokens    span       `json:"tokens"`
	Saved     int        `json:"saved"`
	Remaining *span      `json:"remaining,omitempty"`
	ResetsAt  *time.Time `json:"resetsAt,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Steps     []step     `json:"steps"`
}

type step struct {
	Operation string `json:"operation"`
	Field     string `json:"field,omitempty"`
	Calls     span   `json:"calls"`
	Tokens    span   `json:"tokens"`
	Saved     int    `json:"saved"`
	Reason    string `json:"reason"`
}

type span struct {
	AtLeast int `json:"atLeast"`
	AtMost  int `json:"atMost"`
}

// explain executes the operation over the picture as ever, with a rehearsal in the place of live reads: so the plan
// knows exactly which accounts and roles would be read.
func (r *Resolver) explain(ctx context.Context, view directory.View, asker people.Asker, unheard *loaders.Warning, next graphql.ResponseHandler) *graphql.Response {
	if r.Planner == nil {
		return refused(ctx, fault.New(fault.BadUserInput, "This Manifold cannot explain. Leave %s out.", ExplainHeader))
	}
	if !view.ShowsAll() {
		return refused(ctx, fault.New(fault.Forbidden, "What an operation would cost tells of whole accounts, and this client may see only a part. Leave %s out.", ExplainHeader))
	}
	rehearsal := r.Planner.Rehearse(asker)
	set := loaders.New(view, asker)
	set.Rehearsal = rehearsal
	set.MarkMomentary() // the next call of anybody changes what a plan would be
	if unheard != nil {
		set.Bill.Warn(*unheard)
	}
	resp := next(loaders.With(ctx, set, rehearsal))
	if resp == nil {
		return nil
	}
	who := access.From(ctx)
	_, tellsBudgets := who.Allowed("Source", "budget")
	live := r.liveReads(graphql.GetOperationContext(ctx), len(view.Sources()))
	told := explained{receipt: r.receipt(ctx, set), Plan: plan{Sources: []sourcePlan{}, Price: r.price(who, live)}}
	for _, s := range rehearsal.Plan() {
		told.Plan.Sources = append(told.Plan.Sources, planOf(s, tellsBudgets))
	}
	return &graphql.Response{Errors: resp.Errors, Extensions: map[string]any{"manifold": told}}
}

func planOf(s people.SourcePlan, tellsBudgets bool) sourcePlan {
	out := sourcePlan{Source: string(s.Source), Calls: span(s.Calls), Tokens: span(s.Tokens), Saved: s.Saved, Reason: s.Reason, Steps: []step{}}
	if tellsBudgets {
		out.ResetsAt = optional.Instant(s.ResetsAt)
		if s.Remaining != nil {
			out.Remaining = new(span(*s.Remaining))
		}
	}
	for _, each := range s.Steps {
		out.Steps = append(out.Steps, step{
			Operation: each.Operation, Field: each.Field, Calls: span(each.Calls), Tokens: span(each.Tokens), Saved: each.Saved, Reason: each.Reason,
		})
	}
	return out
}

// foresee notes what the field of ctx, a list that nobody holds, may lead to once it is read.
func foresee(ctx context.Context, rehearsal people.Rehearsal) {
	field, op := graphql.GetFieldContext(ctx).Field.Field, graphql.GetOperationContext(ctx)
	c := census{variables: op.Variables, sources: len(loaders.From(ctx).View().Sources()), sure: true, into: tally{}}
	c.count(field.SelectionSet, c.width(field.ObjectDefinition.Name+"."+field.Name, field))
	for coordinate, times := range c.into {
		rehearsal.Below(coordinate, times)
	}
}
