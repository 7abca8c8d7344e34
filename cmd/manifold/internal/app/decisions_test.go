package app_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
)

const decidedFields = `decision { id act decidedBy reason isInForce joinsSameAccount supersedes undoes } people { id identities { id } } userErrors { code message field }`

// keeping is a stage whose store outlives it.
func keeping(file string) setup {
	return setup{edit: func(cfg *config.Config) { cfg.Store.Path = file }}
}

// decided sends one decision and wants it to be taken.
func (s *stage) decided(mutation string, pairs ...any) map[string]any {
	s.t.Helper()
	p := s.actWith(decidedFields, mutation, pairs...)
	if errs := items(p, "userErrors"); len(errs) > 0 || dig(p, "decision") == nil {
		s.t.Fatalf("%s: %v", mutation, p)
	}
	return p
}

// whose is the id of the person that an account is of.
func (s *stage) whose(account string) string {
	s.t.Helper()
	return text(s.ask(`query($id: ID!) { node(id: $id) { ... on Identity { person { id } } } }`, "id", account).Data, "node", "person", "id")
}

// everybody has the id of each account's person, by account.
func (s *stage) everybody() map[string]string {
	out := map[string]string{}
	v := s.app.Current().View(access.Principal{})
	for _, source := range v.Sources() {
		page, _ := v.Identities(source, directory.Window{First: 10_000})
		for _, i := range page.Nodes() {
			out[s.app.IDOf(i.Key())] = s.app.IDOfPerson(i.Person().ID())
		}
	}
	return out
}

// colleagues are two users of one Pipedrive company, each alone as far as any rule can tell.
func (s *stage) colleagues() (a, b string) {
	s.t.Helper()
	one, first := s.someone(person.Pipedrive, ordinary)
	_, second := s.someone(person.Pipedrive, func(i directory.Identity) bool {
		return ordinary(i) && i.Key() != one.Key() && i.Key().Account == one.Key().Account && i.Person().ID() != one.Person().ID()
	})
	return first, second
}

// all waits until every source has a health.
func (s *stage) all(h person.Health) {
	s.t.Helper()
	s.until("all are "+h.String(), func() bool {
		for _, is := range s.healths() {
			if is != h {
				return false
			}
		}
		return true
	})
}

func TestAnUnlinkedAccountStaysApartAfterARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "manifold.db")
	var account, apart, rest, other string
	t.Run("unlinked", func(t *testing.T) {
		s := begin(t, keeping(file))
		i, id := s.someone(person.Pipefy, func(i directory.Identity) bool { return ordinary(i) && len(i.Person().Identities()) == 2 })
		account = id
		for _, o := range i.Person().Identities() {
			if o.Key() != i.Key() {
				other = s.app.IDOf(o.Key())
			}
		}
		was := s.whose(account)
		p := s.decided("unlinkIdentity", "identityId", account)
		if apart, rest = s.whose(account), s.whose(other); apart == rest || apart != was && rest != was || len(items(p, "people")) != 2 {
			t.Fatalf("%s became %s and %s: %v", was, apart, rest, p)
		}
	})
	t.Run("after a restart", func(t *testing.T) {
		s := begin(t, keeping(file))
		if s.whose(account) != apart || s.whose(other) != rest {
			t.Error("what a human took apart is otherwise now")
		}
	})
}

// Two users of one company, whom no rule joins, are joined by an admin at one replica and parted at another.
func TestReplicasOfOneStoreCallEverybodyAlike(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "manifold.db")
	one, other := begin(t, keeping(file)), begin(t, keeping(file))
	before := one.everybody()
	other.until("both call everybody alike", func() bool { return maps.Equal(before, other.everybody()) })
	a, b := one.colleagues()
	p := one.decided("linkIdentities", "identityIds", []string{a, b})
	if dig(p, "decision", "joinsSameAccount") != true {
		t.Errorf("nothing says that two users of one company were joined: %v", p)
	}
	other.until("the other replica follows", func() bool { return maps.Equal(one.everybody(), other.everybody()) })
	if now := other.everybody(); now[a] != now[b] || now[a] != before[a] && now[a] != before[b] {
		t.Errorf("%s and %s became %s and %s", before[a], before[b], now[a], now[b])
	}
	other.decided("undoLinkDecision", "decisionId", text(p, "decision", "id"))
	if !maps.Equal(other.everybody(), before) {
		t.Error("after the undo somebody is called otherwise than before")
	}
	one.until("the first replica follows in turn", func() bool { return maps.Equal(one.everybody(), before) })
}

