package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/lineage"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

func auditLog(t *testing.T, make func(testing.TB) Database) {
	for name, test := range map[string]func(*testing.T, Database){
		"an entry is kept whole":                         entryKeptWhole,
		"entries are found":                              entriesFound,
		"what is erased is gone, and the chain verifies": erased,
		"notes and their change are one":                 notesAndChange,
		"another key is refused":                         anotherKey,
		"a log goes on under another key":                handedOver,
		"retention":                                      retention,
		"the head is logged while it moves":              headLogged,
		"acts that have ended are erased too":            actsErased,
		"whoever was joined is found":                    joinedFound,
		"nothing is said twice":                          nothingToErase,
	} {
		t.Run(name, func(t *testing.T) { test(t, make(t)) })
	}
}

func record(act string) audit.Record {
	return audit.Record{
		Phase: audit.Outcome, Act: act, Actor: audit.Actor{Principal: "key:admin", Client: "console"}, Person: ann,
		Source: "office", Place: person.ResourceKey{System: person.Pipefy, Account: "300", Kind: person.ResourcePipe, ID: "7"},
		Identities: []person.Key{{System: person.Pipedream, Account: "p/e", ID: "ann@acme.example"}, {System: person.Pipefy, Account: "300", ID: "12"}},
		Action:     "0a", Step: "1 REMOVE", Request: "req-1", Correlations: []string{"c1", "c2"}, Costs: []audit.Cost{{Source: "office", Calls: 2, Tokens: 3}},
		Result: audit.Failed, Code: "SOURCE_UNAVAILABLE",
		Personal: []audit.Value{{Name: audit.Reason, Text: "Ann left\x00"}, {Name: audit.Before, Text: `{"role":"admin"}`}, {Name: audit.After}},
	}
}

func page(t *testing.T, s *store.Store, f audit.Filter) []audit.Row {
	t.Helper()
	rows, err := s.AuditPage(t.Context(), f, 0, 100)
	must(t, err)
	return rows
}

func verified(t *testing.T, s *store.Store, witnesses ...audit.Head) audit.Report {
	t.Helper()
	r, err := s.Verify(t.Context(), witnesses...)
	must(t, err)
	if len(r.Problems) > 0 {
		t.Fatalf("the chain does not verify: %v", r.Problems)
	}
	return r
}

func entryKeptWhole(t *testing.T, db Database) {
	c := &clock{now: start}
	s := db.Open(t, store.Options{Clock: c.Now})
	must(t, s.Append(t.Context(), record("one"), audit.Record{Phase: audit.Note, Act: "two"}))
	rows := page(t, s, audit.Filter{})
	if len(rows) != 2 || rows[0].Act != "two" || rows[0].Seq != 2 {
		t.Fatalf("%+v", rows)
	}
	r, want := rows[1], record("one")
	got := audit.Record{
		Phase: r.Phase, Act: r.Act, Actor: r.Actor, Person: r.Person, Source: r.Source, Place: r.Place, Identities: r.Identities(),
		Action: r.Action, Step: r.Step, Request: r.Request, Correlations: r.Correlations, Costs: r.Costs, Result: r.Result, Code: r.Code,
	}
	for _, v := range want.Personal[:2] {
		text, _, _ := r.Value(v.Name)
		got.Personal = append(got.Personal, audit.Value{Name: v.Name, Text: text})
	}
	got.Personal = append(got.Personal, audit.Value{Name: audit.After})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := start.UTC().Truncate(time.Microsecond); !r.At.Equal(at) || r.At.Location() != time.UTC {
		t.Errorf("at %v, want %v", r.At, at)
	}
	if report := verified(t, s); report.Entries != 2 || report.Erased != 0 {
		t.Errorf("%+v", report)
	}
}

