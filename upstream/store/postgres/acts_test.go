package postgres_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/act"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pgtest"
	"github.com/manifold-graph/manifold/upstream/store"
)

// switches is a vendor: each step turns one off, and that is counted.
type switches struct {
	mu      sync.Mutex
	effects map[string]int
}

func (v *switches) Look(_ context.Context, _ collect.Work, s action.Step, _ *person.Identity) (act.Sight, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.effects[s.Target.ID] > 0 {
		return act.Sight{Standing: act.So}, nil
	}
	return act.Sight{Standing: act.NotSo}, nil
}

func (v *switches) Do(_ context.Context, _ collect.Work, s action.Step, _ *person.Identity, _ act.Sight) (act.Effect, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.effects[s.Target.ID]++
	return act.Effect{}, nil
}

type picture struct{ s *directory.Snapshot }

func (p picture) Current() *directory.Snapshot { return p.s }
func (p picture) Begun() <-chan struct{}       { c := make(chan struct{}); close(c); return c }
func (p picture) Patch([]directory.Change)     {}

const (
	admins = 50
	leave  = 5
	each   = 3
)

// asked is what an admin wants: one of a few people offboarded, as ten others want too.
func asked(t *testing.T, n int) (action.Action, action.Key) {
	id, err := action.NewID(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now, who := time.Now().UTC().Truncate(time.Microsecond), n%leave
	a := action.Action{ID: id, Act: action.OffboardPerson, Actor: "key:" + strconv.Itoa(n), Reason: "left", CreatedAt: now, Rows: access.Rows{}.Key()}
	for k := range each {
		a.Steps = append(a.Steps, action.Step{Kind: action.DeleteUser, Source: "x", Target: person.Key{System: person.Pipedream, Account: "p/e", ID: fmt.Sprint(who, "/", k)},
			Person: person.ID{byte(who + 1)}, State: action.StepPending, DueAt: now})
	}
	return a, action.Key{Actor: a.Actor, Value: "once"}
}

// TestFiftyAdminsOverThreeReplicas has them offboard the same five people, each asking two replicas at once, while every
// seventh of them changes their mind: of each person's steps one runs at a time, each effect happens once, nothing that was
// cancelled is done, and the log tells all of it.
func TestFiftyAdminsOverThreeReplicas(t *testing.T) {
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := nodeid.New(bytes.Repeat([]byte("n"), 32))
	if err != nil {
		t.Fatal(err)
	}
	empty := picture{directory.Build(directory.Input{Linker: linker, PersonID: func(person.Key) person.ID { return person.ID{} }})}
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{}, collect.CostOptions{})
	db := database(pgtest.Start(t).Database())
	handles := []*store.Store{db.Open(t, store.Options{}), db.Open(t, store.Options{}), db.Open(t, store.Options{})}
	v := &switches{effects: map[string]int{}}
	ctx, stop := context.WithCancel(t.Context())
	var running, asking sync.WaitGroup
	var desks []*action.Desk
	for n, s := range handles {
		r := act.New(s.Actions(), map[person.SourceID]act.Vendor{"x": v}, empty, costs, act.Options{Holder: strconv.Itoa(n), Every: 20 * time.Millisecond})
		running.Go(func() { _ = r.Run(ctx) })
		desks = append(desks, action.NewDesk(action.DeskOptions{Directory: empty, IDs: ids, Store: s.Actions(), Runner: r, Now: time.Now, Random: rand.Reader}))
	}
	var mu sync.Mutex
	kept := map[string]action.ID{} // by who asked
	for n := range admins {
		for try := range 2 {
			asking.Go(func() {
				a, key := asked(t, n)
				a, _, err := handles[(n+try)%len(handles)].Actions().Create(ctx, a, key, action.Note{Phase: action.Decided, At: a.CreatedAt, Actor: a.Actor, Act: a.Act, Action: a.ID, Step: -1, Reason: "left"})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if other, ok := kept[a.Actor]; ok && other != a.ID {
					t.Errorf("one key made two actions of %s", a.Actor)
				}
				kept[a.Actor] = a.ID
				mu.Unlock()
				if n%7 == 6 && try == 1 { // not all who ask for one person
					who := access.NewPrincipal(a.Actor, access.ActScopes...)
					p, err := desks[(n+2)%len(desks)].CancelAction(ctx, who, action.CancelActionInput{ActionID: ids.Action(a.ID), Order: action.Order{Reason: "stays"}})
					if err != nil || len(p.UserErrors) > 0 && p.UserErrors[0].Code != people.ErrorConflict {
						t.Errorf("cancelling: %+v, %v", p, err)
					}
				}
			})
		}
	}
	asking.Wait()
	open := func() int {
		all, err := handles[0].Actions().List(t.Context(), action.Filter{States: []action.State{action.InProgress, action.Scheduled}}, action.ID{}, 2*admins)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	for deadline := time.Now().Add(2 * time.Minute); open() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d actions go on", open())
		}
	}
	stop()
	running.Wait()

	done := map[string]int{}
	ended := map[string]int{}
	for actor, id := range kept {
		a, err := handles[1].Actions().Get(t.Context(), id)
		if err != nil || len(a.Holds) > 0 || a.EndedAt.IsZero() {
			t.Fatalf("%s: ended %v, holds %v, %v", actor, a.EndedAt, a.Holds, err)
		}
		for _, s := range a.Steps {
			switch s.State {
			case action.StepDone:
				done[s.Target.ID]++
				ended[id.String()]++
			case action.StepAlreadySo:
				ended[id.String()]++
			case action.StepCancelled:
				if s.Attempts > 0 {
					t.Errorf("a step of %s was begun and is cancelled", actor)
				}
			default:
				t.Errorf("a step of %s is %s: %s", actor, s.State, s.Note)
			}
		}
	}
	if len(kept) != admins || len(v.effects) != leave*each || len(done) != leave*each {
		t.Errorf("%d actions, %d effects, %d done", len(kept), len(v.effects), len(done))
	}
	for what, n := range v.effects {
		if n != 1 || done[what] != 1 {
			t.Errorf("%s had its effect %d times, and %d steps say so", what, n, done[what])
		}
	}
	told(t, handles[2], ended)
}

