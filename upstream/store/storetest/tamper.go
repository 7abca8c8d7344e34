package storetest

import (
	"testing"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/upstream/store"
)

// tampering is what somebody with the database's own tools could do to the rows.
var tampering = map[string]string{
	"act":               "UPDATE audit_entries SET act = 'other' WHERE seq = 3",
	"actor":             "UPDATE audit_entries SET principal = 'key:other' WHERE seq = 3",
	"time":              "UPDATE audit_entries SET at = at + 1 WHERE seq = 3",
	"phase":             "UPDATE audit_entries SET phase = phase + 256 WHERE seq = 3",
	"result":            "UPDATE audit_entries SET result = 1 WHERE seq = 3",
	"nobody":            "UPDATE audit_entries SET person = (SELECT person FROM audit_entries WHERE seq = 4) WHERE seq = 3",
	"a list":            "UPDATE audit_entries SET correlations = '[\"c1\"]' WHERE seq = 3",
	"no list":           "UPDATE audit_entries SET costs = 'x' WHERE seq = 3",
	"place":             "UPDATE audit_entries SET place = '{}' WHERE seq = 3",
	"subjects":          "UPDATE audit_entries SET subjects = '[]' WHERE seq = 3",
	"commitments":       "UPDATE audit_entries SET committed = (SELECT committed FROM audit_entries WHERE seq = 2) WHERE seq = 3",
	"seal":              "UPDATE audit_entries SET mac = (SELECT mac FROM audit_entries WHERE seq = 2) WHERE seq = 3",
	"swapped":           "UPDATE audit_entries SET act = CASE seq WHEN 3 THEN 'act 5' ELSE 'act 3' END WHERE seq IN (3, 5)",
	"a value":           "UPDATE audit_personal SET text = (SELECT text FROM audit_personal WHERE seq = 2 AND part = 'value' AND place = 1) WHERE seq = 3 AND part = 'value' AND place = 0",
	"whose it was":      "UPDATE audit_personal SET text = salt WHERE seq = 3 AND part = 'id'",
	"removed":           "DELETE FROM audit_personal WHERE seq = 3; DELETE FROM audit_entries WHERE seq = 3",
	"the first":         "DELETE FROM audit_personal WHERE seq = 1; DELETE FROM audit_entries WHERE seq = 1",
	"cut off":           "DELETE FROM audit_personal WHERE seq > 4; DELETE FROM audit_entries WHERE seq > 4",
	"the head":          "UPDATE audit_head SET seq = 5",
	"the head's seal":   "UPDATE audit_head SET mac = start",
	"cut off with head": "DELETE FROM audit_personal WHERE seq > 4; DELETE FROM audit_entries WHERE seq > 4; UPDATE audit_head SET seq = 4, mac = (SELECT mac FROM audit_entries WHERE seq = 4)",
}

// Tampering changes the rows of a real audit log behind Manifold's back, and every change is found.
func Tampering(t *testing.T, make func(testing.TB) Database) {
	for name, sql := range tampering {
		t.Run(name, func(t *testing.T) {
			db := make(t)
			s := db.Open(t, store.Options{})
			for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
				r := record("act " + n)
				if n == "4" {
					r.Person = bob
				}
				r.Personal[0].Text += n
				must(t, s.Append(t.Context(), r))
			}
			noted, err := s.Head(t.Context())
			must(t, err)
			verified(t, s, noted)
			must(t, exec(t, db.(Engines).Engine(t), sql))
			var witnesses []audit.Head
			if name == "cut off with head" { // nothing that lies in the database can show it
				r, err := s.Verify(t.Context())
				must(t, err)
				if len(r.Problems) != 0 {
					t.Errorf("found without a head that was noted elsewhere: %v", r.Problems)
				}
				witnesses = []audit.Head{noted}
			}
			r, err := s.Verify(t.Context(), witnesses...)
			must(t, err)
			if len(r.Problems) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}
