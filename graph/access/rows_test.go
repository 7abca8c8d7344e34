package access_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
)

var (
	names   = []string{"a", "b", "c d"}
	someSet = rapid.Custom(func(t *rapid.T) access.Set {
		if rapid.Bool().Draw(t, "all") {
			return access.Set{}
		}
		return access.Only(rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, "names")...)
	})
	someRows = rapid.Custom(func(t *rapid.T) access.Rows {
		return access.Rows{Sources: someSet.Draw(t, "sources"), EmailDomains: someSet.Draw(t, "domains"), ShowAddressless: rapid.Bool().Draw(t, "addressless")}
	})
)

// shows spells out what rows show: every source, with an address in every domain and without one.
func shows(r access.Rows) (all [4][4]bool) {
	for i, source := range append(names, "other") {
		for j, domain := range append(names, "") {
			addressless := domain == ""
			all[i][j] = r.Sources.Has(source) && (r.EmailDomains.All() || addressless && r.ShowAddressless || !addressless && r.EmailDomains.Has(domain))
		}
	}
	return all
}

// A limit that any role has holds, whatever the others say.
func TestRowsOfSeveralRolesAreWhatAllAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someRows.Draw(t, "a"), someRows.Draw(t, "b")
		both := access.Grant("x", access.Role{Rows: a}, access.Role{Rows: b}).Rows()
		for i, row := range shows(both) {
			for j, shown := range row {
				if shown != (shows(a)[i][j] && shows(b)[i][j]) {
					t.Fatalf("%s and %s are %s: %d, %d shown is %v", a.Key(), b.Key(), both.Key(), i, j, shown)
				}
			}
		}
		if other := access.Grant("y", access.Role{Rows: b}, access.Role{Rows: a}); other.Sight() != access.Grant("x", access.Role{Rows: both}).Sight() {
			t.Fatalf("one sight has two names: %q", other.Sight())
		}
	})
}

// Two principals share answers exactly when they see the same.
func TestSightTellsDifferentRowsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someRows.Draw(t, "a"), someRows.Draw(t, "b")
		if (a.Key() == b.Key()) && shows(a) != shows(b) {
			t.Fatalf("%q shows two things", a.Key())
		}
	})
	if a, b := access.Only("a", "b"), access.Only(`a" "b`); (access.Rows{Sources: a}).Key() == (access.Rows{Sources: b}).Key() {
		t.Error("a name can pretend to be two")
	}
}

func TestScopesOfRolesAddUp(t *testing.T) {
	p := access.Grant("x",
		access.Role{Name: "b", Scopes: []access.Scope{access.ScopeEmailsRead}},
		access.Role{Name: "a", Scopes: []access.Scope{access.ScopeDirectoryRead, access.ScopeEmailsRead}, Rows: access.Rows{Sources: access.Only("sales")}})
	if !p.Has(access.ScopeDirectoryRead) || !p.Has(access.ScopeEmailsRead) || p.Has(access.ScopePhonesRead) {
		t.Errorf("scopes %v", p.ScopeNames())
	}
	if p.Rows().All() || p.Rows().Sources.Has("office") {
		t.Error("a role without limits lifted another's")
	}
	if got := p.Roles(); len(got) != 2 || got[0] != "a" {
		t.Errorf("roles %v", got)
	}
}

// TestTheAuditLogGoesToNobodyWhoSeesAPart: it tells of everybody.
func TestTheAuditLogGoesToNobodyWhoSeesAPart(t *testing.T) {
	auditor := access.Role{Scopes: []access.Scope{access.ScopeDirectoryRead, access.ScopeAuditRead}}
	if _, ok := access.Grant("x", auditor).Allowed("Query", "auditLog"); !ok {
		t.Error("whoever sees all rows and has the scope may not read it")
	}
	part := access.Grant("x", auditor, access.Role{Rows: access.Rows{Sources: access.Only("sales")}})
	if missing, ok := part.Allowed("Query", "auditLog"); ok || missing != access.ScopeAuditRead {
		t.Errorf("whoever sees a part may: %t, missing %q", ok, missing)
	}
}
