package act_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/act"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// interrupted calls off what has not begun while its first call is under way.
type interrupted struct {
	*vendor
	store *action.Memory
	id    action.ID
}

func (v interrupted) Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, seen act.Sight) (act.Effect, error) {
	a, err := v.store.Get(ctx, v.id)
	if err != nil {
		return act.Effect{}, err
	}
	for n := range a.Steps {
		if a.Steps[n].State == action.StepPending {
			a.Steps[n].State, a.Steps[n].EndedAt = action.StepCancelled, time.Now()
		}
	}
	if _, err := v.store.Update(ctx, a); err != nil {
		return act.Effect{}, err
	}
	return v.vendor.Do(ctx, w, s, known, seen)
}

// What a vendor has answered is not lost to somebody who stops the rest meanwhile: an invitation above all, which nobody
// can look for afterwards.
func TestAnAnswerOutlivesACancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, p := action.NewMemory(), newPicture()
		a := decided(time.Now(), rand.New(rand.NewPCG(1, 2)),
			action.Step{Kind: action.AddUser, Email: "first@acme.example"}, action.Step{Kind: action.AddUser, Email: "second@acme.example"})
		if _, _, err := store.Create(t.Context(), a, action.Key{}); err != nil {
			t.Fatal(err)
		}
		v := interrupted{newVendor(func() int { return 0 }), store, a.ID}
		r := act.New(store, map[person.SourceID]act.Vendor{"x": v}, p, costs, act.Options{})
		for range 10 {
			if _, err := r.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		got, err := store.Get(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Steps[0].State != action.StepDone || got.Steps[1].State != action.StepCancelled || got.EndedAt.IsZero() || len(got.Holds) > 0 {
			t.Errorf("%s and %s, ended at %v, holding %v", got.Steps[0].State, got.Steps[1].State, got.EndedAt, got.Holds)
		}
		if len(v.calls) != 1 {
			t.Errorf("calls %v: what was cancelled was done", v.calls)
		}
		notes := store.Notes()
		if last := notes[len(notes)-1]; last.Phase != action.Outcome || last.State != action.StepDone || last.Step != 0 {
			t.Errorf("the log ends with %+v", last)
		}
	})
}
