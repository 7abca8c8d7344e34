package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

// TestNobodyTakesTheirOwnAccessByMistake comes with tokens: who somebody is, their identity provider says.
func TestNobodyTakesTheirOwnAccessByMistake(t *testing.T) {
	k := oidctest.RSA("r")
	i := oidctest.Start(t, k)
	s := begin(t, setup{edit: func(c *config.Config) {
		acting().edit(c)
		withIssuer(i)(c)
		write := []string{"directory:read", "pipedrive:write", "pipefy:write", "pipedream:write", "actions:read"}
		c.Roles = append(c.Roles, config.Role{Name: "desk", Scopes: write}, config.Role{Name: "chief", Scopes: append(slices.Clone(write), "acts:force")})
		c.OIDC[0].Roles["desk"], c.OIDC[0].Roles["chiefs"] = []string{"desk"}, []string{"chief"}
	}})
	me, id := s.someone(person.Pipedrive, func(i directory.Identity) bool {
		return ordinary(i) && i.Raw().Email != "" && len(s.app.Current().View(access.Principal{}).PeopleByEmail(i.Raw().Email)) == 1
	})
	other, otherID := s.someone(person.Pipedrive, func(i directory.Identity) bool { return ordinary(i) && i.Person().ID() != me.Person().ID() })
	self := s.app.IDOfPerson(me.Person().ID())
	token := func(role string, verified bool) string {
		return bearer(holding(t, i, k, []string{role}, map[string]any{"email": strings.ToUpper(me.Raw().Email), "email_verified": verified}))
	}
	act := func(who, mutation string, pairs ...any) any {
		t.Helper()
		r := s.post(body("mutation { "+mutation+"(input: "+input(append(pairs, "reason", "a test says so")...)+") { planToken action { id } userErrors { code field message } } }", nil), who)
		if len(r.Errors) > 0 {
			t.Fatalf("%s: %s", mutation, r.raw)
		}
		return dig(r.Data, mutation)
	}
	refused := func(payload any, code, field string) bool {
		return dig(payload, "action") == nil && dig(payload, "planToken") == nil && slices.ContainsFunc(items(payload, "userErrors"), func(e any) bool {
			return text(e, "code") == code && text(e, "field", 1) == field
		})
	}

	desk := token("desk", true)
	if p := act(desk, "setPipedriveUserActive", "userId", id, "active", false); !refused(p, "SELF", "userId") || !strings.Contains(text(p, "userErrors", 0, "message"), "acts:force") {
		t.Errorf("deactivating oneself: %v", p)
	}
	if p := act(desk, "offboardPerson", "personIds", []string{otherID, self}, "dryRun", true); !refused(p, "INVALID", "personIds") {
		t.Errorf("an account is no person: %v", p)
	}
	if p := act(desk, "offboardPerson", "personIds", []string{s.app.IDOfPerson(other.Person().ID()), self}, "dryRun", true); !refused(p, "SELF", "personIds") {
		t.Errorf("offboarding oneself among others: %v", p)
	}
	if p := act(desk, "setPipedriveUserActive", "userId", id, "active", false, "force", true); !refused(p, "INVALID", "force") {
		t.Errorf("forcing without the scope: %v", p)
	}
	if p := act(token("chiefs", true), "setPipedriveUserActive", "userId", id, "active", false); !refused(p, "SELF", "userId") {
		t.Errorf("the scope alone forces: %v", p)
	}
	if active, _ := s.simUser(me.Key()); !active {
		t.Fatal("what was refused was done")
	}
	// Others are not oneself, and an address that nobody has verified may be anybody's.
	if p := act(desk, "offboardPerson", "personIds", []string{s.app.IDOfPerson(other.Person().ID())}, "dryRun", true); dig(p, "planToken") == nil {
		t.Errorf("offboarding somebody else: %v", p)
	}
	if p := act(token("desk", false), "setPipedriveUserActive", "userId", id, "active", false, "dryRun", true); len(items(p, "userErrors")) > 0 {
		t.Errorf("an address that is not verified: %v", p)
	}
	if p := act(token("chiefs", true), "setPipedriveUserActive", "userId", id, "active", false, "force", true); len(items(p, "userErrors")) > 0 {
		t.Fatalf("forced: %v", p)
	}
	s.until("the user is inactive", func() bool { active, _ := s.simUser(me.Key()); return !active })
	if logged, _ := s.log.all(); strings.Contains(strings.ToLower(logged), strings.ToLower(me.Raw().Email)) {
		t.Error("the log tells the caller's address")
	}
}
