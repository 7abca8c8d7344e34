package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/person"
)

// at is a moment of the tests, in minutes.
func at(minutes int) time.Time {
	return start.UTC().Truncate(time.Microsecond).Add(time.Duration(minutes) * time.Minute)
}

// act makes an action that was created at a minute, with one open step for each person.
func act(minute int, actor string, due time.Time, people ...person.ID) action.Action {
	a := action.Action{ID: action.ID{5: byte(minute), 15: 1}, Act: action.OffboardPerson, Actor: actor, Reason: "left", CreatedAt: at(minute)}
	for _, p := range people {
		a.Steps = append(a.Steps, action.Step{
			Kind: action.Deactivate, Source: "sales", Person: p, Target: person.Key{System: person.Pipedream, Account: "p/e", ID: "ann\x00 é"},
			State: action.StepPending, DueAt: due,
		})
	}
	return a
}

var ann, bob = person.ID{1}, person.ID{2}

// Actions holds a store of running acts to what action.Store promises.
func Actions(t *testing.T, open func(testing.TB) action.Store) {
	for name, test := range map[string]func(*testing.T, action.Store){
		"an action is kept whole":           keptWhole,
		"a key answers the first outcome":   keyed,
		"of many with one key one is first": onlyOneIsFirst,
		"lists":                             lists,
		"claims":                            claims,
		"updates":                           updates,
		"locks":                             locks,
		"findings":                          findings,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func keptWhole(t *testing.T, s action.Store) {
	a := act(1, "key:admin", at(2), ann, bob)
	stored, first, err := s.Create(t.Context(), a, action.Key{})
	must(t, err)
	want := a.Clone()
	want.Revision = 1
	if diff := cmp.Diff(want, stored); diff != "" || !first {
		t.Errorf("first %t: %s", first, diff)
	}
	got, err := s.Get(t.Context(), a.ID)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Get(t.Context(), action.ID{9}); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

func keyed(t *testing.T, s action.Store) {
	key := action.Key{Actor: "key:admin", Value: "once", Input: [32]byte{1}}
	_, _, err := s.Create(t.Context(), act(1, "key:admin", at(2), ann), key)
	must(t, err)
	again, first, err := s.Create(t.Context(), act(2, "key:admin", at(2), bob), key)
	must(t, err)
	if first || again.ID != act(1, "", at(2)).ID {
		t.Errorf("the second got %v, first %t", again.ID, first)
	}
	if _, err := s.Get(t.Context(), act(2, "", at(2)).ID); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("the second was kept as well: %v", err)
	}
	other := key
	other.Input[0] = 2
	if _, _, err := s.Create(t.Context(), act(3, "key:admin", at(2)), other); !errors.Is(err, action.ErrKeyReused) {
		t.Errorf("another input: %v", err)
	}
	if _, err := s.ByKey(t.Context(), other); !errors.Is(err, action.ErrKeyReused) {
		t.Errorf("another input, asked: %v", err)
	}
	if a, err := s.ByKey(t.Context(), key); err != nil || a.ID != again.ID {
		t.Errorf("asked: %v, %v", a.ID, err)
	}
	for _, free := range []action.Key{{Actor: "key:other", Value: "once", Input: key.Input}, {Actor: key.Actor, Value: "ONCE", Input: key.Input}, {Actor: key.Actor, Value: "once ", Input: key.Input}, {Actor: key.Actor}} {
		if _, err := s.ByKey(t.Context(), free); !errors.Is(err, action.ErrNotFound) {
			t.Errorf("%+v meets another's: %v", free, err)
		}
	}
}

func onlyOneIsFirst(t *testing.T, s action.Store) {
	const many = 12
	var wg sync.WaitGroup
	firsts, ids := make([]bool, many), make([]action.ID, many)
	for i := range many {
		wg.Go(func() {
			a, first, err := s.Create(t.Context(), act(i+1, "key:admin", at(2), ann), action.Key{Actor: "key:admin", Value: "once"})
			if err != nil {
				t.Error(err)
			}
			firsts[i], ids[i] = first, a.ID
		})
	}
	wg.Wait()
	n := 0
	for i := range many {
		if firsts[i] {
			n++
		}
		if ids[i] != ids[0] {
			t.Errorf("two outcomes: %v and %v", ids[0], ids[i])
		}
	}
	if n != 1 {
		t.Errorf("%d were first", n)
	}
}

func lists(t *testing.T, s action.Store) {
	due := at(60)
	for i, a := range []action.Action{act(1, "key:a", due, ann), act(2, "key:b", due, bob), act(3, "key:a", due, ann, bob), act(4, "key:a", due, ann)} {
		if i == 3 {
			a.Act, a.Steps[0].State = action.SetPipefyRole, action.StepDone
		}
		_, _, err := s.Create(t.Context(), a, action.Key{})
		must(t, err)
	}
	for name, c := range map[string]struct {
		f     action.Filter
		after byte
		limit int
		want  []byte
	}{
		"all":           {limit: 10, want: []byte{4, 3, 2, 1}},
		"the newest":    {limit: 2, want: []byte{4, 3}},
		"what follows":  {after: 3, limit: 2, want: []byte{2, 1}},
		"of Ann":        {f: action.Filter{People: []person.ID{ann}}, limit: 10, want: []byte{4, 3, 1}},
		"of either":     {f: action.Filter{People: []person.ID{ann, bob}}, limit: 10, want: []byte{4, 3, 2, 1}},
		"by whom":       {f: action.Filter{Actor: "key:b"}, limit: 10, want: []byte{2}},
		"not by case":   {f: action.Filter{Actor: "KEY:B"}, limit: 10},
		"what":          {f: action.Filter{Acts: []action.Act{action.SetPipefyRole, action.AddPipedriveUser}}, limit: 10, want: []byte{4}},
		"in what state": {f: action.Filter{States: []action.State{action.Succeeded}}, limit: 10, want: []byte{4}},
		"since":         {f: action.Filter{Since: at(2), Until: at(4)}, limit: 10, want: []byte{3, 2}},
		"all at once":   {f: action.Filter{Since: at(1), Until: at(4), Actor: "key:a", People: []person.ID{bob}, Acts: []action.Act{action.OffboardPerson}, States: []action.State{action.Scheduled}}, limit: 10, want: []byte{3}},
	} {
		var after action.ID
		if c.after > 0 {
			after = act(int(c.after), "", due).ID
		}
		got, err := s.List(t.Context(), c.f, after, c.limit)
		must(t, err)
		var minutes []byte
		for _, a := range got {
			minutes = append(minutes, a.ID[5])
		}
		if !slices.Equal(minutes, c.want) {
			t.Errorf("%s: %v, want %v", name, minutes, c.want)
		}
	}
}

func claims(t *testing.T, s action.Store) {
	for _, a := range []action.Action{act(1, "", at(20), ann), act(2, "", at(10), ann), act(3, "", at(90), ann)} {
		_, _, err := s.Create(t.Context(), a, action.Key{})
		must(t, err)
	}
	claim := func(holder string, now, until time.Time) (byte, action.Action) {
		t.Helper()
		a, ok, err := s.Claim(t.Context(), holder, now, until)
		must(t, err)
		if !ok {
			return 0, a
		}
		return a.ID[5], a
	}
	if n, _ := claim("r1", at(9), at(30)); n != 0 {
		t.Fatalf("%d was claimed before it was due", n)
	}
	n, first := claim("r1", at(25), at(30))
	if n != 2 {
		t.Fatalf("%d was claimed, and 2 has been due the longest", n)
	}
	if n, _ := claim("r2", at(26), at(40)); n != 1 {
		t.Fatalf("another replica got %d, want 1", n)
	}
	if n, _ := claim("r3", at(26), at(30)); n != 0 {
		t.Fatalf("%d is held, and was claimed", n)
	}
	must(t, s.Extend(t.Context(), first.ID, first.Fence, at(29), at(35)))
	if n, _ := claim("r3", at(31), at(50)); n != 0 {
		t.Fatalf("%d was extended, and was claimed", n)
	}
	n, second := claim("r3", at(35), at(50))
	if n != 2 || second.Fence <= first.Fence {
		t.Fatalf("after its end %d was claimed, with fence %d after %d", n, second.Fence, first.Fence)
	}
	if err := s.Extend(t.Context(), first.ID, first.Fence, at(36), at(60)); !errors.Is(err, action.ErrLeaseLost) {
		t.Errorf("the first holder goes on: %v", err)
	}
	if _, err := s.Update(t.Context(), first); !errors.Is(err, action.ErrLeaseLost) {
		t.Errorf("the first holder writes: %v", err)
	}
	must(t, s.Release(t.Context(), first.ID, first.Fence)) // does nothing
	if _, err := s.Update(t.Context(), second); err != nil {
		t.Errorf("the holder cannot write: %v", err)
	}
	must(t, s.Release(t.Context(), second.ID, second.Fence))
	if n, _ := claim("r1", at(36), at(60)); n != 2 {
		t.Errorf("what was released is not to be had: %d", n)
	}
	if err := s.Extend(t.Context(), action.ID{9}, 1, at(1), at(2)); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("extend nothing: %v", err)
	}
}

func updates(t *testing.T, s action.Store) {
	a, _, err := s.Create(t.Context(), act(1, "key:a", at(1), ann), action.Key{})
	must(t, err)
	a.Steps[0].State, a.Steps[0].Person, a.EndedAt = action.StepDone, bob, at(5)
	next, err := s.Update(t.Context(), a)
	must(t, err)
	if next.Revision != 2 {
		t.Errorf("revision %d", next.Revision)
	}
	if _, err := s.Update(t.Context(), a); !errors.Is(err, action.ErrChanged) {
		t.Errorf("a change of what was read before: %v", err)
	}
	got, err := s.Get(t.Context(), a.ID)
	must(t, err)
	if diff := cmp.Diff(next, got); diff != "" {
		t.Error(diff)
	}
	if _, ok, err := s.Claim(t.Context(), "r", at(100), at(101)); ok || err != nil {
		t.Errorf("what has ended is due: %v", err)
	}
	for who, n := range map[person.ID]int{ann: 0, bob: 1} {
		if l, err := s.List(t.Context(), action.Filter{People: []person.ID{who}, States: []action.State{action.Succeeded}}, action.ID{}, 5); err != nil || len(l) != n {
			t.Errorf("%v has %d, %v", who, len(l), err)
		}
	}
	if _, err := s.Update(t.Context(), act(9, "", at(1))); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("update nothing: %v", err)
	}
}