func entriesFound(t *testing.T, db Database) {
	c := &clock{now: at(0)}
	s := db.Open(t, store.Options{Clock: c.Now})
	for i, r := range []audit.Record{
		{Act: "a", Actor: audit.Actor{Principal: "x"}, Person: ann},
		{Act: "b", Actor: audit.Actor{Principal: "x"}, Person: bob, Action: "9"},
		{Act: "a", Actor: audit.Actor{Principal: "X"}, Identities: []person.Key{{System: person.Pipefy, Account: "1", ID: "2"}}},
	} {
		c.now = at(i + 1)
		must(t, s.Append(t.Context(), r))
	}
	for name, want := range map[string]struct {
		f    audit.Filter
		seqs []int64
	}{
		"all":           {audit.Filter{}, []int64{3, 2, 1}},
		"a person":      {audit.Filter{People: []person.ID{ann}}, []int64{1}},
		"two":           {audit.Filter{People: []person.ID{ann, bob}}, []int64{2, 1}},
		"an identity":   {audit.Filter{Identities: []person.Key{{System: person.Pipefy, Account: "1", ID: "2"}}}, []int64{3}},
		"either":        {audit.Filter{People: []person.ID{ann}, Identities: []person.Key{{System: person.Pipefy, Account: "1", ID: "2"}}}, []int64{3, 1}},
		"an actor":      {audit.Filter{Actor: "x"}, []int64{2, 1}},
		"an act":        {audit.Filter{Act: "a"}, []int64{3, 1}},
		"an action":     {audit.Filter{Action: "9"}, []int64{2}},
		"a time":        {audit.Filter{From: at(2), To: at(3)}, []int64{2}},
		"all of it":     {audit.Filter{People: []person.ID{ann}, Actor: "x", Act: "a", From: at(1), To: at(2)}, []int64{1}},
		"nothing there": {audit.Filter{Act: "A"}, nil},
	} {
		var seqs []int64
		for _, r := range page(t, s, want.f) {
			seqs = append(seqs, r.Seq)
		}
		if !slices.Equal(seqs, want.seqs) {
			t.Errorf("%s: %v, want %v", name, seqs, want.seqs)
		}
	}
	rows, err := s.AuditPage(t.Context(), audit.Filter{}, 3, 1)
	must(t, err)
	if len(rows) != 1 || rows[0].Seq != 2 {
		t.Errorf("the page before 3: %+v", rows)
	}
}

func erased(t *testing.T, db Database) {
	s := db.Open(t, store.Options{})
	other := record("other")
	other.Person, other.Identities = bob, []person.Key{{System: person.Pipefy, Account: "300", ID: "13"}}
	must(t, s.Append(t.Context(), record("one"), record("two"), other))
	before, err := s.Head(t.Context())
	must(t, err)
	n, err := s.Erase(t.Context(), store.Erasure{Identities: []person.Key{{System: person.Pipefy, Account: "300", ID: "12"}}, Actor: audit.Actor{Principal: "cli"}, Why: "request"})
	must(t, err)
	if n != 8 {
		t.Errorf("%d values were erased, want 8", n)
	}
	if r := verified(t, s, before); r.Erased != 8 || r.Entries != 4 {
		t.Errorf("%+v", r)
	}
	shown := fmt.Sprintf("%+v", page(t, s, audit.Filter{People: []person.ID{ann}}))
	for _, gone := range []string{"ann@acme.example", "Ann left", "role"} {
		if strings.Contains(shown, gone) {
			t.Errorf("%q is still there: %s", gone, shown)
		}
	}
	if text, _, _ := page(t, s, audit.Filter{People: []person.ID{bob}})[0].Value(audit.Reason); text == "" {
		t.Error("another's went as well")
	}
	if n, err := s.Erase(t.Context(), store.Erasure{People: []person.ID{bob}}); n != 3 || err != nil {
		t.Errorf("by person: %d, %v", n, err)
	}
	if note := page(t, s, audit.Filter{Act: "erasePersonalValues"}); len(note) != 2 || note[1].Step != "request" || note[1].Actor.Principal != "cli" {
		t.Errorf("nobody knows of the erasure: %+v", note)
	}
	if _, err := s.Erase(t.Context(), store.Erasure{}); err == nil {
		t.Error("an erasure of nobody in particular was taken")
	}
}

