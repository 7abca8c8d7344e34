package people

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Planner foretells what live reads cost, without making one.
type Planner interface {
	// Rehearse begins the plan of one response. What it answers is of this moment.
	Rehearse(a Asker) Rehearsal
	// Price is what one read of a schema coordinate ("PipedriveUser.permissions") costs when nothing is held; false for
	// what the directory answers.
	Price(coordinate string) (Price, bool)
}

// Price is the price of one read, in tokens for Pipedrive and requests elsewhere.
type Price struct {
	System person.System
	Tokens int
}

// Rehearsal stands in for Details and Renewer while an operation is planned: it answers what is held, notes what would be
// called, and calls nobody. What it does not hold it answers with a Detail that is neither Held nor has an Err.
// Safe for concurrent use.
type Rehearsal interface {
	Details
	Renewer
	// Below notes that what is not held may, once it is read, lead to at most times reads of a coordinate at each source.
	Below(coordinate string, times int)
	// Plan sums up what was noted, one entry per source that would be asked or would have been without a cache, by name.
	Plan() []SourcePlan
}

// SourcePlan is what an operation would take of one source.
type SourcePlan struct {
	Source        person.SourceID
	Calls, Tokens Span
	// Saved is what is not spent because it is held.
	Saved int
	// Remaining is what would be left for interactive reads; nil where use is only counted.
	Remaining *Span
	// ResetsAt is zero when unknown.
	ResetsAt time.Time
	Steps    []Step
	// Reason is a public sentence where the plan is less than the sum of its steps; "" where it is that.
	Reason string
}

// Step is the calls of one kind that would be made, or not made because something is held.
type Step struct {
	// Operation is the vendor's endpoint as the price list calls it ("users.permissions"); Field the schema coordinate
	// that it is for.
	Operation, Field string
	Calls, Tokens    Span
	Saved            int
	// Reason is a public sentence.
	Reason string
}

// Span is a figure that is known within bounds; exactly, where they agree.
type Span struct{ AtLeast, AtMost int }

// Exactly is a figure that is known.
func Exactly(n int) Span { return Span{n, n} }

// Plus adds two figures.
func (s Span) Plus(o Span) Span { return Span{s.AtLeast + o.AtLeast, s.AtMost + o.AtMost} }

// Times is n times the figure.
func (s Span) Times(n int) Span { return Span{s.AtLeast * n, s.AtMost * n} }
