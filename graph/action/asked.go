package action

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/requestid"
)

// CancelAction stops what of an action has not begun. What is running goes on to its end.
func (d *Desk) CancelAction(ctx context.Context, who access.Principal, in CancelActionInput) (*Payload, error) {
	o := d.order(who, "cancelAction", in.Order, Taking{}, in.ActionID)
	decoded, err := d.ids.Decode(in.ActionID)
	raw, ok := decoded.Action()
	if err != nil || !ok {
		o.wrong(people.ErrorInvalid, "This is not the id of an action. Use one as an earlier answer gave it.", "actionId")
	}
	for len(o.errs) == 0 {
		a, err := d.get(ctx, who, ID(raw))
		if errors.Is(err, ErrNotFound) {
			o.wrong(people.ErrorNotFound, "There is no such action.", "actionId")
			break
		}
		if err != nil {
			return nil, unkept(err)
		}
		for _, s := range a.Steps {
			if need := writes[s.system()]; !who.Has(need) {
				return nil, fault.New(fault.Forbidden, "Stopping this needs the scope %s. Ask for it.", need)
			}
		}
		about := o.withdraw(&a)
		if len(about.Steps) == 0 {
			if a.State() != Cancelled {
				o.wrong(people.ErrorConflict, "Nothing of this action is left to stop.", "actionId")
				break
			}
			return &Payload{Action: d.shown(who, a), UserErrors: []people.UserError{}}, nil
		}
		a, err = d.store.Update(ctx, a, noted(Note{
			Phase: Withdrawn, At: d.now(), Actor: who.Name, Client: requestid.ClientFrom(ctx), Act: a.Act, Action: a.ID, Step: -1, Reason: o.Reason, RequestID: requestid.From(ctx),
		}, about.People())...)
		if errors.Is(err, ErrChanged) {
			continue // a step has moved meanwhile
		}
		if err != nil {
			return nil, unkept(err)
		}
		return &Payload{Action: d.shown(who, a), UserErrors: []people.UserError{}}, nil
	}
	return &Payload{UserErrors: o.errs}, nil
}

// withdraw cancels the steps that have not begun, and answers an action of those alone. Of a step that waits for its vendor
// no call had an effect.
func (o *order) withdraw(a *Action) (withdrawn Action) {
	open := false
	for k := range a.Steps {
		switch s := &a.Steps[k]; {
		case s.State == StepPending:
			s.State, s.EndedAt = StepCancelled, o.desk.now()
			withdrawn.Steps = append(withdrawn.Steps, *s)
		case s.State.Open():
			open = true
		}
	}
	if !open {
		a.EndedAt, a.Holds = o.desk.now(), nil
	}
	return withdrawn
}

// get answers an action that who may see: an action of somebody who saw other rows is as if there were none.
func (d *Desk) get(ctx context.Context, who access.Principal, id ID) (Action, error) {
	a, err := d.store.Get(ctx, id)
	if err == nil && !sees(who, a) {
		return Action{}, ErrNotFound
	}
	return a, err
}

func sees(who access.Principal, a Action) bool {
	return who.Rows().All() || a.Rows == who.Rows().Key() && a.Actor == who.Name
}

// Node answers an action by its id; nil when there is none.
func (d *Desk) Node(ctx context.Context, who access.Principal, id ID) (*Shown, error) {
	if missing, ok := who.Allowed("Query", "actions"); !ok {
		return nil, fault.New(fault.Forbidden, "Seeing an action needs the scope %s.", missing)
	}
	a, err := d.get(ctx, who, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, unread(err)
	}
	return d.shown(who, a), nil
}

// unread is a store that could not be asked. What it says of itself is for the client too.
func unread(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	return fault.Wrap(fault.Internal, err, "Manifold cannot read its own store. Ask again later.")
}

// FilterInput says which actions, as clients ask.
type FilterInput struct {
	PersonIDs []string
	States    []State
	Acts      []string
	Actor     *string
}

// The pages that the schema names.
type (
	// ShownPage is a page of actions, which are not counted.
	ShownPage struct{ *people.Page[Shown] }
	// FindingPage is a page of findings, which are not counted.
	FindingPage struct{ *people.Page[ShownFinding] }
	ShownEdge   = people.Edge[Shown]
	FindingEdge = people.Edge[ShownFinding]
)

func (ShownPage) TotalCount() *int   { return nil }
func (FindingPage) TotalCount() *int { return nil }