func TestAllThatIsWrongWithADecisionIsToldAtOnceAndNothingIsDone(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	a, _ := s.colleagues()
	p := s.actWith(decidedFields, "linkIdentities", "identityIds", []string{a, "nonsense", a}, "reason", "  ", "idempotencyKey", "")
	var told []string
	for _, e := range items(p, "userErrors") {
		told = append(told, fmt.Sprint(text(e, "code"), dig(e, "field")))
	}
	slices.Sort(told)
	want := []string{"INVALID[input idempotencyKey]", "INVALID[input identityIds 1]", "INVALID[input identityIds 2]", "INVALID[input reason]"}
	if !slices.Equal(told, want) || dig(p, "decision") != nil {
		t.Errorf("%q, want %q", told, want)
	}
	if n := dig(s.ask(`{ linkDecisions { totalCount } }`).Data, "linkDecisions", "totalCount"); n != 0.0 {
		t.Errorf("%v decisions were taken", n)
	}
}

func TestWhatChangedIsKeptAndADeadVendorTakesNobodyAway(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "manifold.db")
	edit := func(cfg *config.Config) { often(cfg); cfg.Store.Path = file }
	const changes = `query($f: ChangeFilter) { changes(first: 50, filter: $f) { nodes { kind identityId state oldState observedAt afterAt } } }`
	var id string
	deactivated := func(s *stage) []any {
		return items(s.ask(changes, "f", map[string]any{"kind": []string{"STATE_CHANGED"}}).Data, "changes", "nodes")
	}
	t.Run("a user is deactivated", func(t *testing.T) {
		s := begin(t, setup{sim: sim.Options{Burst: 1000, Budget: 3_000_000}, edit: edit})
		_, id = s.someone(person.Pipedrive, ordinary)
		s.until("the first reading is recorded", func() bool {
			for _, source := range s.app.Current().View(access.Principal{}).Sources() {
				if at, err := s.app.Store().KnownSince(t.Context(), source.ID()); err != nil || at.IsZero() {
					return false
				}
			}
			return true
		})
		if r := s.ask(changes, "f", nil); len(items(r.Data, "changes", "nodes")) != 0 {
			t.Errorf("the first who were seen have changed: %s", r.raw)
		}
		s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
		s.until("a later reading shows it", func() bool { return len(deactivated(s)) > 0 })
		c := deactivated(s)[0]
		if text(c, "identityId") != id || text(c, "oldState") != "ACTIVE" || text(c, "state") != "INACTIVE" || text(c, "afterAt") >= text(c, "observedAt") {
			t.Errorf("%v", c)
		}
		if n := len(deactivated(s)); n != 1 {
			t.Errorf("told %d times", n)
		}
		var before []any
		s.until("nothing more happens", func() bool { // the act lays its patch over readings that began before it
			last := len(before)
			before = items(s.ask(changes, "f", nil).Data, "changes", "nodes")
			return len(before) == last
		})
		for _, c := range before {
			if text(c, "identityId") != id {
				t.Errorf("nobody touched %v", c)
			}
		}
		for _, v := range vendors {
			if err := v.service(s.world).Chaos.Add(chaos.Fault{Name: "down", Kind: v.dies}); err != nil {
				t.Fatal(err)
			}
		}
		s.all(person.HealthDegraded)
		for _, v := range vendors {
			v.service(s.world).Chaos.Remove("down")
		}
		s.all(person.HealthOK)
		if r := s.ask(changes, "f", nil); len(items(r.Data, "changes", "nodes")) != len(before) {
			t.Errorf("vendors that were down changed: %.2000s", r.raw)
		}
	})
	t.Run("after a restart", func(t *testing.T) {
		s := begin(t, setup{sim: sim.Options{Burst: 1000, Budget: 3_000_000}, edit: edit})
		if c := deactivated(s); len(c) == 0 || text(c[len(c)-1], "identityId") != id {
			t.Errorf("what changed is forgotten: %v", c)
		}
	})
}
