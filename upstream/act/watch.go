package act

import (
	"context"
	"slices"
	"strings"
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

// lookForReturns keeps a finding for every account of people who were offboarded that a later reading shows.
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
			for _, each := range returns(v, a) {
				if err := r.find(ctx, a, each); err != nil {
					return err
				}
			}
		}
		if len(found) < page {
			return nil
		}
	}
}

// returned is an account that says that an offboarding has been undone, and the step of the act that had ended its
// person's access.
type returned struct {
	key    person.Key
	source person.SourceID
	step   int
}

// returns are the accounts of an act's people that are there again, and those that they have got since.
func returns(v directory.View, a action.Action) (out []returned) {
	targets, last := map[person.Key]bool{}, map[person.ID]int{}
	for n, s := range a.Steps {
		targets[s.Target] = true
		if s.State != action.StepDone && s.State != action.StepAlreadySo {
			continue
		}
		if back(v, s) {
			out = append(out, returned{s.Target, s.Source, n})
		}
		if before, known := last[s.Person]; s.Person != (person.ID{}) && (!known || a.Steps[before].EndedAt.Before(s.EndedAt)) {
			last[s.Person] = n
		}
	}
	for whom, n := range last {
		for _, i := range theirs(v, a, whom) {
			raw := i.Raw()
			if targets[raw.Key] || !accessible(raw) || !i.Freshness().ObservedAt.After(a.Steps[n].EndedAt) {
				continue
			}
			targets[raw.Key] = true
			out = append(out, returned{raw.Key, raw.Source, n})
		}
	}
	return out
}

// theirs are the accounts of one of an act's people, and those that bear an address that was theirs alone: where all
// accounts of before are gone, a new one is linked to nothing.
func theirs(v directory.View, a action.Action, whom person.ID) []directory.Identity {
	var all []directory.Identity
	if p, ok := v.Person(whom); ok {
		all = p.Identities()
	}
	for _, s := range a.Steps {
		if s.Person != whom || s.Address == "" {
			continue
		}
		for _, p := range v.PeopleByEmail(s.Address) {
			for _, i := range p.Identities() {
				if strings.EqualFold(i.Raw().Email, s.Address) {
					all = append(all, i)
				}
			}
		}
	}
	return all
}

// accessible tells whether an account opens anything.
func accessible(i *person.Identity) bool {
	switch i.Key.System {
	case person.Pipedrive:
		return i.State == person.StateActive || i.State == person.StateUnconfirmed
	case person.Pipefy:
		return len(i.Grants) > 0
	}
	return true
}

// back tells whether something that was read after the step ended says that it has been undone.
func back(v directory.View, s action.Step) bool {
	i, ok := v.Identity(s.Target)
	if !ok || !i.Freshness().ObservedAt.After(s.EndedAt) {
		return false
	}
	if s.Place == (person.ResourceKey{}) {
		return accessible(i.Raw())
	}
	return slices.ContainsFunc(i.Raw().Grants, func(g person.Grant) bool { return g.Resource.Key == s.Place })
}

func (r *Runner) find(ctx context.Context, a action.Action, f returned) error {
	now, s := r.o.Now(), a.Steps[f.step]
	id, err := action.NewID(now, r.o.Random)
	if err != nil {
		return err
	}
	first, err := r.store.Find(ctx, action.Finding{ID: id, At: now, Action: a.ID, What: action.CameBack, Source: f.source, Identity: f.key, Person: s.Person},
		action.Note{Phase: action.Found, At: now, Actor: "manifold", Act: a.Act, Action: a.ID, Step: f.step, Kind: s.Kind, State: s.State,
			Source: f.source, Person: s.Person, Identity: f.key, Place: s.Place})
	if first {
		r.o.Log.WarnContext(ctx, "whom an offboarding had taken access from has some again", "action", a.ID.String(), "source", f.source)
	}
	return err
}
