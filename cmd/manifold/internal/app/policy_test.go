package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

const (
	fewKey   = "key-of-a-client-with-few-scopes"
	allKey   = "key-of-a-client-with-all-scopes"
	emptyKey = "key-of-a-client-with-no-directory"
)

func withKeys(c *config.Config) {
	c.APIKeys = []config.APIKey{
		{Name: "few", Key: fewKey, Scopes: []string{"directory:read"}},
		{Name: "all", Key: allKey},
		{Name: "billing", Key: emptyKey, Scopes: []string{"budgets:read"}},
	}
}

func as(key string) string { return "X-Api-Key: " + key }

func TestKeysOpenWhatTheirScopesSay(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	if r := s.post(body(`{ viewer { name } }`, nil)); r.Status != 401 || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "UNAUTHENTICATED" {
		t.Errorf("without a key: %d %s", r.Status, r.raw)
	}
	if r := s.post(body(`{ viewer { name } }`, nil), as("some-other-key-of-some-other-server")); r.Status != 401 {
		t.Errorf("with a wrong key: %d %s", r.Status, r.raw)
	}
	few := s.post(body(`{ viewer { name scopes } }`, nil), as(fewKey))
	if text(few.Data, "viewer", "name") != "key:few" || fmt.Sprint(items(few.Data, "viewer", "scopes")) != "[directory:read]" {
		t.Errorf("the viewer is %v", few.Data)
	}
	none := s.post(body(`{ viewer { name } people(first: 1) { totalCount } sources { name } }`, nil), as(emptyKey))
	if text(none.Data, "viewer", "name") != "key:billing" || none.Data["people"] != nil || none.Data["sources"] != nil || len(none.Errors) != 2 {
		t.Errorf("a key that may not read people: %s", none.raw)
	}
	if len(none.Extensions.Manifold.Freshness) > 0 {
		t.Errorf("extensions tell of sources that the key may not read: %s", none.raw)
	}
}

func TestForbiddenFieldsAreNullAndTheirSiblingsGoOn(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	const query = `{ people(first: 1, filter: {presentIn: [PIPEDRIVE, PIPEFY, PIPEDREAM]}) { nodes { displayName
		emails primaryEmail grants(first: 1) { totalCount } links { rule evidence }
		pipedriveUsers { companyId isAdmin permissions { name } roleAssignments { name } roleSettings { name } followers { totalCount } phone access { app } email }
		pipefyUsers { sourceId organizationRole pipeMemberships { totalCount } }
		pipedreamUsers { projectId accounts { totalCount } effectiveAccount(app: "slack") { accountId } deployedTriggers { name } } } }
		sources { name budget { spent } }
		resources(first: 1) { totalCount } linkSuggestions { totalCount } linkConflicts { totalCount } }`
	before := s.callCount()
	r := s.post(body(query, nil), as(fewKey))
	if n := s.callCount() - before; n != 0 {
		t.Errorf("what nobody may see was read in %d calls", n)
	}
	person := dig(r.Data, "people", "nodes", 0)
	for _, open := range []string{text(person, "displayName"), text(person, "pipedriveUsers", 0, "companyId"),
		text(person, "pipefyUsers", 0, "sourceId"), text(person, "pipedreamUsers", 0, "projectId"),
		text(person, "links", 0, "rule"), text(r.Data, "sources", 0, "name")} {
		if open == "" {
			t.Errorf("a sibling of a forbidden field is gone: %s", r.raw)
		}
	}
	want := map[string]string{
		"emails": "emails:read", "primaryEmail": "emails:read", "evidence": "emails:read", "email": "emails:read",
		"grants": "grants:read", "access": "grants:read", "organizationRole": "grants:read", "pipeMemberships": "grants:read",
		"accounts": "grants:read", "effectiveAccount": "grants:read", "resources": "grants:read",
		"permissions": "permissions:read", "roleAssignments": "permissions:read", "roleSettings": "permissions:read",
		"followers": "permissions:read", "deployedTriggers": "permissions:read", "phone": "phones:read", "isAdmin": "grants:read",
		"budget": "budgets:read", "linkSuggestions": "links:read", "linkConflicts": "links:read",
	}
	seen := map[string]bool{}
	for _, e := range r.Errors {
		field := fmt.Sprint(e.Path[len(e.Path)-1])
		seen[field] = true
		if e.Extensions.Code != "FORBIDDEN" || want[field] == "" || !strings.Contains(e.Message, want[field]) || dig(r.Data, number(e.Path)...) != nil {
			t.Errorf("%s: %+v", e.at(), e)
		}
	}
	for field := range want {
		if !seen[field] {
			t.Errorf("%s was shown, or hidden without a word", field)
		}
	}
	if all := s.post(body(query, nil), as(allKey)); len(all.Errors) > 0 {
		t.Errorf("a key with all scopes: %+v", all.Errors)
	}
}

