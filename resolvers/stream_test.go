package resolvers_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

const everything = `subscription { personChanged { kind personId intoId person { id displayName primaryEmail } } }`

// person is the next event about somebody, in brief: what happened, and to whom.
func (v *visitor) person() string {
	v.t.Helper()
	e := v.next()
	switch {
	case e == nil:
		return "end"
	case len(e.Codes) > 0:
		return fmt.Sprint(e.Codes, e.Paths)
	}
	c := e.Data.PersonChanged
	if _, ok := e.Extensions["manifold"]; !ok {
		v.t.Errorf("%s came without extensions.manifold", c.Kind)
	}
	if c.Person != nil {
		if c.PersonID == nil || *c.PersonID != c.Person.ID {
			v.t.Errorf("personId is not the person's id: %+v", c)
		}
		return c.Kind + " " + c.Person.DisplayName
	}
	return c.Kind
}

func (v *visitor) expect(want ...string) {
	v.t.Helper()
	for _, w := range want {
		if got := v.person(); got != w {
			v.t.Fatalf("told %q, want %q", got, w)
		}
	}
}

func TestPersonChangedTellsOfEachChangeInTheNewestState(t *testing.T) {
	g := newGallery(t)
	v := g.follow(t, bearer(), everything, nil)
	v.expect("RESYNC")

	ann := user("pd", "7001", "1", "Ann")
	g.show(is(ann))
	v.expect("APPEARED Ann")

	renamed := *ann
	renamed.Name = "Anne"
	g.show(is(&renamed))
	final := renamed
	final.Name = "Annie"
	g.show(is(&final))
	v.expect("CHANGED Annie") // who was slow is told the newest state, once

	same := final
	g.show(directory.Change{Key: same.Key, Identity: &same, ObservedAt: noon.Add(2 * 3600e9)}) // read anew, and nothing else
	g.show(is(user("pd", "7001", "2", "Bob")))
	v.expect("APPEARED Bob")

	g.show(gone(ann))
	v.expect("LEFT")
	v.leave()
	v.expect("end")
}

func TestSourceChangedBeginsWithTheStateOfEach(t *testing.T) {
	g := newGallery(t)
	v := g.follow(t, bearer(), `subscription($only: [String!]) { sourceChanged(sources: $only) { name health } }`, map[string]any{"only": []any{"pd-two"}})
	if e := v.next(); e.Data.SourceChanged.Name != "pd-two" || e.Data.SourceChanged.Health != "OK" {
		t.Fatalf("begins with %+v", e.Data.SourceChanged)
	}
	for _, source := range []person.SourceID{"pd", "pd-two"} {
		states := append([]person.SourceState{}, g.in.Sources...)
		for n := range states {
			if states[n].ID == source {
				states[n].Health, states[n].Reason = person.HealthDegraded, "It failed."
			}
		}
		g.swap(g.current.Load().WithSources(states))
	}
	if e := v.next(); e.Data.SourceChanged.Name != "pd-two" || e.Data.SourceChanged.Health != "DEGRADED" {
		t.Fatalf("then told %+v", e.Data.SourceChanged)
	}
	if e := g.follow(t, bearer(), `subscription { sourceChanged(sources: ["none"]) { name } }`, nil).next(); fmt.Sprint(e.Codes) != "[BAD_USER_INPUT]" {
		t.Errorf("an unknown source: %+v", e)
	}
}

