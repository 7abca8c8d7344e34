package people_test

import (
	"context"
	"testing"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/history"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

var dreamKeys = []person.Key{
	{System: person.Pipedream, Account: "proj_a/production", ID: "ann@example.com"},
	{System: person.Pipedream, Account: "proj_a/production", ID: "someone-who-left@example.com"},
	{System: person.Pipedream, Account: "proj_a/production", ID: "user-7"},
}

// told is a history, and an audit log, of one entry for each of dreamKeys.
type told struct{ history.Store }

func (told) Changes(context.Context, history.Page) ([]history.Change, bool, error) {
	var all []history.Change
	for _, k := range dreamKeys {
		all = append(all, history.Change{Kind: history.Left, Identity: k})
	}
	return all, false, nil
}

func (told) AuditPage(context.Context, audit.Filter, int64, int) ([]audit.Row, error) {
	var row audit.Row
	row.Seq = 1
	for _, k := range dreamKeys {
		row.Subjects = append(row.Subjects, audit.Subject{System: k.System, Account: k.Account})
		row.IDs = append(row.IDs, audit.Kept{Text: k.ID})
	}
	return []audit.Row{row}, nil
}

// Customers choose the ids of external users, and often choose addresses: wherever an id is told, such a one is an address.
func TestAnIDThatMayBeAnAddressNeedsItsScope(t *testing.T) {
	o := newOffice(t)
	for _, may := range []bool{true, false} {
		scopes := []access.Scope{access.ScopeDirectoryRead, access.ScopeHistoryRead, access.ScopeAuditRead}
		if may {
			scopes = append(scopes, access.ScopeEmailsRead)
		}
		v, who := o.view(scopes...)
		check := func(where, got, id string, err error) {
			t.Helper()
			if open := may || id == "user-7"; open && (got != id || err != nil) {
				t.Errorf("%s is %q, %v; want %q", where, got, err, id)
			} else if !open && (got != "" || fault.KindOf(err) != fault.Forbidden) {
				t.Errorf("%s is %q, %v; want FORBIDDEN", where, got, err)
			}
		}
		i, _ := v.Identity(dreamKeys[0])
		user := people.AccountOf(i).(people.PipedreamUser)
		id, err := user.SourceID()
		check("sourceId", id, dreamKeys[0].ID, err)
		id, err = user.ExternalUserID()
		check("externalUserId", id, dreamKeys[0].ID, err)

		changes, err := o.Changes(t.Context(), v, told{}, people.Paging{}, nil)
		if err != nil || len(changes.Nodes()) != len(dreamKeys) {
			t.Fatal(changes, err)
		}
		for n, c := range changes.Nodes() {
			id, err := c.SourceID()
			check("Change.sourceId", id, dreamKeys[n].ID, err)
		}
		page, err := o.Audit(t.Context(), told{}, v, who, nil, people.Paging{})
		if err != nil || len(page.Nodes()) != 1 {
			t.Fatal(page, err)
		}
		for n, a := range page.Nodes()[0].Accounts() {
			text := ""
			id, err := a.SourceID()
			if id != nil {
				text = *id
			}
			check("AuditAccount.sourceId", text, dreamKeys[n].ID, err)
		}
	}
}

// A reference by an address is refused before it is looked for: the refusal of one that exists is that of one that does not.
func TestAnIDThatMayBeAnAddressIsNoOracle(t *testing.T) {
	o := newOffice(t)
	v, who := o.view(access.ScopeDirectoryRead)
	refuse := func(id string, source *string) string {
		p, err := o.Person(v, who, people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: id, Source: source}})
		if p != nil || fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%q answers %v, %v; want FORBIDDEN", id, p, err)
			return ""
		}
		return err.Error()
	}
	for _, source := range []*string{nil, new("pr"), new("pr-dev"), new("no such source")} {
		if there, not := refuse("ann@example.com", source), refuse("nobody@example.com", source); there != not {
			t.Errorf("whether it exists shows: %q, %q", there, not)
		}
	}
	if p, err := o.Person(v, who, people.Ref{PipedreamUser: &people.ExternalUser{ExternalUserID: "user-7", Source: new("pr")}}); p != nil || err != nil {
		t.Errorf("an id that is no address answers %v, %v", p, err)
	}
}
