package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

const auditorKey = "an-auditor-who-may-read-the-log-000"

func audited() setup {
	return setup{edit: func(cfg *config.Config) {
		cfg.InsecureNoAuthentication = false
		cfg.APIKeys = []config.APIKey{
			{Name: "frontend", Key: fewKey, Scopes: []string{"directory:read"}},
			{Name: "auditor", Key: auditorKey, Scopes: []string{"directory:read", "audit:read"}},
			{Name: "security", Key: allKey, Scopes: []string{"directory:read", "audit:read", "emails:read"}},
		}
	}}
}

const auditQuery = `query($f: AuditFilter, $n: Int, $after: String) { auditLog(first: $n, after: $after, filter: $f) { pageInfo { hasNextPage endCursor } nodes {
	number head at phase act principal client personId person { displayName } accounts { system account sourceId } sourceName placeId actionId step requestId
	correlationIds costs { sourceName calls tokens } result code reason before after isErased viewerCanReadAddress } } }`

func TestTheAuditLogIsAnsweredToWhoeverMayReadIt(t *testing.T) {
	t.Parallel()
	s := begin(t, audited())
	i, _ := s.someone(person.Pipedrive, ordinary)
	who := i.Person()
	for n := range 5 {
		r := audit.Record{
			Phase: audit.Intent, Act: fmt.Sprint("act", n), Actor: audit.Actor{Principal: "key:admin"}, Person: who.ID(), Identities: []person.Key{i.Key()},
			Source: i.Raw().Source, Request: "req", Personal: []audit.Value{{Name: audit.Reason, Text: "left"}, {Name: audit.Address, Text: "ann@acme.example"}},
		}
		if n == 4 {
			r.Phase, r.Result, r.Person, r.Identities = audit.Outcome, audit.Done, person.ID{}, nil
		}
		if err := s.app.Store().Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	get := func(key, query string, variables map[string]any) reply {
		return s.post(body(query, variables), as(key))
	}

	first := get(auditorKey, auditQuery, map[string]any{"n": 2})
	if len(first.Errors) > 0 || text(first.Data, "auditLog", "nodes", 0, "act") != "act4" || text(first.Data, "auditLog", "nodes", 1, "reason") != "left" {
		t.Fatalf("%s", first.raw)
	}
	if text(first.Data, "auditLog", "nodes", 1, "person", "displayName") != who.DisplayName() || text(first.Data, "auditLog", "nodes", 1, "accounts", 0, "sourceId") != i.Key().ID {
		t.Errorf("%s", first.raw)
	}
	var acts []string
	after, pages := any(nil), 0
	for more := true; more; pages++ {
		r := get(auditorKey, auditQuery, map[string]any{"n": 2, "after": after})
		for _, node := range items(r.Data, "auditLog", "nodes") {
			acts = append(acts, text(node, "act"))
		}
		more, _ = dig(r.Data, "auditLog", "pageInfo", "hasNextPage").(bool)
		after = dig(r.Data, "auditLog", "pageInfo", "endCursor")
	}
	if strings.Join(acts, " ") != "act4 act3 act2 act1 act0" || pages != 3 {
		t.Errorf("%d pages: %v", pages, acts)
	}
	count := func(f map[string]any) int {
		r := get(auditorKey, auditQuery, map[string]any{"f": f, "n": 100})
		if len(r.Errors) > 0 {
			t.Errorf("%v: %s", f, r.raw)
		}
		return len(items(r.Data, "auditLog", "nodes"))
	}
	soon, past := time.Now().Add(time.Hour).UTC().Format(time.RFC3339), time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for want, f := range map[int]map[string]any{
		4: {"person": s.app.IDOfPerson(who.ID())}, 1: {"act": "act2"}, 5: {"actor": "key:admin", "from": past, "to": soon}, 0: {"actor": "KEY:admin"},
	} {
		if n := count(f); n != want {
			t.Errorf("%v finds %d, want %d", f, n, want)
		}
	}
	// Who was erased is not named any more, and the entry is still there.
	if _, err := s.app.Store().Erase(t.Context(), store.Erasure{Identities: []person.Key{i.Key()}}); err != nil {
		t.Fatal(err)
	}
	gone := get(allKey, auditQuery, map[string]any{"f": map[string]any{"act": "act2"}, "n": 1})
	if dig(gone.Data, "auditLog", "nodes", 0, "reason") != nil || dig(gone.Data, "auditLog", "nodes", 0, "accounts", 0, "sourceId") != nil || dig(gone.Data, "auditLog", "nodes", 0, "isErased") != true {
		t.Errorf("%s", gone.raw)
	}
}

func TestTheAuditLogIsClosed(t *testing.T) {
	t.Parallel()
	s := begin(t, audited())
	if err := s.app.Store().Append(t.Context(), audit.Record{Act: "secret act", Personal: []audit.Value{{Name: audit.Address, Text: "ann@acme.example"}}}); err != nil {
		t.Fatal(err)
	}
	const list = `{ viewerCanReadAuditLog auditLog(first: 1) { nodes { act } } }`
	if r := s.post(body(list, nil), as(fewKey)); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || dig(r.Data, "viewerCanReadAuditLog") != false || strings.Contains(r.raw, "secret act") {
		t.Errorf("without the scope: %s", r.raw)
	}
	const address = `{ auditLog(first: 1) { nodes { address viewerCanReadAddress } } }`
	r := s.post(body(address, nil), as(auditorKey))
	if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || strings.Contains(r.raw, "ann@") || dig(r.Data, "auditLog", "nodes", 0, "viewerCanReadAddress") != false {
		t.Errorf("an address without emails:read: %s", r.raw)
	}
	if r := s.post(body(address, nil), as(allKey)); text(r.Data, "auditLog", "nodes", 0, "address") != "ann@acme.example" {
		t.Errorf("%s", r.raw)
	}
	for name, query := range map[string]string{
		"a cursor of another list": `{ people(first: 1) { pageInfo { endCursor } } }`,
		"an account's id":          fmt.Sprintf(`{ auditLog(filter: {person: %q}) { nodes { act } } }`, s.app.IDOf(person.Key{System: person.Pipefy, Account: "1", ID: "2"})),
		"no id":                    `{ auditLog(filter: {person: "x"}) { nodes { act } } }`,
		"a NUL":                    `{ auditLog(filter: {actor: "a\u0000"}) { nodes { act } } }`,
		"no time between":          `{ auditLog(filter: {from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z"}) { nodes { act } } }`,
		"too many":                 `{ auditLog(first: 101) { nodes { act } } }`,
	} {
		r := s.post(body(query, nil), as(auditorKey))
		if name == "a cursor of another list" {
			r = s.post(body(fmt.Sprintf(`{ auditLog(after: %q) { nodes { act } } }`, text(r.Data, "people", "pageInfo", "endCursor")), nil), as(auditorKey))
		}
		if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
			t.Errorf("%s: %s", name, r.raw)
		}
	}
}

