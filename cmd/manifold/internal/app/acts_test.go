package app_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// acting is a stage whose lost answers are looked for soon.
func acting() setup {
	return setup{edit: func(cfg *config.Config) {
		cfg.Acts.Call, cfg.Acts.Grace = 3*time.Second, 50*time.Millisecond
	}}
}

// input spells an input object of GraphQL; pairs are names and values.
func input(pairs ...any) string {
	var b strings.Builder
	b.WriteString("{")
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			fmt.Fprintf(&b, "%s: %s, ", pairs[i], strconv.Quote(v))
		case []string:
			quoted := make([]string, len(v))
			for n, s := range v {
				quoted[n] = strconv.Quote(s)
			}
			fmt.Fprintf(&b, "%s: [%s], ", pairs[i], strings.Join(quoted, ", "))
		default:
			fmt.Fprintf(&b, "%s: %v, ", pairs[i], v)
		}
	}
	return b.String() + "}"
}

const (
	stepFields = `steps { kind state sourceName identityId identity { id } email role accountId message code attempts isReconciled calls tokens place { name }
		goes { accounts { accountId app } triggers { triggerId type } pipes { id name } tables { id name } cardAssignments } }`
	actionFields = `action { id act state actor reason endedAt ` + stepFields + ` } userErrors { code message field }`
	planFields   = `plan { act ` + stepFields + ` crossedLinks { trust rule } untrustedLinks { trust rule } costs { source { name } calls tokens } } planToken `
)

// act sends one mutation and answers its payload.
func (s *stage) act(mutation string, pairs ...any) map[string]any {
	s.t.Helper()
	return s.actWith(actionFields, mutation, pairs...)
}

func (s *stage) actWith(fields, mutation string, pairs ...any) map[string]any {
	s.t.Helper()
	if !slices.Contains(pairs, any("reason")) {
		pairs = append(pairs, "reason", "a test says so")
	}
	r := s.ask("mutation { " + mutation + "(input: " + input(pairs...) + ") { " + fields + " } }")
	payload, _ := dig(r.Data, mutation).(map[string]any)
	return payload
}

// preview asks with dryRun and answers plan and token.
func (s *stage) preview(mutation string, pairs ...any) (plan map[string]any, token string) {
	s.t.Helper()
	p := s.actWith(planFields+actionFields, mutation, append(pairs, "dryRun", true)...)
	if errs := items(p, "userErrors"); len(errs) > 0 {
		s.t.Fatalf("%s would not be done: %v", mutation, errs)
	}
	plan, _ = dig(p, "plan").(map[string]any)
	return plan, text(p, "planToken")
}

// done previews, carries out, and wants every step to have ended in a state.
func (s *stage) done(state, mutation string, pairs ...any) map[string]any {
	s.t.Helper()
	_, token := s.preview(mutation, pairs...)
	return s.ended(state, s.act(mutation, append(pairs, "planToken", token)...))
}

// ended waits for an action and wants every step of it to have ended in a state.
func (s *stage) ended(state string, payload map[string]any) map[string]any {
	s.t.Helper()
	if errs := items(payload, "userErrors"); len(errs) > 0 {
		s.t.Fatalf("refused: %v", errs)
	}
	a := s.await(text(payload, "action", "id"))
	for _, step := range items(a, "steps") {
		if text(step, "state") != state {
			s.t.Fatalf("a step is %s, not %s: %v", text(step, "state"), state, step)
		}
	}
	return a
}

// await asks for an action until it has ended.
func (s *stage) await(id string) map[string]any {
	s.t.Helper()
	var a map[string]any
	s.until("the action has ended", func() bool {
		r := s.ask(`query($id: ID!) { node(id: $id) { ... on Action { id act state actor reason endedAt `+stepFields+` } } }`, "id", id)
		a, _ = dig(r.Data, "node").(map[string]any)
		return dig(a, "endedAt") != nil
	})
	return a
}

// someone finds an identity of a system that fits.
func (s *stage) someone(system person.System, fits func(directory.Identity) bool) (directory.Identity, string) {
	s.t.Helper()
	v := s.app.Current().View(access.Principal{})
	for _, source := range v.Sources() {
		if source.System() != system {
			continue
		}
		page, _ := v.Identities(source, directory.Window{First: 10_000})
		for _, i := range page.Nodes() {
			if fits(i) {
				return i, s.app.IDOf(i.Key())
			}
		}
	}
	s.t.Fatalf("nobody in %s fits", system)
	return directory.Identity{}, ""
}

func ordinary(i directory.Identity) bool {
	if i.Source().State().CredentialOwner == i.Key() || i.Raw().State != person.StateActive {
		return false
	}
	return !slices.ContainsFunc(i.Raw().Grants, func(g person.Grant) bool { return g.Level >= person.LevelAdmin })
}

func (s *stage) simUser(key person.Key) (active, found bool) {
	company, _ := strconv.ParseInt(key.Account, 10, 64)
	for _, u := range s.world.PipedriveServer.Users(company) {
		if strconv.FormatInt(u.ID, 10) == key.ID {
			return u.Active, true
		}
	}
	return false, false
}