// What a client may not see, it may not ask about either.
func TestForbiddenFiltersAndOrdersAreRefused(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	for scope, arguments := range map[string][]string{
		"emails:read": {`filter: {emailDomains: ["acme.example"]}`, `filter: {search: "a", searchIn: [EMAIL]}`, `orderBy: {field: PRIMARY_EMAIL}`},
		"grants:read": {`filter: {roles: ["admin"]}`, `filter: {levels: [ADMIN]}`, `filter: {apps: ["sales"]}`},
	} {
		for _, a := range arguments {
			r := s.post(body(`{ people(first: 1, `+a+`) { totalCount } }`, nil), as(fewKey))
			if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" || !strings.Contains(r.Errors[0].Message, scope) || r.Data["people"] != nil {
				t.Errorf("%s: %s", a, r.raw)
			}
			if r := s.post(body(`{ people(first: 1, `+a+`) { totalCount } }`, nil), as(allKey)); len(r.Errors) > 0 {
				t.Errorf("%s with all scopes: %s", a, r.raw)
			}
		}
	}
	if r := s.post(body(`{ person(by: {email: "a@acme.example"}) { id } }`, nil), as(fewKey)); len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Errorf("looking an address up: %s", r.raw)
	}
	// A search that names no place looks only where its client may look.
	unnamed := s.post(body(`{ people(filter: {search: "acme.example"}) { totalCount } }`, nil), as(fewKey))
	if n := dig(unnamed.Data, "people", "totalCount"); n != 0.0 {
		t.Errorf("%v people were found by an address that this client may not see", n)
	}
	names := s.post(body(`{ people(first: 100) { nodes { displayName identities { displayName } } } }`, nil), as(fewKey))
	if strings.Contains(names.raw, "@") || len(items(names.Data, "people", "nodes")) != 100 {
		t.Errorf("addresses stand in for names: %.500s", names.raw)
	}
}

// What customers call their users by is often an address: it is shown, and looked up, as one.
func TestExternalUserIDsThatAreAddressesNeedTheirScope(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	const list = `{ people(first: 25, filter: {systems: [PIPEDREAM]}) { nodes { identities { sourceId ... on PipedreamUser { also: sourceId externalUserId } } pipedreamUsers { externalUserId sourceId } } } }`
	all, few := s.post(body(list, nil), as(allKey)), s.post(body(list, nil), as(fewKey))
	if strings.Contains(few.raw, "@") {
		t.Errorf("an address is shown: %.1000s", few.raw)
	}
	refused := map[string]bool{}
	for _, e := range few.Errors {
		if e.Extensions.Code != "FORBIDDEN" || !strings.Contains(e.Message, "emails:read") {
			t.Errorf("%s: %+v", e.at(), e)
		}
		refused[fmt.Sprint(number(e.Path))] = true
	}
	hidden, shown, address := 0, 0, ""
	for n, person := range items(all.Data, "people", "nodes") {
		for k, user := range items(person, "pipedreamUsers") {
			for _, field := range []string{"externalUserId", "sourceId"} {
				path := []any{"people", "nodes", n, "pipedreamUsers", k, field}
				id, got := text(user, field), dig(few.Data, path...)
				switch {
				case strings.Contains(id, "@"):
					hidden, address = hidden+1, id
					if got != nil || !refused[fmt.Sprint(path)] {
						t.Errorf("%v is %v, refused: %v", path, got, refused[fmt.Sprint(path)])
					}
				default:
					shown++
					if got != id {
						t.Errorf("%v is %v, not %q", path, got, id)
					}
				}
			}
		}
	}
	if hidden == 0 || shown == 0 {
		t.Fatalf("%d ids are addresses and %d are not: this shows nothing", hidden, shown)
	}
	const by = `query($id: String!) { person(by: {pipedreamUser: {externalUserId: $id}}) { id } }`
	there := s.post(body(by, map[string]any{"id": address}), as(fewKey))
	not := s.post(body(by, map[string]any{"id": "nobody@nowhere.example"}), as(fewKey))
	if there.raw != not.raw || len(there.Errors) != 1 || there.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Errorf("of an address that exists: %s\nof one that does not: %s", there.raw, not.raw)
	}
	if r := s.post(body(by, map[string]any{"id": address}), as(allKey)); len(r.Errors) > 0 || text(r.Data, "person", "id") == "" {
		t.Errorf("with the scope: %s", r.raw)
	}
}

func TestEveryAnswerSaysCostAndFreshness(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys})
	for query, key := range map[string]string{
		`{ viewer { name } }`:                 allKey,
		`{ people(first: 1) { totalCount } }`: fewKey,
		`{ people(first: 0) { totalCount } }`: allKey,
		`{ __schema { queryType { name } } }`: allKey,
	} {
		r := s.post(body(query, nil), as(key))
		m := r.Extensions.Manifold
		if len(m.Cost) != 5 || len(m.Freshness) != 5 {
			t.Errorf("%s: cost of %d sources, freshness of %d", query, len(m.Cost), len(m.Freshness))
		}
		for _, f := range m.Freshness {
			if f.Health != "OK" || f.IsStale || f.ObservedAt == nil {
				t.Errorf("%s: %+v", query, f)
			}
		}
		for source, cost := range m.Cost {
			limited := strings.HasPrefix(source, "pipedr") && key == allKey
			if (cost.Remaining != nil) != limited {
				t.Errorf("%s by %s: what is left of %s is %v", query, key, source, cost.Remaining)
			}
		}
	}
}