// TestDeletedAccountsAreForgotten: once Pipedrive reports that a user was deleted, nothing beside the audit log names them.
func TestDeletedAccountsAreForgotten(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	var erased person.Key
	v := s.app.Current().View(access.Principal{})
	for _, source := range v.Sources() {
		page, err := v.Identities(source, directory.Window{First: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Nodes() {
			if i.Raw().State == person.StateErased {
				erased = i.Key()
			}
		}
	}
	if erased.IsZero() {
		t.Fatal("nobody in this world was deleted")
	}
	other, _ := s.someone(person.Pipedrive, ordinary)
	for _, k := range []person.Key{erased, other.Key()} {
		if err := s.app.Store().Append(t.Context(), audit.Record{Act: "a", Identities: []person.Key{k}, Personal: []audit.Value{{Name: audit.Reason, Text: "r"}}}); err != nil {
			t.Fatal(err)
		}
	}
	s.app.Forget(context.Background())
	rows, err := s.app.Store().AuditPage(t.Context(), audit.Filter{Act: "a"}, 0, 9)
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	if _, gone, _ := rows[1].Value(audit.Reason); !gone || !rows[1].IDs[0].Erased {
		t.Errorf("whoever was deleted is still named: %+v", rows[1])
	}
	if _, gone, _ := rows[0].Value(audit.Reason); gone {
		t.Error("another was forgotten as well")
	}
	if r, err := s.app.Store().Verify(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
