package app_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

func numeric(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// places are where a member is, by kind.
func places(i directory.Identity) map[person.ResourceKind][]person.ResourceKey {
	out := map[person.ResourceKind][]person.ResourceKey{}
	for _, g := range i.Raw().Grants {
		k := g.Resource.Key
		out[k.Kind] = append(out[k.Kind], k)
	}
	return out
}

func member(i directory.Identity) bool {
	at := places(i)
	return ordinary(i) && i.Raw().Email != "" && len(at[person.ResourceOrganization]) > 0 && len(at[person.ResourcePipe]) > 0 && len(at[person.ResourceTable]) > 0
}

func TestInvitePipefyMembers(t *testing.T) {
	s := begin(t, acting())
	i, _ := s.someone(person.Pipefy, member)
	at := places(i)
	org, pipe, table := at[person.ResourceOrganization][0], at[person.ResourcePipe][0], at[person.ResourceTable][0]
	for n, c := range []struct {
		place       person.ResourceKey
		email, role string
	}{{org, "first@acme.example", "normal"}, {pipe, "second@acme.example", "my_cards_only"}, {table, "third@acme.example", "member"}} {
		r := s.ask(`mutation($place: ID!, $email: String!, $role: String!) { invitePipefyMembers(input: {placeId: $place, members: [{email: $email, role: $role}], reason: "new here"}) { `+actionFields+` } }`,
			"place", s.app.IDOfResource(c.place), "email", c.email, "role", c.role)
		payload, _ := dig(r.Data, "invitePipefyMembers").(map[string]any)
		s.ended("DONE", payload)
		u, ok := s.world.PipefyState.UserByEmail(c.email)
		if !ok {
			t.Fatalf("%d: Pipefy does not know %s", n, c.email)
		}
		role, in := "", false
		switch c.place.Kind {
		case person.ResourceOrganization:
			role, in = s.world.PipefyState.OrganizationRole(numeric(org.ID), u.ID)
		case person.ResourcePipe:
			role, in = s.world.PipefyState.PipeRole(numeric(pipe.ID), u.ID)
		case person.ResourceTable:
			role, in = s.world.PipefyState.TableRole(table.ID, u.ID)
		}
		if !in || role != c.role {
			t.Errorf("%s has the role %q in %v", c.email, role, c.place)
		}
		// Nobody waits for the next reading of all of Pipefy to see them.
		p := s.ask(`query($e: String!) { person(by: {email: $e}) { pipefyUsers { email grants: organizationRole } grants(first: 100) { nodes { resource { id } role } } } }`, "e", c.email)
		found := false
		for _, g := range items(p.Data, "person", "grants", "nodes") {
			found = found || text(g, "resource", "id") == s.app.IDOfResource(c.place) && text(g, "role") == c.role
		}
		if !found {
			t.Errorf("the picture does not follow for %s: %v", c.email, p.Data)
		}
	}
}

func TestSetPipefyRole(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipefy, member)
	at, user := places(i), numeric(i.Key().ID)
	org, pipe, table := at[person.ResourceOrganization][0], at[person.ResourcePipe][0], at[person.ResourceTable][0]
	s.ended("DONE", s.act("setPipefyRole", "memberId", id, "placeId", s.app.IDOfResource(org), "role", "admin"))
	other := "read_and_comment"
	if role, _ := s.world.PipefyState.PipeRole(numeric(pipe.ID), user); role == other {
		other = "my_cards_only"
	}
	s.ended("DONE", s.act("setPipefyRole", "memberId", id, "placeId", s.app.IDOfResource(pipe), "role", other))
	s.ended("DONE", s.act("setPipefyRole", "memberId", id, "placeId", s.app.IDOfResource(table), "role", "admin"))
	if role, _ := s.world.PipefyState.OrganizationRole(numeric(org.ID), user); role != "admin" {
		t.Errorf("the role in the organization is %q", role)
	}
	if role, _ := s.world.PipefyState.PipeRole(numeric(pipe.ID), user); role != other {
		t.Errorf("the role in the pipe is %q", role)
	}
	if role, _ := s.world.PipefyState.TableRole(table.ID, user); role != "admin" {
		t.Errorf("the role in the table is %q", role)
	}
	r := s.ask(`query($id: ID!) { node(id: $id) { ... on PipefyUser { organizationRole } } }`, "id", id)
	if text(r.Data, "node", "organizationRole") != "admin" {
		t.Errorf("the picture does not follow: %v", r.Data)
	}
	if p := s.act("setPipefyRole", "memberId", id, "placeId", s.app.IDOfResource(org), "role", "member"); text(p, "userErrors", 0, "code") != "INVALID" {
		t.Errorf("an organization has no role member: %v", p)
	}
}

