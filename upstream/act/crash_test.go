package act_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/act"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// vendor is a world of switches: each step turns one off. It counts what had an effect.
type vendor struct {
	mu      sync.Mutex
	off     map[string]bool
	effects map[string]int
	calls   map[string]int
	// luck says what becomes of the next call: 0 good, 1 lost after its effect, 2 lost before it, 3 refused for now.
	luck func() int
}

func newVendor(luck func() int) *vendor {
	return &vendor{off: map[string]bool{}, effects: map[string]int{}, calls: map[string]int{}, luck: luck}
}

func name(s action.Step) string { return s.Target.ID + s.Email }

func (v *vendor) Look(_ context.Context, _ collect.Work, s action.Step, _ *person.Identity) (act.Sight, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.Kind.Creates() {
		return act.Sight{}, nil
	}
	if v.off[name(s)] {
		return act.Sight{Standing: act.So}, nil
	}
	return act.Sight{Standing: act.NotSo}, nil
}

func (v *vendor) Do(_ context.Context, _ collect.Work, s action.Step, _ *person.Identity, _ act.Sight) (act.Effect, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls[name(s)]++
	luck := v.luck()
	if luck == 3 {
		return act.Effect{}, &wire.Failure{Kind: wire.Unreachable, Source: "x"}
	}
	if luck != 2 {
		v.off[name(s)] = true
		v.effects[name(s)]++
	}
	if luck != 0 {
		return act.Effect{}, &wire.Failure{Kind: wire.Timeout, Source: "x", Sent: true, Ambiguous: true}
	}
	return act.Effect{}, nil
}

type picture struct{ s *directory.Snapshot }

func newPicture() picture {
	linker, err := link.New(link.Rules{})
	if err != nil {
		panic(err)
	}
	return picture{directory.Build(directory.Input{Linker: linker, PersonID: func(person.Key) person.ID { return person.ID{} }})}
}

func (p picture) Current() *directory.Snapshot { return p.s }
func (p picture) Begun() <-chan struct{}       { c := make(chan struct{}); close(c); return c }
func (p picture) Patch([]directory.Change)     {}

var costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{}, collect.CostOptions{})

var errKilled = errors.New("killed")

// life is one process: it ends at a boundary of a step, as if it had been killed there.
func life(store action.Store, v act.Vendor, p picture, after int) (ended bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != errKilled { //nolint:errorlint // it is thrown as it is
				panic(r)
			}
			ended = false
		}
	}()
	left := after
	r := act.New(store, map[person.SourceID]act.Vendor{"x": v}, p, costs, act.Options{
		Call: time.Second, Grace: time.Second, Lease: 10 * time.Second, Holder: strconv.Itoa(after),
		Crash: func(string) {
			if left--; left < 0 {
				panic(errKilled)
			}
		},
	})
	for range 1000 {
		more, err := r.Once(context.Background())
		if err != nil {
			panic(err)
		}
		if !more {
			if open, _ := store.List(context.Background(), action.Filter{States: []action.State{action.InProgress, action.Scheduled}}, action.ID{}, 10); len(open) == 0 {
				return true
			}
			time.Sleep(time.Second)
		}
	}
	return false
}

func decided(now time.Time, random *rand.Rand, steps ...action.Step) action.Action {
	id := action.ID{}
	for n := range id {
		id[n] = byte(random.UintN(256))
	}
	for n := range steps {
		steps[n].State, steps[n].DueAt, steps[n].Source = action.StepPending, now, "x"
	}
	return action.Action{ID: id, Act: action.OffboardPerson, Actor: "key:admin", Reason: "left", CreatedAt: now, Steps: steps}
}

// However often the process is killed, and whatever becomes of answers: nothing is done twice, everything is done, and
// the report, the notes and the world agree.
func TestKilledAtEveryStepBoundary(t *testing.T) {
	p := newPicture()
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(*testing.T) {
			store := action.NewMemory()
			luck := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 12).Draw(rt, "luck")
			v := newVendor(func() int {
				if len(luck) == 0 {
					return 0
				}
				l := luck[0]
				luck = luck[1:]
				return l
			})
			var steps []action.Step
			for n := range rapid.IntRange(1, 4).Draw(rt, "steps") {
				steps = append(steps, action.Step{Kind: action.DeleteUser, Target: person.Key{System: person.Pipedream, ID: fmt.Sprint(n)}, Person: person.ID{1}})
			}
			if rapid.Bool().Draw(rt, "invites") {
				steps = append(steps, action.Step{Kind: action.AddUser, Email: "new@acme.example"})
			}
			a := decided(time.Now(), rand.New(rand.NewPCG(1, 2)), steps...)
			if _, _, err := store.Create(context.Background(), a, action.Key{}); err != nil {
				rt.Fatal(err)
			}
			kills := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 8).Draw(rt, "kills")
			for _, after := range append(kills, 1<<30) {
				if life(store, v, p, after) {
					break
				}
				time.Sleep(20 * time.Second) // until the claim has ended
			}
			agree(rt, store, v, a.ID)
		})
	})
}

