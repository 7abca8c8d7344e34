package resolvers_test

import (
	"fmt"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
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