// A guest has no pipes and tables: the preview says so, and the picture follows at once.
func TestSetPipefyRoleToGuestCascades(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipefy, member)
	at, user := places(i), numeric(i.Key().ID)
	org := at[person.ResourceOrganization][0]
	asked := []any{"memberId", id, "placeId", s.app.IDOfResource(org), "role", "company_guest"}
	if p := s.act("setPipefyRole", asked...); text(p, "userErrors", 0, "field", 1) != "planToken" {
		t.Fatalf("a cascade without a plan: %v", p)
	}
	plan, _ := s.preview("setPipefyRole", asked...)
	if n := len(items(plan, "steps", 0, "goes", "pipes")); n != len(at[person.ResourcePipe]) {
		t.Errorf("the plan names %d of %d pipes", n, len(at[person.ResourcePipe]))
	}
	s.done("DONE", "setPipefyRole", asked...)
	for _, k := range at[person.ResourcePipe] {
		if _, in := s.world.PipefyState.PipeRole(numeric(k.ID), user); in {
			t.Errorf("still in pipe %s", k.ID)
		}
	}
	r := s.ask(`query($id: ID!) { node(id: $id) { ... on PipefyUser { organizationRole pipeMemberships { totalCount } tableMemberships { totalCount } } } }`, "id", id)
	if text(r.Data, "node", "organizationRole") != "company_guest" || dig(r.Data, "node", "pipeMemberships", "totalCount") != 0.0 || dig(r.Data, "node", "tableMemberships", "totalCount") != 0.0 {
		t.Errorf("the picture does not follow: %v", r.Data)
	}
}

func TestRemovePipefyMemberFromPipeAndTable(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipefy, member)
	at, user := places(i), numeric(i.Key().ID)
	pipe, table := at[person.ResourcePipe][0], at[person.ResourceTable][0]
	s.done("DONE", "removePipefyMember", "memberId", id, "placeId", s.app.IDOfResource(pipe))
	s.done("DONE", "removePipefyMember", "memberId", id, "placeId", s.app.IDOfResource(table))
	if _, in := s.world.PipefyState.PipeRole(numeric(pipe.ID), user); in {
		t.Error("still in the pipe")
	}
	if _, in := s.world.PipefyState.TableRole(table.ID, user); in {
		t.Error("still in the table")
	}
	if _, in := s.world.PipefyState.OrganizationRole(numeric(i.Key().Account), user); !in {
		t.Error("not in the organization any more")
	}
	r := s.ask(`query($id: ID!) { node(id: $id) { ... on PipefyUser { person { grants(first: 100) { nodes { resource { id } } } } } } }`, "id", id)
	for _, g := range items(r.Data, "node", "person", "grants", "nodes") {
		if got := text(g, "resource", "id"); got == s.app.IDOfResource(pipe) || got == s.app.IDOfResource(table) {
			t.Error("the picture does not follow")
		}
	}
}

// The preview of an account's end names the triggers that use it, which end with it, and no others.
func TestAnAccountsPlanNamesItsTriggers(t *testing.T) {
	s := begin(t, acting())
	using := func(u *person.PipedreamUser, account string) (ids []string) {
		for _, tr := range s.world.PipedreamState.Triggers(u.ProjectID, u.Environment, u.ExternalUserID) {
			if slices.Contains(tr.AccountIDs, account) {
				ids = append(ids, tr.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	i, id := s.someone(person.Pipedream, func(i directory.Identity) bool {
		u := i.Raw().Pipedream
		used := slices.IndexFunc(u.Accounts, func(a person.PipedreamAccount) bool { return len(using(u, a.ID)) > 0 })
		return used >= 0 && len(u.Accounts) > 1
	})
	for _, a := range i.Raw().Pipedream.Accounts {
		plan, _ := s.preview("deletePipedreamAccount", "userId", id, "accountId", a.ID)
		var got []string
		for _, tr := range items(plan, "steps", 0, "goes", "triggers") {
			got = append(got, text(tr, "triggerId"))
		}
		if want := using(i.Raw().Pipedream, a.ID); !slices.Equal(got, want) {
			t.Errorf("%v go with %s, not %v", want, a.ID, got)
		}
	}
}

func TestDeletePipedreamAccount(t *testing.T) {
	s := begin(t, acting())
	i, id := s.someone(person.Pipedream, func(i directory.Identity) bool { return len(i.Raw().Pipedream.Accounts) > 1 })
	u := i.Raw().Pipedream
	account := u.Accounts[0].ID
	a := s.done("DONE", "deletePipedreamAccount", "userId", id, "accountId", account)
	if text(a, "steps", 0, "accountId") != account {
		t.Errorf("the report does not name the account: %v", a)
	}
	left := s.world.PipedreamState.Accounts(u.ProjectID, u.Environment, u.ExternalUserID)
	if len(left) != len(u.Accounts)-1 {
		t.Errorf("%d accounts are left of %d", len(left), len(u.Accounts))
	}
	for _, l := range left {
		if l.ID == account {
			t.Error("the account is still there")
		}
	}
	r := s.ask(`query($id: ID!) { node(id: $id) { ... on PipedreamUser { accounts(first: 100) { nodes { accountId } } } } }`, "id", id)
	if n := len(items(r.Data, "node", "accounts", "nodes")); n != len(u.Accounts)-1 {
		t.Errorf("the picture shows %d accounts", n)
	}
}