func TestSetPipedriveUserActive(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipedrive, ordinary)
	s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", false))
	if active, found := s.simUser(i.Key()); active || !found {
		t.Errorf("the user is active %v, found %v", active, found)
	}
	if r := s.ask(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { activeFlag isActive } } }`, "id", id); dig(r.Data, "node", "activeFlag") != false {
		t.Errorf("the picture does not follow: %v", r.Data)
	}
	log := s.ask(`{ auditLog(first: 1) { nodes { phase correlationIds costs { calls } } } }`).Data
	if told := items(log, "auditLog", "nodes", 0, "correlationIds"); text(log, "auditLog", "nodes", 0, "phase") != "OUTCOME" || len(told) == 0 {
		t.Errorf("the audit log does not tell the vendor's ids of the calls: %v", log)
	}
	s.ended("ALREADY_SO", s.act("setPipedriveUserActive", "userId", id, "active", false))
	s.ended("DONE", s.act("setPipedriveUserActive", "userId", id, "active", true))
	if active, _ := s.simUser(i.Key()); !active {
		t.Error("the user was not activated again")
	}
}

func TestAddPipedriveUser(t *testing.T) {
	s := begin(t, acting())
	i, _ := s.someone(person.Pipedrive, ordinary)
	source := string(i.Raw().Source)
	a := s.ended("DONE", s.act("addPipedriveUser", "source", source, "email", "new.colleague@acme.example", "apps", []string{"sales"}, "idempotencyKey", "k1"))
	again := s.act("addPipedriveUser", "source", source, "email", "new.colleague@acme.example", "apps", []string{"sales"}, "idempotencyKey", "k1")
	if text(again, "action", "id") != text(a, "id") {
		t.Errorf("the same key made another action: %v", again)
	}
	if other := s.act("addPipedriveUser", "source", source, "email", "other@acme.example", "idempotencyKey", "k1"); text(other, "userErrors", 0, "code") != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("another input under the key: %v", other)
	}
	company, _ := strconv.ParseInt(i.Key().Account, 10, 64)
	n := 0
	for _, u := range s.world.PipedriveServer.Users(company) {
		if u.Email == "new.colleague@acme.example" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the company has %d such users", n)
	}
	r := s.ask(`{ person(by: {email: "new.colleague@acme.example"}) { pipedriveUsers { email activeFlag apps } } }`)
	if text(r.Data, "person", "pipedriveUsers", 0, "email") == "" {
		t.Errorf("the picture does not follow: %v", r.Data)
	}
	if dup := s.act("addPipedriveUser", "source", source, "email", "New.Colleague@acme.example"); text(dup, "userErrors", 0, "code") != "CONFLICT" {
		t.Errorf("a second invitation: %v", dup)
	}
}

func TestDeletePipedreamUser(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipedream, func(i directory.Identity) bool { return len(i.Raw().Pipedream.Accounts) > 1 })
	if p := s.act("deletePipedreamUser", "userId", id); text(p, "userErrors", 0, "code") != "INVALID" || text(p, "userErrors", 0, "field", 1) != "planToken" {
		t.Fatalf("deleted without a plan: %v", p)
	}
	plan, _ := s.preview("deletePipedreamUser", "userId", id)
	if n := len(items(plan, "steps", 0, "goes", "accounts")); n != len(i.Raw().Pipedream.Accounts) {
		t.Errorf("the plan names %d of %d accounts", n, len(i.Raw().Pipedream.Accounts))
	}
	if dig(plan, "steps", 0, "goes", "triggers") == nil {
		t.Errorf("the plan does not say which triggers go: %v", plan)
	}
	s.done("DONE", "deletePipedreamUser", "userId", id)
	u := i.Raw().Pipedream
	if _, there := s.world.PipedreamState.User(u.ProjectID, u.Environment, u.ExternalUserID); there {
		t.Error("the user is still there")
	}
	if left := s.world.PipedreamState.Accounts(u.ProjectID, u.Environment, u.ExternalUserID); len(left) > 0 {
		t.Errorf("%d accounts are left", len(left))
	}
	if r := s.ask(`query($id: ID!) { node(id: $id) { id } }`, "id", id); dig(r.Data, "node") != nil {
		t.Error("the picture does not follow")
	}
}

func TestRemovePipefyMember(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipefy, func(i directory.Identity) bool {
		kinds := map[person.ResourceKind]int{}
		for _, g := range i.Raw().Grants {
			kinds[g.Resource.Key.Kind]++
		}
		return ordinary(i) && kinds[person.ResourceOrganization] > 0 && kinds[person.ResourcePipe] > 0 && kinds[person.ResourceTable] > 0
	})
	org := person.ResourceKey{System: person.Pipefy, Account: i.Key().Account, Kind: person.ResourceOrganization, ID: i.Key().Account}
	plan, _ := s.preview("removePipefyMember", "memberId", id, "placeId", s.app.IDOfResource(org))
	if len(items(plan, "steps", 0, "goes", "pipes")) == 0 || len(items(plan, "steps", 0, "goes", "tables")) == 0 || dig(plan, "steps", 0, "goes", "cardAssignments") != true {
		t.Errorf("the plan does not say what goes along: %v", plan)
	}
	s.done("DONE", "removePipefyMember", "memberId", id, "placeId", s.app.IDOfResource(org))
	user, _ := strconv.ParseInt(i.Key().ID, 10, 64)
	orgID, _ := strconv.ParseInt(i.Key().Account, 10, 64)
	if _, in := s.world.PipefyState.OrganizationRole(orgID, user); in {
		t.Error("still in the organization")
	}
	for _, g := range i.Raw().Grants {
		if k := g.Resource.Key; k.Kind == person.ResourcePipe {
			pipe, _ := strconv.ParseInt(k.ID, 10, 64)
			if _, in := s.world.PipefyState.PipeRole(pipe, user); in {
				t.Errorf("still in pipe %s", k.ID)
			}
		}
	}
	if r := s.ask(`query($id: ID!) { node(id: $id) { id } }`, "id", id); dig(r.Data, "node") != nil {
		t.Error("the picture does not follow")
	}
}