func locks(t *testing.T, s action.Store) {
	a, _, err := s.Create(t.Context(), act(1, "", at(1), ann), action.Key{})
	must(t, err)
	b, _, err := s.Create(t.Context(), act(2, "", at(1), ann), action.Key{})
	must(t, err)
	a.Holds = []string{"person:ann", "identity:x\x00y"}
	a, err = s.Update(t.Context(), a)
	must(t, err)
	b.Holds = []string{"person:bob", "identity:x\x00y"}
	if _, err := s.Update(t.Context(), b); !errors.Is(err, action.ErrBusy) {
		t.Fatalf("two hold one lock: %v", err)
	}
	got, err := s.Get(t.Context(), b.ID)
	must(t, err)
	if got.Revision != 1 {
		t.Error("what was refused was changed")
	}
	a.Holds = []string{"person:ann"}
	a, err = s.Update(t.Context(), a)
	must(t, err)
	b, err = s.Update(t.Context(), b)
	must(t, err)
	a.Holds = []string{"person:bob"}
	if _, err := s.Update(t.Context(), a); !errors.Is(err, action.ErrBusy) {
		t.Errorf("a lock that was taken: %v", err)
	}
	b.Holds = nil
	_, err = s.Update(t.Context(), b)
	must(t, err)
	_, err = s.Update(t.Context(), a)
	must(t, err)
}

func findings(t *testing.T, s action.Store) {
	f := action.Finding{ID: action.ID{5: 1}, At: at(1), Action: action.ID{1}, What: action.CameBack, Identity: person.Key{System: person.Pipefy, Account: "1", ID: "2"}, Person: ann}
	other := f
	other.ID, other.Identity.ID = action.ID{5: 2}, "3"
	same := f
	same.ID = action.ID{5: 3}
	for i, c := range []struct {
		f     action.Finding
		first bool
	}{{f, true}, {other, true}, {same, false}} {
		first, err := s.Find(t.Context(), c.f)
		must(t, err)
		if first != c.first {
			t.Errorf("finding %d is first: %t", i, first)
		}
	}
	got, err := s.Findings(t.Context(), action.ID{}, 10)
	must(t, err)
	if diff := cmp.Diff([]action.Finding{other, f}, got); diff != "" {
		t.Error(diff)
	}
	got, err = s.Findings(t.Context(), other.ID, 10)
	must(t, err)
	if fmt.Sprint(got) != fmt.Sprint([]action.Finding{f}) {
		t.Errorf("after the newest: %v", got)
	}
}
