package action

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

const (
	// maxLeavers is how many people one act offboards at most.
	maxLeavers = 50
	// farthest is how far ahead an act may be planned.
	farthest = 366 * 24 * time.Hour
)

var writes = map[person.System]access.Scope{
	person.Pipedrive: access.ScopePipedriveWrite, person.Pipefy: access.ScopePipefyWrite, person.Pipedream: access.ScopePipedreamWrite,
}

// OffboardPerson takes all access from people: now, or at a given time. A caller without the write scope of a source
// that it touches is refused with a *fault.Error.
func (d *Desk) OffboardPerson(ctx context.Context, who access.Principal, in OffboardPersonInput) (*Payload, error) {
	o := d.order(who, OffboardPerson, in.Order, in.Taking, []any{in.PersonIDs, in.At})
	o.tokened = true
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	if in.At != nil {
		o.plan.At = in.At.UTC()
		if now := d.now(); o.plan.At.Before(now) && o.PlanToken == nil || o.plan.At.After(now.Add(farthest)) {
			o.wrong(people.ErrorInvalid, "at has to lie ahead, by a year at most. Leave it out to begin at once.", "at")
		}
	}
	if n := len(in.PersonIDs); n == 0 || n > maxLeavers {
		o.wrong(people.ErrorInvalid, "Offboard 1 to 50 people at once.", "personIds")
		return o.decide(ctx)
	}
	var falling []directory.Identity
	var fields [][]string
	seen := map[person.ID]bool{}
	for n, id := range in.PersonIDs {
		field := []string{"personIds", strconv.Itoa(n)}
		p, ok := o.person(id, field...)
		if !ok || seen[p.ID()] {
			continue
		}
		seen[p.ID()] = true
		reached := o.leave(p)
		for _, i := range reached {
			falling, fields = append(falling, i), append(fields, field)
		}
	}
	o.guarded(falling, fields)
	for _, s := range o.plan.Steps {
		if need := writes[s.system()]; s.State != StepSkipped && !who.Has(need) {
			return nil, fault.New(fault.Forbidden, "Offboarding at %s needs the scope %s. Ask for it.", s.Source, need)
		}
	}
	slices.SortStableFunc(o.plan.Steps, func(a, b Step) int { return int(a.system()) - int(b.system()) })
	o.readTriggers(ctx)
	return o.decide(ctx)
}

func (o *order) person(id string, field ...string) (directory.Person, bool) {
	decoded, err := o.desk.ids.Decode(id)
	key, ok := decoded.Person()
	if err != nil || !ok {
		o.wrong(people.ErrorInvalid, "This is not the id of a person. Use one as an earlier answer gave it.", field...)
		return directory.Person{}, false
	}
	p, ok := o.view.Person(key)
	if !ok {
		o.wrong(people.ErrorNotFound, "There is no such person, or not any more.", field...)
	}
	return p, ok
}

// leave plans how a person leaves: reversible steps before those that are not. It answers whom it is about.
func (o *order) leave(p directory.Person) []directory.Identity {
	reached, behind, crossed, cut := reach(p)
	o.plan.Crossed, o.plan.Cut = append(o.plan.Crossed, crossed...), append(o.plan.Cut, cut...)
	for _, i := range reached {
		steps := o.departure(i)
		if address := i.Raw().Email; address != "" && len(whole(o.view).PeopleByEmail(address)) == 1 {
			for n := range steps {
				steps[n].Address = address
			}
		}
		o.plan.Steps = append(o.plan.Steps, steps...)
	}
	for _, i := range behind {
		for _, s := range o.departure(i) {
			s.State, s.Goes = StepSkipped, Going{}
			s.Note = "Only links that nobody has verified lead to this account. Confirm one with linkIdentities, or act on the account itself."
			s.Code = string(people.ErrorUntrustedLink)
			o.plan.Steps = append(o.plan.Steps, s)
		}
	}
	return reached
}

// departure is how one identity leaves.
func (o *order) departure(i directory.Identity) []Step {
	raw := i.Raw()
	switch raw.Key.System {
	case person.Pipedrive:
		s := o.stepOn(Deactivate, i)
		if raw.State == person.StateErased {
			s.State, s.Note = StepSkipped, "Pipedrive has erased this user for good."
		}
		return []Step{s}
	case person.Pipefy:
		var inside []Step
		for _, g := range raw.Grants {
			s := o.stepOn(removals[g.Resource.Key.Kind], i)
			s.Place = g.Resource.Key
			if g.Resource.Key.Kind == person.ResourceOrganization { // takes the others along
				s.Goes = goingOf(i)
				return []Step{s}
			}
			inside = append(inside, s)
		}
		return inside
	}
	s := o.stepOn(DeleteUser, i)
	s.Goes = goingOf(i)
	return []Step{s}
}

// readTriggers looks up what is deployed for the users that are to be deleted, and of an account's what uses it: their vendor
// lists it nowhere else.
func (o *order) readTriggers(ctx context.Context) {
	var at []int
	var users []*person.Identity
	for n, s := range o.plan.Steps {
		if (s.Kind == DeleteUser || s.Kind == DeleteAccount) && s.State != StepSkipped {
			if i, ok := o.view.Identity(s.Target); ok {
				at, users = append(at, n), append(users, i.Raw())
			}
		}
	}
	if len(users) == 0 {
		return
	}
	for k, d := range o.desk.details.DeployedTriggers(ctx, people.Asker{Client: o.who.Name, Operation: string(o.act)}, users) {
		goes := &o.plan.Steps[at[k]].Goes
		if !d.Held {
			goes.TriggersUnknown = true
			continue
		}
		for _, t := range d.Value {
			if s := o.plan.Steps[at[k]]; s.Kind == DeleteAccount && !slices.Contains(t.Accounts, s.Account) {
				continue
			}
			goes.Triggers = append(goes.Triggers, GoingTrigger{t.ID, t.Type})
		}
		slices.SortFunc(goes.Triggers, func(a, b GoingTrigger) int {
			if a.TriggerID < b.TriggerID {
				return -1
			}
			return 1
		})
	}
}
