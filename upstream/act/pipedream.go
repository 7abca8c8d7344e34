package act

import (
	"context"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Pipedream acts on one environment of one project.
type Pipedream struct {
	client *pipedream.Client
	reader *collect.Pipedream
	now    Clock
}

// NewPipedream makes a Vendor of the client; reader reads single users.
func NewPipedream(client *pipedream.Client, reader *collect.Pipedream, now Clock) *Pipedream {
	return &Pipedream{client, reader, now}
}

var _ Vendor = (*Pipedream)(nil)

// Look takes one call for an account. Whether a user is there is only in the list of all, a call for every hundred, so
// that is asked for only after an answer was lost: deleting somebody who is gone says so itself.
func (p *Pipedream) Look(ctx context.Context, w collect.Work, s action.Step, known *person.Identity) (Sight, error) {
	client, at := p.client.As(w.Class, w.Gate), p.now()
	switch s.Kind {
	case action.DeleteAccount:
		_, err := client.Account(ctx, s.Account)
		switch {
		case wire.KindOf(err) == wire.NotFound:
			return Sight{Standing: So, Before: "gone", Changes: withoutAccount(s, known, at)}, nil
		case err != nil:
			return Sight{}, err
		}
		return Sight{Standing: NotSo, Before: "present"}, nil
	case action.DeleteUser:
		if s.Attempts == 0 {
			return Sight{Before: "present"}, nil
		}
		users, err := client.Users(ctx)
		if err != nil {
			return Sight{}, err
		}
		if slices.ContainsFunc(users.Items, func(u pipedream.User) bool { return string(u.ExternalID) == s.Target.ID }) {
			return Sight{Standing: NotSo, Before: "present"}, nil
		}
		if !users.Complete() {
			return Sight{Before: "present"}, nil
		}
		return Sight{Standing: So, Before: "gone", Changes: gone(s, at)}, nil
	}
	return Sight{}, foreign(s)
}

// Do takes one call, and after an account another one, to see what is left.
func (p *Pipedream) Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, _ Sight) (Effect, error) {
	client := p.client.As(w.Class, w.Gate)
	var d pipedream.Deletion
	var err error
	switch s.Kind {
	case action.DeleteAccount:
		d, err = client.DeleteAccount(ctx, s.Account)
	case action.DeleteUser:
		d, err = client.DeleteUser(ctx, s.Target.ID)
	default:
		return Effect{}, foreign(s)
	}
	if err != nil {
		return Effect{}, err
	}
	e := Effect{Already: d == pipedream.AlreadyGone, After: "gone"}
	if at := p.now(); s.Kind == action.DeleteUser {
		e.Changes = gone(s, at)
	} else {
		e.Changes = withoutAccount(s, known, at)
	}
	return e, nil
}

func gone(s action.Step, at time.Time) []directory.Change {
	return []directory.Change{{Key: s.Target, ObservedAt: at}}
}

// withoutAccount is the user as known, but for the account and what was reached by it.
func withoutAccount(s action.Step, known *person.Identity, at time.Time) []directory.Change {
	if known == nil || known.Pipedream == nil {
		return nil
	}
	return []directory.Change{{Key: s.Target, Identity: pipedream.Without(known, s.Account), ObservedAt: at}}
}