// Actions answers a page of actions, newest first: those that who may see.
func (d *Desk) Actions(ctx context.Context, who access.Principal, filter *FilterInput, paging people.Paging) (*ShownPage, error) {
	f, err := d.filter(who, filter)
	if err != nil {
		return nil, err
	}
	if !who.Rows().All() { // of others they would see whom they may not see
		if f.Actor != "" && f.Actor != who.Name {
			f.Actor = "\x00"
		} else {
			f.Actor = who.Name
		}
	}
	page, err := people.Forward(d.ids, "actions", paging, func(w directory.Window) (directory.Page[Shown], error) {
		found, err := d.store.List(ctx, f, idAt(w.After), w.First+1)
		if err != nil {
			return directory.Page[Shown]{}, unread(err)
		}
		part := directory.Page[Shown]{HasNext: len(found) > w.First, HasPrevious: w.After != nil}
		for _, a := range found[:min(w.First, len(found))] {
			if sees(who, a) {
				part.Entries = append(part.Entries, directory.Entry[Shown]{Node: *d.shown(who, a), Position: a.ID[:]})
			}
		}
		return part, nil
	})
	if err != nil {
		return nil, err
	}
	return &ShownPage{page}, nil
}

func (d *Desk) filter(who access.Principal, in *FilterInput) (Filter, error) {
	var f Filter
	if in == nil {
		return f, nil
	}
	f.States = in.States
	if in.Actor != nil {
		f.Actor = *in.Actor
	}
	for _, a := range in.Acts {
		f.Acts = append(f.Acts, Act(a))
	}
	for _, id := range in.PersonIDs {
		decoded, err := d.ids.Decode(id)
		if err != nil {
			return f, err
		}
		p, ok := decoded.Person()
		if !ok {
			return f, fault.New(fault.BadUserInput, "personIds takes ids of people; one of them is of a %s.", decoded.Kind())
		}
		f.People = append(f.People, p)
		// Actions name people as whoever sees everybody calls them.
		view := d.directory.Current().View(who)
		if now, there := view.Person(p); there {
			for _, i := range now.Identities() {
				if id := wholePerson(view, i.Key()); !slices.Contains(f.People, id) {
					f.People = append(f.People, id)
				}
			}
		}
	}
	return f, nil
}

func idAt(p directory.Position) (id ID) {
	copy(id[:], p)
	return id
}

// Findings answers a page of findings, newest first. They are of everybody, so that who may not see all rows gets none.
func (d *Desk) Findings(ctx context.Context, who access.Principal, paging people.Paging) (*FindingPage, error) {
	page, err := people.Forward(d.ids, "findings", paging, func(w directory.Window) (directory.Page[ShownFinding], error) {
		part := directory.Page[ShownFinding]{HasPrevious: w.After != nil}
		if !who.Rows().All() {
			return part, nil
		}
		found, err := d.store.Findings(ctx, idAt(w.After), w.First+1)
		if err != nil {
			return part, unread(err)
		}
		part.HasNext = len(found) > w.First
		for _, f := range found[:min(w.First, len(found))] {
			a, err := d.store.Get(ctx, f.Action)
			if errors.Is(err, ErrNotFound) {
				continue // kept no longer
			}
			if err != nil {
				return part, unread(err)
			}
			part.Entries = append(part.Entries, directory.Entry[ShownFinding]{Node: ShownFinding{f, *d.shown(who, a), d.directory.Current().View(who), d.ids}, Position: f.ID[:]})
		}
		return part, nil
	})
	if err != nil {
		return nil, err
	}
	return &FindingPage{page}, nil
}

// ShownFinding is a finding as a client sees it.
type ShownFinding struct {
	raw    Finding
	action Shown
	v      directory.View
	ids    *nodeid.Codec
}

func (f ShownFinding) Kind() FindingKind  { return f.raw.What }
func (f ShownFinding) At() time.Time      { return f.raw.At }
func (f ShownFinding) Action() Shown      { return f.action }
func (f ShownFinding) SourceName() string { return string(f.raw.Source) }
func (f ShownFinding) IdentityID() string { return f.ids.Identity(f.raw.Identity) }

// Identity is whom it is about; nil when they are gone again.
func (f ShownFinding) Identity() people.Account {
	if i, ok := f.v.Identity(f.raw.Identity); ok {
		return people.AccountOf(i)
	}
	return nil
}
