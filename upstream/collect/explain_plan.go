package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// Plan is people.Rehearsal's.
func (r *rehearsal) Plan() []people.SourcePlan {
	r.mu.Lock()
	defer r.mu.Unlock()
	steps := map[person.SourceID][]people.Step{}
	for p, n := range r.noted {
		steps[p.source] = append(steps[p.source], r.step(p, n))
	}
	if r.planner.renewer != nil {
		for source, step := range r.planner.renewer.foretell(r.asker, r.renewed) {
			steps[source] = append(steps[source], step)
		}
	}
	for _, s := range r.view.Sources() {
		steps[s.ID()] = append(steps[s.ID()], r.unknown(s)...)
	}
	var all []people.SourcePlan
	for source, of := range steps {
		if len(of) > 0 {
			all = append(all, r.sum(source, of))
		}
	}
	slices.SortFunc(all, func(a, b people.SourcePlan) int { return cmp.Compare(a.Source, b.Source) })
	return all
}

// step is what the reads of one kind at one source take.
func (r *rehearsal) step(p purpose, n *note) people.Step {
	read, source := readings[p.field], directory.Source{}
	if s, ok := r.view.Source(p.source); ok {
		source = s
	}
	reads := n.stale + n.missing
	if r.asker.Wanted.OnlyIfCached {
		reads = 0
	}
	step := people.Step{Operation: read.operation, Field: p.field, Saved: n.saved, Calls: read.calls(sizeOf(source)).Times(reads)}
	step.Tokens = step.Calls.Times(read.tokens())
	step.Reason = n.reason(r.asker.Wanted)
	return step
}

// reason says how the count came about.
func (n *note) reason(w people.Wanted) string {
	var parts []string
	say := func(count int, what string) {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, what))
		}
	}
	say(n.fresh, "held")
	say(n.flying, "being read already")
	switch {
	case w.OnlyIfCached:
		say(n.stale, "held, if old")
		say(n.missing, "not held, and not to be read")
	case w.MaxAge != nil:
		say(n.stale, "held, but older than is wanted")
		say(n.missing, "not held")
	default:
		say(n.stale, "held and answered, and read anew behind")
		say(n.missing, "not held")
	}
	return sentence(strings.Join(parts, "; "))
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// unknown is what may follow, at one source, from lists that are not known before they are read. Nobody can be read
// more than once.
func (r *rehearsal) unknown(s directory.Source) []people.Step {
	var steps []people.Step
	for coordinate, times := range r.below {
		size := min(times, sizeOf(s))
		if size == 0 {
			continue
		}
		read, live := readings[coordinate]
		step := people.Step{Field: coordinate, Operation: read.operation, Reason: "It stands below a list that is not known before it is read."}
		switch {
		case live && read.system == s.System():
			step.Calls.AtMost = capped(size, read.calls(sizeOf(s)).AtMost)
			step.Tokens.AtMost = capped(step.Calls.AtMost, read.tokens())
		case coordinate == "Source.identities" && r.asker.Wanted.MaxAge != nil && !r.asker.Wanted.OnlyIfCached && r.planner.renewer != nil:
			step.Operation, step.Tokens.AtMost = "any", r.planner.renewer.worst(s.ID(), sizeOf(s))
			step.Calls.AtMost = step.Tokens.AtMost
		default:
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

func capped(a, b int) int {
	if b > 0 && a > endless/b {
		return endless
	}
	return a * b
}

// sum is the plan of one source. What cannot be afforded is not spent.
func (r *rehearsal) sum(source person.SourceID, steps []people.Step) people.SourcePlan {
	slices.SortFunc(steps, func(a, b people.Step) int {
		return cmp.Or(cmp.Compare(b.Tokens.AtMost, a.Tokens.AtMost), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Operation, b.Operation))
	})
	out := people.SourcePlan{Source: source, Steps: steps}
	dearest := 0
	for _, s := range steps {
		out.Calls, out.Tokens = out.Calls.Plus(s.Calls), out.Tokens.Plus(s.Tokens)
		out.Saved += s.Saved
		if s.Calls.AtMost > 0 {
			dearest = max(dearest, s.Tokens.AtMost/s.Calls.AtMost)
		}
	}
	if left, bounded := r.affordable(source); bounded && left < out.Tokens.AtMost {
		out.Reason = "What is left of the budget does not allow all of it."
		if left < out.Tokens.AtLeast {
			// Of the last tokens some may be too few for any call.
			least := max(0, left-dearest+1)
			out.Calls.AtLeast, out.Tokens.AtLeast = min(out.Calls.AtLeast, least/max(dearest, 1)), least
		}
		out.Tokens.AtMost = left
	}
	if readout, ok := r.planner.costs.Readout(source); ok {
		out.ResetsAt = readout.ResetsAt
		if readout.Limit > 0 {
			out.Remaining = &people.Span{
				AtLeast: max(0, readout.Remaining-out.Tokens.AtMost), AtMost: max(0, readout.Remaining-out.Tokens.AtLeast),
			}
		}
	}
	return out
}

// affordable is how many tokens the asker may still spend on a source; false if there is no bound.
func (r *rehearsal) affordable(source person.SourceID) (int, bool) {
	costs := r.planner.costs
	charge, ok := costs.sources[source]
	if !ok {
		return 0, true
	}
	d, err := costs.ledger.Peek(context.Background(), charge.Limits, budget.Ask{
		Class: budget.Interactive, Tokens: 1, Slots: 1, By: budget.Attribution{Client: r.asker.Client},
		Allowance: costs.allowance(r.asker.Client, charge.System),
	})
	switch {
	case err != nil:
		return 0, false
	case !d.Allowed && !d.Because.Brief():
		return 0, true
	case d.Remaining == budget.Unlimited:
		return 0, false
	}
	return d.Remaining, true
}
