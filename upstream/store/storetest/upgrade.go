package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/store/migrate"
)

// Upgradable is an engine whose schema can be taken back to an earlier one.
type Upgradable interface {
	store.Engine
	Migrations() (*migrate.Migrations, error)
}

// Upgrades opens a database of every earlier schema, empty and with what that schema kept: it becomes the newest, and
// nothing is lost.
func Upgrades(t *testing.T, make func(testing.TB) Database) {
	probe, err := make(t).(Engines).Engine(t).(Upgradable).Migrations()
	must(t, err)
	versions := probe.Versions()
	if len(versions) < 4 {
		t.Fatalf("only %d versions", len(versions))
	}
	for i, v := range versions {
		if v != int64(i+1) {
			t.Fatalf("the versions are %v: a number is missing", versions)
		}
		t.Run(fmt.Sprintf("from %d", v-1), func(t *testing.T) {
			db := make(t)
			before := db.Open(t, store.Options{})
			use(t, before, 1)
			must(t, before.Close())
			back(t, db, v-1)
			s := db.Open(t, store.Options{})
			kept := 0
			if v > 1 { // the audit log is there from the first version on
				kept = verified(t, s).Entries
				if kept != 4 {
					t.Errorf("%d audit entries are left of 4", kept)
				}
				if text, _, _ := page(t, s, audit.Filter{Act: "linkIdentities"})[0].Value(audit.Reason); text != "r1" {
					t.Errorf("the reason reads %q", text)
				}
			}
			if v > 2 {
				if a, err := s.Actions().Get(t.Context(), act(1, "", at(1)).ID); err != nil || a.Reason != "left" {
					t.Errorf("an action of schema %d: %+v, %v", v-1, a, err)
				}
			}
			if v > 3 {
				if all, err := s.LinkDecisions(t.Context(), 0); err != nil || len(all) != 1 {
					t.Errorf("%d decisions, %v", len(all), err)
				}
			}
			use(t, s, 50)
			if r := verified(t, s); r.Entries != kept+4 {
				t.Errorf("%d entries, want %d", r.Entries, kept+4)
			}
		})
	}
	t.Run("a newer one is refused", func(t *testing.T) {
		db := make(t)
		e := db.(Engines).Engine(t)
		must(t, exec(t, e, "INSERT INTO schema_version (version_id, is_applied) VALUES (99, TRUE)"))
		err := reopen(t, db)
		if err == nil || !strings.Contains(err.Error(), "the store has schema 99, and this release of Manifold knows 4") || !strings.Contains(err.Error(), "Run that release, or restore a backup") {
			t.Errorf("%v", err)
		}
	})
}

// Reopens is a Database that tells why it does not open.
type Reopens interface{ Reopen(t testing.TB) error }

func reopen(t *testing.T, db Database) error { return db.(Reopens).Reopen(t) }

func exec(t *testing.T, e store.Engine, sql string) error {
	_, err := e.Writer().ExecContext(t.Context(), sql)
	return err
}

// back makes of a database what an earlier release has left.
func back(t *testing.T, db Database, version int64) {
	t.Helper()
	e := db.(Engines).Engine(t).(Upgradable)
	m, err := e.Migrations()
	must(t, err)
	must(t, m.Back(t.Context(), version))
	must(t, e.Close())
}

// use keeps one thing of each kind, with four audit entries.
func use(t *testing.T, s *store.Store, n int) {
	t.Helper()
	must(t, s.Append(t.Context(), record("one"), record("two")))
	_, _, err := s.Actions().Create(t.Context(), act(n, "key:a", at(1), ann), action.Key{Actor: "key:a", Value: fmt.Sprint(n)}, action.Note{Phase: action.Decided, Step: -1})
	must(t, err)
	all, err := s.LinkDecisions(t.Context(), 0)
	must(t, err)
	d := decision("key:a")
	d.IdempotencyKey = fmt.Sprint(n)
	last := int64(0)
	if len(all) > 0 {
		last = all[len(all)-1].Seq
	}
	_, err = s.AppendLinkDecision(t.Context(), last, d, audit.Record{Act: "linkIdentities", Personal: []audit.Value{{Name: audit.Reason, Text: fmt.Sprint("r", n)}}})
	must(t, err)
	_, err = s.EnterSeats(t.Context(), propose(n))
	must(t, err)
	since, err := s.KnownSince(t.Context(), "sales")
	must(t, err)
	must(t, s.AppendChanges(t.Context(), history.Record{Source: "sales", Since: since, Observed: at(n), Changes: []history.Change{{Kind: history.Appeared, Identity: accountNo(n)}}}))
}
