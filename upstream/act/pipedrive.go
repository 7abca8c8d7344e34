package act

import (
	"context"
	"strconv"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Pipedrive acts on one company.
type Pipedrive struct {
	client *pipedrive.Client
	reader *collect.Pipedrive
	now    Clock
}

// NewPipedrive makes a Vendor of the client; reader knows whose company it is.
func NewPipedrive(client *pipedrive.Client, reader *collect.Pipedrive, now Clock) *Pipedrive {
	return &Pipedrive{client, reader, now}
}

var _ Vendor = (*Pipedrive)(nil)

// Look takes 2 tokens, and none for somebody who is not there yet.
func (p *Pipedrive) Look(ctx context.Context, w collect.Work, s action.Step, known *person.Identity) (Sight, error) {
	if s.Kind == action.AddUser {
		return Sight{}, nil
	}
	at := p.now()
	i, err := p.reader.One(ctx, w, s.Target, known)
	if err != nil {
		return Sight{}, err
	}
	seen := Sight{Standing: NotSo, Changes: []directory.Change{{Key: s.Target, Identity: i, ObservedAt: at}}}
	switch {
	case i == nil || i.State == person.StateErased:
		seen.Before, seen.Standing = "gone", Missing
		if s.Kind == action.Deactivate {
			seen.Standing = So
		}
	case i.State == person.StateInactive:
		seen.Before, seen.Standing = "inactive", standing(s.Kind == action.Deactivate)
	default:
		seen.Before, seen.Standing = "active", standing(s.Kind == action.Activate)
	}
	return seen, nil
}

// Do takes 10 tokens.
func (p *Pipedrive) Do(ctx context.Context, w collect.Work, s action.Step, _ *person.Identity, _ Sight) (Effect, error) {
	client := p.client.As(w.Class, w.Gate)
	var user pipedrive.User
	var err error
	active := s.Kind != action.Deactivate
	switch s.Kind {
	case action.AddUser:
		user, err = client.AddUser(ctx, pipedrive.NewUser{Email: s.Email, Apps: s.Apps})
	case action.Activate, action.Deactivate:
		var id int64
		if id, err = strconv.ParseInt(s.Target.ID, 10, 64); err != nil {
			return Effect{}, fault.Wrap(fault.BadUserInput, err, "%s numbers its users.", s.Source)
		}
		user, err = client.SetUserActive(ctx, id, active)
	default:
		return Effect{}, foreign(s)
	}
	if err != nil {
		return Effect{}, err
	}
	e := Effect{After: "inactive"}
	if active {
		e.After = "active"
	}
	if s.Kind != action.AddUser && (!user.ActiveFlag.Valid || user.ActiveFlag.Value != active) {
		return Effect{After: e.After, Check: true}, nil
	}
	i, err := p.reader.Identity(ctx, w, user)
	if err != nil || user.ID.Value == 0 { // it was done all the same
		e.Doubt = true
		return e, nil
	}
	e.Changes = []directory.Change{{Key: i.Key, Identity: i, ObservedAt: p.now()}}
	return e, nil
}

func standing(so bool) Standing {
	if so {
		return So
	}
	return NotSo
}

// foreign is a step that another vendor understands.
func foreign(s action.Step) error {
	return &wire.Failure{Kind: wire.BadRequest, Source: string(s.Source), Operation: string(s.Kind)}
}
