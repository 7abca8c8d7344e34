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

// unlisted confirms what it is asked to do, and never shows it.
type unlisted struct{ *vendor }

func (v unlisted) Look(context.Context, collect.Work, action.Step, *person.Identity) (act.Sight, error) {
	return act.Sight{Standing: act.NotSo}, nil
}

func (v unlisted) Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, seen act.Sight) (act.Effect, error) {
	effect, err := v.vendor.Do(ctx, w, s, known, seen)
	effect.Check = true
	return effect, err
}

// What a vendor confirms and does not show is a failure where it can be asked for again, and a question to a human where
// asking again would send a second invitation.
func TestWhatIsConfirmedAndNotShown(t *testing.T) {
	for name, c := range map[string]struct {
		step action.Step
		want action.StepState
	}{
		"an invitation": {action.Step{Kind: action.Invite, Email: "new@acme.example"}, action.StepUncertain},
		"a role":        {action.Step{Kind: action.SetRole, Target: person.Key{System: person.Pipefy, Account: "301", ID: "5"}}, action.StepFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, v := action.NewMemory(), unlisted{newVendor(func() int { return 0 })}
				got := carriedOut(t, store, map[person.SourceID]act.Vendor{"x": v}, decided(time.Now(), rand.New(rand.NewPCG(1, 2)), c.step))
				if s := got.Steps[0]; s.State != c.want || s.Code != "CONFLICT" || s.Note == "" || got.EndedAt.IsZero() || len(got.Holds) > 0 {
					t.Errorf("%+v, ended at %v, holding %v", s, got.EndedAt, got.Holds)
				}
				if len(v.calls) != 1 {
					t.Errorf("calls %v", v.calls)
				}
			})
		})
	}
}

// A source that left the configuration takes a step along: as failed where nothing was called, as uncertain where a call was
// under way.
func TestASourceThatIsConfiguredNoMore(t *testing.T) {
	for begun, want := range map[action.StepState]action.StepState{action.StepPending: action.StepFailed, action.StepRunning: action.StepUncertain} {
		t.Run(string(begun), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := decided(time.Now(), rand.New(rand.NewPCG(1, 2)), action.Step{Kind: action.Deactivate, Target: person.Key{System: person.Pipedrive, Account: "7001", ID: "1"}})
				a.Steps[0].State = begun
				got := carriedOut(t, action.NewMemory(), nil, a)
				if s := got.Steps[0]; s.State != want || s.Code != "NOT_FOUND" || got.EndedAt.IsZero() || len(got.Holds) > 0 {
					t.Errorf("%+v, ended at %v, holding %v", s, got.EndedAt, got.Holds)
				}
			})
		})
	}
}

// carriedOut is an action after all that can be done about it was done.
func carriedOut(t *testing.T, store *action.Memory, vendors map[person.SourceID]act.Vendor, a action.Action) action.Action {
	t.Helper()
	if _, _, err := store.Create(t.Context(), a, action.Key{}); err != nil {
		t.Fatal(err)
	}
	r := act.New(store, vendors, newPicture(), costs, act.Options{})
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
	return got
}
