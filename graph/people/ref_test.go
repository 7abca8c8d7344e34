package people_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
)

func TestPersonByEachRef(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	ann, err := o.Person(v, who, people.Ref{PipedriveUser: &people.VendorUser{UserID: "1"}})
	if err != nil || ann == nil {
		t.Fatalf("Ann by her Pipedrive number: %v, %v", ann, err)
	}
	id := o.ids.Person(ann.ID())
	for name, ref := range map[string]people.Ref{
		"id":                        {ID: &id},
		"address in other spelling": {Email: new(" ANN@example.COM ")},
		"Pipefy number":             {PipefyUser: &people.VendorUser{UserID: "900"}},
		"number in a named source":  {PipefyUser: &people.VendorUser{UserID: "900", Source: new("pf")}},
		"external user id":          {PipedreamUser: &people.ExternalUser{ExternalUserID: "ann@example.com"}},
	} {
		got, err := o.Person(v, who, ref)
		if err != nil || got == nil || got.ID() != ann.ID() {
			t.Errorf("by %s: %v, %v; want Ann", name, got, err)
		}
	}
}

// Nobody fits; but where a source that could hold them was never read, that is not known.
func TestPersonThatNobodyIs(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	for name, c := range map[string]struct {
		ref     people.Ref
		unknown bool
	}{
		"number":                  {people.Ref{PipedriveUser: &people.VendorUser{UserID: "77"}}, false},
		"id in a source read":     {people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: "ANN@example.com", Source: new("pr")}}, false}, // byte for byte
		"id in any source":        {people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: "ANN@example.com"}}, true},
		"id in a source not read": {people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: "ann@example.com", Source: new("pr-dev")}}, true},
		"address":                 {people.Ref{Email: new("nobody@example.com")}, true},
		"person id":               {people.Ref{ID: new(o.ids.Person(o.ids.PersonID(pipedriveKey("77"))))}, true},
	} {
		got, err := o.Person(v, who, c.ref)
		if got != nil || (err != nil) != c.unknown {
			t.Errorf("%s answers %v, %v", name, got, err)
		}
		if c.unknown && (fault.KindOf(err) != fault.SourceUnavailable || fault.From(err).Source != "pr-dev") {
			t.Errorf("%s: %v; want SOURCE_UNAVAILABLE of pr-dev", name, err)
		}
	}
	// All that could hold a Pipefy user was read.
	if got, err := o.Person(v, who, people.Ref{PipefyUser: &people.VendorUser{UserID: "77"}}); got != nil || err != nil {
		t.Errorf("an unknown Pipefy number answers %v, %v", got, err)
	}
}

func TestPersonRefusesBadRefs(t *testing.T) {
	o := newOffice(t)
	v, all := o.view(access.ReadScopes...)
	_, few := o.view(access.ScopeDirectoryRead)
	source := o.ids.Source("pd")
	for name, c := range map[string]struct {
		ref  people.Ref
		who  access.Principal
		kind fault.Kind
		says string
	}{
		"none":              {people.Ref{}, all, fault.BadUserInput, "0 were given"},
		"two":               {people.Ref{ID: new("x"), Email: new("y")}, all, fault.BadUserInput, "2 were given"},
		"no id at all":      {people.Ref{ID: new("x")}, all, fault.BadUserInput, ""},
		"id of a source":    {people.Ref{ID: &source}, all, fault.BadUserInput, "not of a person"},
		"empty number":      {people.Ref{PipedriveUser: &people.VendorUser{}}, all, fault.BadUserInput, "empty id"},
		"empty external id": {people.Ref{PipedreamUser: &people.ExternalUser{}}, all, fault.BadUserInput, "empty id"},
		"long external id":  {people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: strings.Repeat("ä", 251)}}, all, fault.BadUserInput, "250"},
		"unknown source":    {people.Ref{PipefyUser: &people.VendorUser{UserID: "900", Source: new("nope")}}, all, fault.BadUserInput, "Configured: pf"},
		"other's source":    {people.Ref{PipefyUser: &people.VendorUser{UserID: "900", Source: new("pd")}}, all, fault.BadUserInput, "Configured: pf"},
		"address, unscoped": {people.Ref{Email: new("ann@example.com")}, few, fault.Forbidden, "emails:read"},
	} {
		_, err := o.Person(v, c.who, c.ref)
		if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %s with %q", name, err, c.kind.Code(), c.says)
		}
	}
}

func TestSharedAddressIsAConflictWithItsCandidates(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ReadScopes...)
	_, err := o.Person(v, who, people.Ref{Email: new("desk@example.com")})
	f := fault.From(err)
	if f == nil || f.Kind != fault.Conflict || len(f.Candidates) != 2 {
		t.Fatalf("%+v; want a CONFLICT between two", f)
	}
	var names []string
	for _, id := range f.Candidates {
		p, err := o.Person(v, who, people.Ref{ID: &id})
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.DisplayName())
	}
	if slices.Sort(names); !slices.Equal(names, []string{"Cy One", "Di Two"}) {
		t.Errorf("candidates are %v", names)
	}
}