// actsErased: what is personal in acts goes too, once nothing of them is to be done any more.
func actsErased(t *testing.T, db Database) {
	c := &clock{now: at(0)}
	s := db.Open(t, store.Options{Clock: c.Now})
	_, err := s.EnterSeats(t.Context(), propose(1))
	must(t, err)
	ended, open := act(1, "key:a", at(1), ownNo(1)), act(2, "key:a", at(1), ownNo(1))
	ended.Steps[0].State, ended.Steps[0].Email, ended.Steps[0].Message = action.StepDone, "ann@acme.example", "welcome, Ann"
	ended.Steps[0].Address = "ann@acme.example"
	open.Steps[0].Email = "ann@acme.example"
	for _, a := range []action.Action{ended, open} {
		_, _, err := s.Actions().Create(t.Context(), a, action.Key{})
		must(t, err)
	}
	for i, e := range []store.Erasure{{Identities: []person.Key{accountNo(1)}}, {People: []person.ID{ownNo(1)}}, {Before: at(100)}} {
		n, err := s.Erase(t.Context(), e)
		must(t, err)
		if want := 1 - min(i, 1); n != want {
			t.Errorf("erasure %d takes %d, want %d: once is enough", i, n, want)
		}
	}
	got, err := s.Actions().Get(t.Context(), ended.ID)
	must(t, err)
	if got.Reason != "" || got.Steps[0].Email != "" || got.Steps[0].Message != "" || got.Steps[0].Address != "" || got.Steps[0].Target != ended.Steps[0].Target || got.Revision != 1 || got.Steps[0].State != action.StepDone {
		t.Errorf("%+v", got)
	}
	if got, err := s.Actions().Get(t.Context(), open.ID); err != nil || got.Reason == "" || got.Steps[0].Email == "" {
		t.Errorf("what is still to be done was spoilt: %+v, %v", got, err)
	}
}

// joinedFound: who asks for a person is told what was done to those who are the same person by now.
func joinedFound(t *testing.T, db Database) {
	s := db.Open(t, store.Options{})
	_, err := s.EnterSeats(t.Context(), propose(1, 2))
	must(t, err)
	must(t, s.Append(t.Context(), audit.Record{Act: "a", Person: ownNo(2)}))
	if n := len(page(t, s, audit.Filter{People: []person.ID{ownNo(1)}})); n != 0 {
		t.Errorf("%d entries before", n)
	}
	_, err = s.MoveSeats(t.Context(), []lineage.Move{{Key: accountNo(2), From: ownNo(2), To: ownNo(1)}})
	must(t, err)
	if n := len(page(t, s, audit.Filter{People: []person.ID{ownNo(1)}})); n != 1 {
		t.Errorf("%d entries after", n)
	}
}

