package app_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/authn"
)

const (
	internKey = "key-of-an-intern-0123456789"
	formerKey = "key-of-a-former-client-01234"
)

// withRoles gives an intern, by digest, a role that sees no address and may spend one live read.
func withRoles(c *config.Config) {
	c.Roles = []config.Role{{Name: "analyst", Scopes: []string{"directory:read", "permissions:read"}, Allowance: config.Allowance{Pipedrive: 10}}}
	c.APIKeys = []config.APIKey{
		{Name: "all", Key: allKey},
		{Name: "intern", Digest: authn.DigestOf(internKey).String(), Roles: []string{"analyst"}},
		{Name: "former", Key: formerKey, Expires: "2020-01-01T00:00:00Z"},
	}
}

func TestARoleBoundsWhatItsClientsSeeAndSpend(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withRoles})
	r := s.post(body(`{ viewer { name } people(first: 1) { nodes { displayName primaryEmail } } }`, nil), as(internKey))
	if text(r.Data, "viewer", "name") != "key:intern" || text(r.Data, "people", "nodes", 0, "displayName") == "" || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Errorf("%s", r.raw)
	}
	const dear = `{ people(first: 3, filter: {systems: [PIPEDRIVE]}) { nodes { pipedriveUsers { permissions { name } } } } }`
	if r := s.post(body(dear, nil), as(internKey)); !strings.Contains(r.raw, "BUDGET_EXHAUSTED") {
		t.Errorf("the role's allowance bounds nothing: %.600s", r.raw)
	}
	if r := s.post(body(dear, nil), as(allKey)); len(r.Errors) > 0 {
		t.Errorf("another client is bounded by it: %.600s", r.raw)
	}
}

func TestAKeyKnowsItsEnd(t *testing.T) {
	t.Parallel()
	const end = "2999-12-31T00:00:00Z"
	s := begin(t, setup{unready: true, edit: func(c *config.Config) {
		c.APIKeys = []config.APIKey{{Name: "all", Key: allKey, Expires: end}, {Name: "few", Key: fewKey}}
	}})
	for key, want := range map[string]string{allKey: end, fewKey: ""} {
		if r := s.post(body(`{ viewer { expiresAt } }`, nil), as(key)); len(r.Errors) > 0 || text(r.Data, "viewer", "expiresAt") != want {
			t.Errorf("want %q: %s", want, r.raw)
		}
	}
}

func TestWrongKeysAreRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withRoles})
	query := body(`{ viewer { name } }`, nil)
	if r := s.post(query, as(formerKey)); r.Status != 401 || !strings.Contains(r.raw, "expired") {
		t.Errorf("%d %s", r.Status, r.raw)
	}
	for range 20 {
		s.post(query, as("a-key-that-somebody-guesses"))
	}
	if r := s.post(query, as("a-key-that-somebody-guesses")); r.Status != 429 || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "RATE_LIMITED" {
		t.Errorf("%d %s", r.Status, r.raw)
	}
	if r := s.post(query, as(internKey)); r.Status != 200 {
		t.Errorf("a known key is locked out: %d %s", r.Status, r.raw)
	}
}

// TestAnEnumerationIsToldToWait asks for the same people twice within a minute, with a key that may see them once.
func TestAnEnumerationIsToldToWait(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: func(c *config.Config) {
		c.Roles = []config.Role{{Name: "intern", Scopes: []string{"directory:read"}, ObjectsPerMinute: 50}}
		c.APIKeys = []config.APIKey{{Name: "all", Key: allKey}, {Name: "intern", Key: internKey, Roles: []string{"intern"}}}
	}})
	const page = `{ people(first: 50) { nodes { id } } }`
	if r := s.post(body(page, nil), as(internKey)); r.Status != 200 || len(r.Errors) > 0 {
		t.Fatalf("%d %s", r.Status, r.raw)
	}
	for _, media := range []string{"application/json", "application/graphql-response+json"} {
		r := s.post(body(page, nil), as(internKey), "Accept: "+media)
		if r.Status != 429 || len(r.Errors) != 1 || r.Errors[0].Extensions.Code != "RATE_LIMITED" || strings.Contains(r.raw, `"data"`) {
			t.Errorf("%s: %d %s", media, r.Status, r.raw)
		}
		if wait, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
			t.Errorf("%s: Retry-After %q", media, r.header.Get("Retry-After"))
		}
	}
	if r := s.post(body(`{ people(first: 51) { nodes { id } } }`, nil), as(internKey)); r.Status != 200 || r.Errors[0].Extensions.Code != "COST_LIMIT_EXCEEDED" {
		t.Errorf("what can never be answered is told to wait: %d %s", r.Status, r.raw)
	}
	if r := s.post(body(page, nil), as(allKey)); len(r.Errors) > 0 {
		t.Errorf("another client waits for it: %s", r.raw)
	}
}

// An address that has got too much wrong is seen by the operator.
func TestLimitedAddressesAreCounted(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{edit: withKeys, unready: true})
	limited := 0
	for i := range 15 {
		if r := s.post(body(`{ viewer { name } }`, nil), fmt.Sprintf("X-Api-Key: a-wrong-key-of-this-test-%d", i)); r.Status == http.StatusTooManyRequests {
			limited++
		}
	}
	want := fmt.Sprintf("manifold_authentication_limited_total %d\n", limited)
	if metrics := string(s.fetch("/metrics", as(allKey))); limited < 4 || !strings.Contains(metrics, want) || !strings.Contains(metrics, `manifold_connections_shed_total{reason="total"} 0`) {
		t.Errorf("%d were limited: %.300s", limited, metrics)
	}
}
