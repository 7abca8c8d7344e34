package act

import (
	"context"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// memory is how long after an offboarding somebody's coming back is a finding.
const memory = 90 * 24 * time.Hour

// watch looks at every new picture for those who had left.
func (r *Runner) watch(ctx context.Context) {
	tick := time.NewTicker(r.o.Watch)
	defer tick.Stop()
	var seen *directory.Snapshot
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := r.picture.Current()
		if now == seen {
			continue
		}
		if err := r.lookForReturns(ctx, now.View(access.Principal{})); err != nil {
			if ctx.Err() == nil {
				r.o.Log.ErrorContext(ctx, "those who came back cannot be looked for", "error", err)
			}
			continue
		}
		seen = now
	}
}

// lookForReturns keeps a finding for every identity that an offboarding took away and that a later reading shows.
func (r *Runner) lookForReturns(ctx context.Context, v directory.View) error {
	f := action.Filter{Acts: []action.Act{action.OffboardPerson}, Since: r.o.Now().Add(-memory)}
	for after := (action.ID{}); ; {
		const page = 100
		found, err := r.store.List(ctx, f, after, page)
		if err != nil {
			return err
		}
		for _, a := range found {
			after = a.ID
			for n, s := range a.Steps {
				if !back(v, s) {
					continue
				}
				if err := r.find(ctx, a, n); err != nil {
					return err
				}
			}
		}
		if len(found) < page {
			return nil
		}
	}
}

// back tells whether something that was read after the step ended says that it has been undone.
func back(v directory.View, s action.Step) bool {
	if s.State != action.StepDone && s.State != action.StepAlreadySo {
		return false
	}
	i, ok := v.Identity(s.Target)
	if !ok || !i.Freshness().ObservedAt.After(s.EndedAt) {
		return false
	}
	raw := i.Raw()
	switch s.Kind {
	case action.Deactivate:
		return raw.State == person.StateActive || raw.State == person.StateUnconfirmed
	case action.RemoveFromOrganization, action.RemoveFromPipe, action.RemoveFromTable:
		for _, g := range raw.Grants {
			if g.Resource.Key == s.Place {
				return true
			}
		}
		return false
	}
	return s.Kind == action.DeleteUser
}

func (r *Runner) find(ctx context.Context, a action.Action, n int) error {
	now, s := r.o.Now(), a.Steps[n]
	id, err := action.NewID(now, r.o.Random)
	if err != nil {
		return err
	}
	first, err := r.store.Find(ctx, action.Finding{ID: id, At: now, Action: a.ID, What: action.CameBack, Source: s.Source, Identity: s.Target, Person: s.Person},
		action.Note{Phase: action.Found, At: now, Actor: "manifold", Act: a.Act, Action: a.ID, Step: n, Kind: s.Kind, State: s.State,
			Source: s.Source, Person: s.Person, Identity: s.Target, Place: s.Place})
	if first {
		r.o.Log.WarnContext(ctx, "an account is there again that an offboarding had taken away", "action", a.ID.String(), "source", s.Source)
	}
	return err
}
