package action

import (
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/optional"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// Shown is an action as a client sees it, beside the picture as it is now.
type Shown struct {
	raw Action
	v   directory.View
	ids *nodeid.Codec
}

func (d *Desk) shown(who access.Principal, a Action) *Shown {
	return &Shown{a, d.directory.Current().View(who), d.ids}
}

// View is the picture beside it.
func (a Shown) View() directory.View { return a.v }

// Raw is the action itself.
func (a Shown) Raw() Action            { return a.raw }
func (a Shown) ID() string             { return a.ids.Action(a.raw.ID) }
func (a Shown) Act() string            { return string(a.raw.Act) }
func (a Shown) State() State           { return a.raw.State() }
func (a Shown) Actor() string          { return a.raw.Actor }
func (a Shown) Reason() string         { return a.raw.Reason }
func (a Shown) RequestID() *string     { return optional.Text(a.raw.RequestID) }
func (a Shown) CreatedAt() time.Time   { return a.raw.CreatedAt }
func (a Shown) EndedAt() *time.Time    { return optional.Instant(a.raw.EndedAt) }
func (a Shown) Steps() []ShownStep     { return shownSteps(a.raw.Steps, a.v, a.ids) }
func (p ShownPlan) Steps() []ShownStep { return shownSteps(p.raw.Steps, p.v, p.ids) }

// StartsAt is when it begins, or began at the earliest.
func (a Shown) StartsAt() time.Time {
	at := a.raw.CreatedAt
	if due, open := a.raw.DueAt(); open && a.raw.State() == Scheduled {
		at = due
	}
	return at
}

// ShownPlan is a plan as a client sees it.
type ShownPlan struct {
	raw Plan
	v   directory.View
	ids *nodeid.Codec
}

func (p ShownPlan) Act() string          { return string(p.raw.Act) }
func (p ShownPlan) StartsAt() *time.Time { return optional.Instant(p.raw.At) }

// CrossedLinks are those over which the plan goes from one identity to another.
func (p ShownPlan) CrossedLinks() []directory.Link { return some(p.raw.Crossed) }

// UntrustedLinks are those that it does not cross.
func (p ShownPlan) UntrustedLinks() []directory.Link { return some(p.raw.Cut) }

// Costs are what it takes when all goes well.
func (p ShownPlan) Costs() []ShownCost {
	out := []ShownCost{}
	for _, c := range p.raw.Costs {
		if source, ok := p.v.Source(c.Source); ok {
			out = append(out, ShownCost{source, c.Calls, c.Tokens})
		}
	}
	return out
}

// ShownCost is what a plan takes at one source.
type ShownCost struct {
	Source directory.Source
	Calls  int
	Tokens int
}

// ShownStep is a step as a client sees it.
type ShownStep struct {
	raw Step
	v   directory.View
	ids *nodeid.Codec
}

func shownSteps(steps []Step, v directory.View, ids *nodeid.Codec) []ShownStep {
	out := make([]ShownStep, len(steps))
	for n, s := range steps {
		out[n] = ShownStep{s, v, ids}
	}
	return out
}

func (s ShownStep) Kind() StepKind      { return s.raw.Kind }
func (s ShownStep) State() StepState    { return s.raw.State }
func (s ShownStep) SourceName() string  { return string(s.raw.Source) }
func (s ShownStep) Email() *string      { return optional.Text(s.raw.Email) }
func (s ShownStep) Role() *string       { return optional.Text(s.raw.Role) }
func (s ShownStep) AccountID() *string  { return optional.Text(s.raw.Account) }
func (s ShownStep) Message() *string    { return optional.Text(s.raw.Note) }
func (s ShownStep) Code() *string       { return optional.Text(s.raw.Code) }
func (s ShownStep) Attempts() int       { return s.raw.Attempts }
func (s ShownStep) BegunAt() *time.Time { return optional.Instant(s.raw.BegunAt) }
func (s ShownStep) EndedAt() *time.Time { return optional.Instant(s.raw.EndedAt) }
func (s ShownStep) IsReconciled() bool  { return s.raw.Reconciled }
func (s ShownStep) Calls() int          { return s.raw.Calls }
func (s ShownStep) Tokens() int         { return s.raw.Tokens }
func (s ShownStep) Goes() ShownGoing    { return ShownGoing{s.raw.Goes, s.v} }

// NextAt is when it goes on; nil when it has ended.
func (s ShownStep) NextAt() *time.Time {
	if !s.raw.State.Open() {
		return nil
	}
	return optional.Instant(s.raw.DueAt)
}

// IdentityID is the id of whom it changes, who may be gone; nil where it makes somebody.
func (s ShownStep) IdentityID() *string {
	if s.raw.Target.IsZero() {
		return nil
	}
	id := s.ids.Identity(s.raw.Target)
	return &id
}

// Identity is whom it changes; nil when they are gone.
func (s ShownStep) Identity() people.Account {
	if i, ok := s.v.Identity(s.raw.Target); ok && !s.raw.Target.IsZero() {
		return people.AccountOf(i)
	}
	return nil
}

// Place is the organization, pipe or table; nil where there is none.
func (s ShownStep) Place() *directory.Resource {
	if r, ok := s.v.Resource(s.raw.Place); ok {
		return &r
	}
	return nil
}

// ShownGoing is what goes with a step's target.
type ShownGoing struct {
	raw Going
	v   directory.View
}

func (g ShownGoing) Accounts() []GoingAccount     { return some(g.raw.Accounts) }
func (g ShownGoing) CardAssignments() bool        { return g.raw.CardAssignments }
func (g ShownGoing) Pipes() []directory.Resource  { return g.resources(g.raw.Pipes) }
func (g ShownGoing) Tables() []directory.Resource { return g.resources(g.raw.Tables) }

// Triggers are nil where they could not be read.
func (g ShownGoing) Triggers() []GoingTrigger {
	if g.raw.TriggersUnknown {
		return nil
	}
	return some(g.raw.Triggers)
}

func (g ShownGoing) resources(keys []person.ResourceKey) []directory.Resource {
	out := []directory.Resource{}
	for _, k := range keys {
		if r, ok := g.v.Resource(k); ok {
			out = append(out, r)
		}
	}
	return out
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// What who looks may ask of a step, told beforehand.

func (s ShownStep) ViewerCanReadEmail() bool   { return s.v.Can("ActionStep", "viewerCanReadEmail") }
func (s ShownStep) ViewerCanReadGrants() bool  { return s.v.Can("ActionStep", "viewerCanReadGrants") }
func (g ShownGoing) ViewerCanReadGrants() bool { return g.v.Can("ActionLoss", "viewerCanReadGrants") }
func (g ShownGoing) ViewerCanReadTriggers() bool {
	return g.v.Can("ActionLoss", "viewerCanReadTriggers")
}