// told holds the log against what ended: one decision and as many outcomes for each action, one intent for each effect,
// and between an intent and its outcome nothing else about that person.
func told(t *testing.T, s *store.Store, ended map[string]int) {
	if r, err := s.Verify(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Fatalf("the chain: %+v, %v", r, err)
	}
	var rows []audit.Row
	for after := int64(0); ; {
		page, err := s.AuditPage(t.Context(), audit.Filter{}, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		rows, after = append(rows, page...), page[len(page)-1].Seq
	}
	decided, outcomes, intents := map[string]int{}, map[string]int{}, 0
	under := map[person.ID]string{}
	for n := len(rows) - 1; n >= 0; n-- { // oldest first
		e := rows[n]
		switch busy := under[e.Person]; {
		case e.Phase == audit.Note && e.Step == string(action.Decided):
			decided[e.Action]++
		case e.Phase == audit.Note:
		case busy != "" && (busy != e.Action || e.Phase != audit.Outcome):
			t.Errorf("entry %d: %s of %s while %s is under way", e.Seq, e.Phase, e.Action, busy)
		case e.Phase == audit.Intent:
			under[e.Person] = e.Action
			intents++
		default:
			under[e.Person] = ""
			outcomes[e.Action]++
		}
	}
	if len(decided) != admins || intents != leave*each {
		t.Errorf("%d decisions and %d intents", len(decided), intents)
	}
	for id, n := range decided {
		if n != 1 || outcomes[id] != ended[id] {
			t.Errorf("%s was decided %d times, and has %d outcomes of %d", id, n, outcomes[id], ended[id])
		}
	}
}