func TestActionProgressTellsEachStepAndEnds(t *testing.T) {
	g := newGallery(t)
	a, _, err := g.actions.Create(t.Context(), action.Action{ID: action.ID{1}, Act: action.SetPipedriveUserActive, CreatedAt: noon,
		Steps: []action.Step{{Source: "pd", Kind: action.Deactivate, State: action.StepPending, DueAt: noon}}}, action.Key{})
	if err != nil {
		t.Fatal(err)
	}
	const query = `subscription($id: ID!) { actionProgress(id: $id) { id state steps { state } } }`
	v := g.follow(t, bearer(), query, map[string]any{"id": g.ids.Action(a.ID)})
	for _, state := range []action.StepState{"", action.StepRunning, action.StepDone} {
		if state != "" {
			a.Steps[0].State = state
			if a, err = g.actions.Update(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			g.tell()
		}
		if e := v.next(); len(e.Codes) > 0 || e.Data.ActionProgress.Steps[0].State != string(a.Steps[0].State) {
			t.Fatalf("told %+v, want %s", e, a.Steps[0].State)
		}
	}
	if e := v.next(); e != nil {
		t.Errorf("after the end: %+v", e)
	}
	for id, code := range map[string]string{g.ids.Action(action.ID{9}): "NOT_FOUND", g.ids.Person(person.ID{1}): "BAD_USER_INPUT", "nonsense": "BAD_USER_INPUT"} {
		if e := g.follow(t, bearer(), query, map[string]any{"id": id}).next(); fmt.Sprint(e.Codes) != "["+code+"]" {
			t.Errorf("id %q: %+v, want %s", id, e, code)
		}
	}
}

// rowed may see some rows, by all read scopes that this leaves.
func rowed(rows access.Rows) access.Principal {
	return access.Grant("key:frontend", access.Role{Scopes: access.ReadScopes, Rows: rows})
}

func TestEachEventIsForWhoIsAskingThen(t *testing.T) {
	g := newGallery(t)
	ann, eve := user("pd", "7001", "1", "Ann"), user("pd-two", "7002", "2", "Eve")
	g.show(is(ann), is(eve))
	b := bearer()
	v := g.follow(t, b, everything, nil)
	v.expect("RESYNC")

	narrowed := access.NewPrincipal("key:frontend", access.ScopeDirectoryRead)
	b.set(narrowed, nil)
	renamed := *ann
	renamed.Name = "Anne"
	g.show(is(&renamed))
	if e := v.next(); e.Data.PersonChanged.Person.PrimaryEmail != nil || fmt.Sprint(e.Codes, e.Paths) != "[FORBIDDEN] [personChanged.person.primaryEmail]" {
		t.Errorf("the address was told to who lost emails:read: %+v", e)
	}

	b.set(rowed(access.Rows{Sources: access.Only("pd")}), nil)
	g.hub.Recheck()
	v.expect("RESYNC") // without a word of Eve
	again := *eve
	again.Name = "Evelyn"
	g.show(is(&again), is(user("pd-two", "7002", "3", "Mallory"))) // nobody of theirs
	g.show(is(ann))
	v.expect("CHANGED Ann")

	b.set(access.Principal{}, fault.New(fault.Unauthenticated, "The key is not valid any more."))
	g.show(is(&renamed))
	if e := v.next(); e == nil || e.HasData || fmt.Sprint(e.Codes) != "[UNAUTHENTICATED]" {
		t.Fatalf("after the key was revoked: %+v", e)
	}
	v.expect("end", "end")
}

func TestWhoMayNotFollowIsToldSo(t *testing.T) {
	g := newGallery(t)
	if e := g.follow(t, bearer(access.ScopeEmailsRead), everything, nil).next(); e.HasData || fmt.Sprint(e.Codes) != "[FORBIDDEN]" {
		t.Errorf("without directory:read: %+v", e)
	}
	if e := g.follow(t, bearer(access.ScopeDirectoryRead), `subscription { actionProgress(id: "x") { id } }`, nil).next(); fmt.Sprint(e.Codes) != "[FORBIDDEN]" {
		t.Errorf("without actions:read: %+v", e)
	}
	if e := g.follow(t, bearer(access.ScopeDirectoryRead), `subscription { personChanged(filter: {emailDomains: ["x.example"]}) { kind } }`, nil).next(); fmt.Sprint(e.Codes) != "[FORBIDDEN]" {
		t.Errorf("a filter by addresses without emails:read: %+v", e)
	}
	if e := g.follow(t, bearer(), `subscription { personChanged { person { pipedriveUsers { permissions { name } } } } }`, nil).next(); e.HasData || fmt.Sprint(e.Codes) != "[COST_LIMIT_EXCEEDED]" {
		t.Errorf("a field that each event would pay for: %+v", e)
	}
}

// TestManyWhoAskTheSameAreAnsweredOnce: a change that all of them are told is executed for the first, and not once each.
func TestManyWhoAskTheSameAreAnsweredOnce(t *testing.T) {
	g := newGallery(t)
	var all []*visitor
	for range 20 {
		all = append(all, g.follow(t, bearer(), everything, nil))
	}
	other := g.follow(t, bearer(access.ScopeDirectoryRead), everything, nil)
	for _, v := range append(all, other) {
		v.expect("RESYNC")
	}
	g.show(is(user("pd", "7001", "1", "Ann")))
	g.executed.Store(0)
	for _, v := range all {
		v.expect("APPEARED Ann")
	}
	if n := g.executed.Load(); n != 1 {
		t.Errorf("%d executions for one question", n)
	}
	if e := other.next(); fmt.Sprint(e.Codes) != "[FORBIDDEN]" || e.Data.PersonChanged.Person.PrimaryEmail != nil {
		t.Errorf("who may see less was told %+v", e)
	}
}

func TestEventsWaitForWhatTheirClientMayTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGallery(t)
		b := bearer()
		b.who.Limits.ObjectsPerMinute = 60 // one a second, and 60 at once
		v := g.follow(t, b, everything, nil)
		v.expect("RESYNC")
		ann := user("pd", "7001", "1", "Ann")
		began := time.Now()
		for n := range 70 {
			changed := *ann
			changed.Name = fmt.Sprint("Ann ", n)
			g.show(is(&changed))
			v.next()
		}
		if took := time.Since(began).Round(time.Second); took != 11*time.Second {
			t.Errorf("71 events took %v, at 60 a minute", took)
		}
		v.leave()
		synctest.Wait()
	})
}

// TestNothingRunsForWhoHasLeft: also when they left while they waited.
func TestNothingRunsForWhoHasLeft(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	synctest.Test(t, func(t *testing.T) {
		g := newGallery(t)
		var waiting sync.WaitGroup
		var all []*visitor
		for range 50 {
			v := g.follow(t, bearer(), everything, nil)
			v.expect("RESYNC")
			waiting.Go(func() {
				if e := v.next(); e != nil {
					t.Errorf("told %+v", e)
				}
			})
			all = append(all, v)
		}
		synctest.Wait()
		for _, v := range all {
			v.leave()
		}
		waiting.Wait()
		synctest.Wait()
		if n := g.hub.Followers(); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// BenchmarkSwap is one of 10,000 people changing before 2,000 who follow everybody and ask the same, told and all.
func BenchmarkSwap(b *testing.B) {
	g := newGallery(b)
	in := g.in
	for n := range in.Batches {
		if in.Batches[n].Source == "pd" {
			for k := range 10_000 {
				in.Batches[n].Identities = append(in.Batches[n].Identities, user("pd", "7001", fmt.Sprint(k), fmt.Sprint("User ", k)))
			}
		}
	}
	whole := directory.Build(in)
	whole.Prepare()
	g.swap(whole)
	var told sync.WaitGroup
	const followers = 2000
	for range followers {
		v := g.follow(b, bearer(), everything, nil)
		v.next()
		go func() {
			for v.next() != nil {
				told.Done()
			}
		}()
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		changed := user("pd", "7001", "77", fmt.Sprint("Renamed ", n))
		told.Add(followers)
		g.show(is(changed))
		told.Wait()
	}
}