func nothingToErase(t *testing.T, db Database) {
	s := db.Open(t, store.Options{})
	for range 2 {
		if n, err := s.Erase(t.Context(), store.Erasure{People: []person.ID{ann}}); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if rows := page(t, s, audit.Filter{}); len(rows) != 0 {
		t.Errorf("nothing was erased, and the log says %+v", rows)
	}
}

func retention(t *testing.T, db Database) {
	c := &clock{now: at(0)}
	s := db.Open(t, store.Options{Clock: c.Now, PersonalFor: time.Hour})
	must(t, s.Append(t.Context(), record("old")))
	c.now = at(30)
	must(t, s.Append(t.Context(), record("new")))
	c.now = at(61)
	s.Tend(t.Context())
	if text, erased, ok := page(t, s, audit.Filter{Act: "old"})[0].Value(audit.Reason); text != "" || !erased || !ok {
		t.Errorf("after an hour %q is still there", text)
	}
	if note := page(t, s, audit.Filter{Act: "erasePersonalValues"}); len(note) != 1 || note[0].Actor.Principal != "system" || note[0].Step != "retention" {
		t.Errorf("nobody knows of it: %+v", note)
	}
	if text, erased, _ := page(t, s, audit.Filter{Act: "new"})[0].Value(audit.Reason); text == "" || erased {
		t.Error("what is new enough went as well")
	}
	verified(t, s)
}

// headLogged: what shows that nothing was cut off is in the log stream, at intervals and after bursts.
func headLogged(t *testing.T, db Database) {
	var out bytes.Buffer
	s := db.Open(t, store.Options{HeadAfter: 3, Log: slog.New(slog.NewTextHandler(&out, nil))})
	heads := func() (found []audit.Head) {
		for _, text := range regexp.MustCompile(`head=(\S+)`).FindAllStringSubmatch(out.String(), -1) {
			h, err := audit.ParseHead(text[1])
			must(t, err)
			found = append(found, h)
		}
		return found
	}
	must(t, s.Append(t.Context(), record("a")))
	if len(heads()) != 0 {
		t.Fatalf("one entry is no burst: %s", out.String())
	}
	for range 3 {
		s.Tend(t.Context())
	}
	if h := heads(); len(h) != 1 || h[0].Seq != 1 {
		t.Fatalf("a head that did not move was logged again, or never: %v", h)
	}
	must(t, s.Append(t.Context(), record("b"), record("c"), record("d"), record("e")))
	h := heads()
	if len(h) != 2 || h[1].Seq != 5 {
		t.Fatalf("a burst: %v", h)
	}
	verified(t, s, h...)
	if strings.Contains(out.String(), "ann@") {
		t.Error("the log tells of whom")
	}
}

// notesAndChange: neither is there without the other.
func notesAndChange(t *testing.T, db Database) {
	s := db.Open(t, store.Options{})
	a, _, err := s.Actions().Create(t.Context(), act(1, "key:a", at(1), ann), action.Key{}, action.Note{Phase: action.Decided, Actor: "key:a", Act: action.OffboardPerson, Step: -1, Reason: "left"})
	must(t, err)
	stale := a
	_, err = s.Actions().Update(t.Context(), a, action.Note{Phase: action.Intent, Step: 0, Kind: action.Deactivate, Identity: a.Steps[0].Target, Person: ann})
	must(t, err)
	if _, err := s.Actions().Update(t.Context(), stale, action.Note{Phase: action.Outcome}); !errors.Is(err, action.ErrChanged) {
		t.Fatal(err)
	}
	bad := action.Note{Phase: action.Outcome, Code: "a\x00b"}
	b := act(2, "key:a", at(1), ann)
	if _, _, err := s.Actions().Create(t.Context(), b, action.Key{}, bad); err == nil {
		t.Fatal("a note that cannot be kept was taken")
	}
	if _, err := s.Actions().Get(t.Context(), b.ID); !errors.Is(err, action.ErrNotFound) {
		t.Errorf("the action was kept without its note: %v", err)
	}
	rows := page(t, s, audit.Filter{})
	if len(rows) != 2 || rows[0].Phase != audit.Intent || rows[0].Step != "0 DEACTIVATE" || rows[0].Identities()[0] != a.Steps[0].Target || rows[1].Phase != audit.Note {
		t.Errorf("%+v", rows)
	}
	verified(t, s)
}

func anotherKey(t *testing.T, db Database) {
	db.Open(t, store.Options{})
	other, err := audit.NewChain(bytes.Repeat([]byte("z"), audit.MinKey))
	must(t, err)
	if _, err := store.New(t.Context(), db.(Engines).Engine(t), other, store.Options{}); err == nil || !strings.Contains(err.Error(), "audit.key is not the one") {
		t.Errorf("%v", err)
	}
}

// Engines is a Database that also opens bare engines.
type Engines interface {
	Engine(t testing.TB) store.Engine
}

// handedOver rotates the key twice, while somebody still writes with an old one.
func handedOver(t *testing.T, db Database) {
	chainOf := func(letter string) *audit.Chain {
		c, err := audit.NewChain(bytes.Repeat([]byte(letter), audit.MinKey))
		must(t, err)
		return c
	}
	first, second, third := Chain(t), chainOf("y"), chainOf("z")
	open := func(c *audit.Chain, rotate bool, earlier ...*audit.Chain) *store.Store {
		t.Helper()
		s, err := store.New(t.Context(), db.(Engines).Engine(t), c, store.Options{Earlier: earlier, Rotate: rotate})
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	problems := func(s *store.Store, witnesses ...audit.Head) []audit.Problem {
		t.Helper()
		r, err := s.Verify(t.Context(), witnesses...)
		must(t, err)
		return r.Problems
	}
	old := db.Open(t, store.Options{})
	must(t, old.Append(t.Context(), record("one"), record("two")))
	seen, err := old.Head(t.Context())
	must(t, err)
	if s := open(second, false, first); s.Append(t.Context(), record("three")) != nil || len(problems(s)) > 0 {
		t.Error("without being told to, the log does not go on under the key of before")
	}
	newer := open(second, true, first)
	open(second, true, first) // of several replicas one hands over
	must(t, newer.Append(t.Context(), record("five")))
	if err := old.Append(t.Context(), record("late")); err == nil || !strings.Contains(err.Error(), "newer key") {
		t.Errorf("whoever has the old key alone goes on: %v", err)
	}
	last := open(third, true, second, first)
	must(t, last.Append(t.Context(), record("seven")))
	if found := problems(last, seen); len(found) > 0 {
		t.Errorf("%v", found)
	}
	if page, err := last.AuditPage(t.Context(), audit.Filter{}, 0, 100); err != nil || len(page) != 7 {
		t.Errorf("%d entries: %v", len(page), err)
	}
	if found := problems(open(third, true)); len(found) == 0 {
		t.Error("it verifies without the keys of before")
	}
	forged := seen
	forged.MAC[0]++
	if found := problems(last, forged); len(found) != 1 {
		t.Errorf("a head of before that was another one: %v", found)
	}
}