func agree(t interface {
	Fatalf(string, ...any)
}, store *action.Memory, v *vendor, id action.ID) {
	a, err := store.Get(context.Background(), id)
	if err != nil {
		t.Fatalf("%v", err)
	}
	intents := map[int]int{}
	last := map[int]action.StepState{}
	for _, n := range store.Notes() {
		if n.Phase == action.Intent {
			intents[n.Step]++
		}
		last[n.Step] = n.State
	}
	if len(a.Holds) > 0 || a.EndedAt.IsZero() {
		t.Fatalf("it has ended and holds %v", a.Holds)
	}
	for n, s := range a.Steps {
		effects, calls := v.effects[name(s)], v.calls[name(s)]
		switch {
		case effects > 1:
			t.Fatalf("step %d had its effect %d times", n, effects)
		case calls > intents[n]:
			t.Fatalf("step %d: %d calls and %d intents", n, calls, intents[n])
		case s.Kind.Creates() && s.State != action.StepUncertain && s.State != action.StepDone:
			t.Fatalf("an invitation is %s", s.State)
		case s.Kind.Creates() && s.State == action.StepDone && effects != 1:
			t.Fatalf("an invitation is done and had %d effects", effects)
		case s.State == action.StepFailed && effects == 0 && s.Attempts >= 5: // it says so
		case !s.Kind.Creates() && (s.State != action.StepDone || effects != 1):
			t.Fatalf("step %d is %s after %d effects", n, s.State, effects)
		case last[n] != s.State:
			t.Fatalf("step %d is %s and its last note says %s", n, s.State, last[n])
		}
	}
}

// Fifty admins act on five people at once, over three processes: of each person's steps one runs at a time, and each
// effect happens once.
func TestFiftyAdminsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, p := action.NewMemory(), newPicture()
		v := &oneAtATime{vendor: newVendor(func() int { return 0 }), running: map[person.ID]int{}}
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for n := range 3 {
			r := act.New(store, map[person.SourceID]act.Vendor{"x": v}, p, costs, act.Options{Holder: strconv.Itoa(n), Workers: 4})
			wg.Go(func() { _ = r.Run(ctx) })
		}
		var ids []action.ID
		var mu sync.Mutex
		for n := range 50 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(7, uint64(n)))
				var steps []action.Step
				for k := range 3 {
					steps = append(steps, action.Step{Kind: action.DeleteUser, Target: person.Key{System: person.Pipedream, ID: fmt.Sprint(n%5, "/", k)}, Person: person.ID{byte(n%5 + 1)}})
				}
				a := decided(time.Now(), random, steps...)
				if _, _, err := store.Create(ctx, a, action.Key{}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				ids = append(ids, a.ID)
				mu.Unlock()
			})
		}
		time.Sleep(10 * time.Minute)
		stop()
		wg.Wait()
		done := 0
		for _, id := range ids {
			a, err := store.Get(context.Background(), id)
			if err != nil || a.State() != action.Succeeded || len(a.Holds) > 0 {
				t.Fatalf("%v is %s and holds %v: %v", id, a.State(), a.Holds, err)
			}
			done += len(slices.DeleteFunc(slices.Clone(a.Steps), func(s action.Step) bool { return s.State != action.StepDone }))
		}
		for who, n := range v.effects {
			if n != 1 {
				t.Errorf("%s had its effect %d times", who, n)
			}
		}
		if done != 15 || len(v.effects) != 15 {
			t.Errorf("%d steps are done, of 15 effects", done)
		}
		if v.most > 1 {
			t.Errorf("%d steps of one person ran at once", v.most)
		}
	})
}

// oneAtATime notes how many calls about one person are under way.
type oneAtATime struct {
	*vendor
	at      sync.Mutex
	running map[person.ID]int
	most    int
}

func (o *oneAtATime) Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, seen act.Sight) (act.Effect, error) {
	o.at.Lock()
	o.running[s.Person]++
	o.most = max(o.most, o.running[s.Person])
	o.at.Unlock()
	time.Sleep(100 * time.Millisecond)
	e, err := o.vendor.Do(ctx, w, s, known, seen)
	o.at.Lock()
	o.running[s.Person]--
	o.at.Unlock()
	return e, err
}
