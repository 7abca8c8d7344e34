package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	sim "github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestOrganizationMembers(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	organization := s.world.World.Pipefy.Organizations[0]
	source := fmt.Sprint("pipefy-", organization.ID)
	users := map[int64]sim.User{}
	for _, u := range s.world.World.Pipefy.Users {
		users[u.ID] = u
	}

	got := s.identities(source)
	for _, m := range organization.Members {
		member, want := got[strconv.FormatInt(m.UserID, 10)], users[m.UserID]
		if member == nil {
			t.Errorf("member %d is missing", m.UserID)
			continue
		}
		if text(member, "organizationRole") != m.Role || text(member, "email") != want.Email || want.Name != "" && text(member, "displayName") != want.Name {
			t.Errorf("member %d is %v, want %+v as %s", m.UserID, member, want, m.Role)
		}
		if pending := want.Invited && !want.Confirmed; dig(member, "isPending") != pending || dig(member, "isActive") != !pending {
			t.Errorf("member %d: isPending %v, want %v", m.UserID, dig(member, "isPending"), pending)
		}
	}
	roles := map[string]string{}
	for _, edge := range s.members("ORGANIZATION", fmt.Sprint(organization.ID)) {
		roles[text(edge, "node", "sourceId")] = text(edge, "role")
	}
	if len(roles) != len(organization.Members) {
		t.Errorf("the organization has %d members as a resource, want %d", len(roles), len(organization.Members))
	}
	for _, m := range organization.Members {
		if roles[fmt.Sprint(m.UserID)] != m.Role {
			t.Errorf("member %d has the role %q, want %q", m.UserID, roles[fmt.Sprint(m.UserID)], m.Role)
		}
	}
}

// members are the edges of everybody in one resource.
func (s *stage) members(kind, vendorID string) []any {
	s.t.Helper()
	var id string
	for _, r := range s.whole(`query($after: String, $kind: ResourceKind!) { resources(first: 100, after: $after, filter: {kinds: [$kind]}) {
		nodes { id sourceId kind } pageInfo { hasNextPage endCursor } } }`, []any{"kind", kind}, "resources") {
		if text(r, "sourceId") == vendorID {
			id = text(r, "id")
		}
	}
	if id == "" {
		s.t.Errorf("there is no %s %s", kind, vendorID)
		return nil
	}
	var edges []any
	for after := any(nil); ; {
		page := dig(s.ask(`query($id: ID!, $after: String) { node(id: $id) { ... on Resource { members(first: 100, after: $after) {
			edges { level role node { sourceId } } pageInfo { hasNextPage endCursor } } } } }`, "id", id, "after", after).Data, "node", "members")
		edges = append(edges, items(page, "edges")...)
		if dig(page, "pageInfo", "hasNextPage") != true {
			return edges
		}
		after = dig(page, "pageInfo", "endCursor")
	}
}

func TestPipeAndTableMembers(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	reader := s.world.World.Pipefy.Clients[0].UserID
	visible := 0
	for _, pipe := range s.world.World.Pipefy.Pipes {
		if !slices.ContainsFunc(pipe.Members, func(m sim.Member) bool { return m.UserID == reader }) {
			continue // Pipefy lists only the pipes of the caller
		}
		visible++
		s.holdsMembers("PIPE", fmt.Sprint(pipe.ID), pipe.Members)
	}
	if visible == 0 || visible == len(s.world.World.Pipefy.Pipes) {
		t.Errorf("the credential is in %d of %d pipes, so this shows nothing", visible, len(s.world.World.Pipefy.Pipes))
	}
	for _, table := range s.world.World.Pipefy.Tables {
		if !slices.ContainsFunc(table.Members, func(m sim.Member) bool { return m.UserID == reader }) {
			continue
		}
		s.holdsMembers("TABLE", table.ID, table.Members)
	}
}

func (s *stage) holdsMembers(kind, id string, want []sim.Member) {
	s.t.Helper()
	roles, got := map[string]string{}, map[string]string{}
	for _, m := range want {
		roles[fmt.Sprint(m.UserID)] = m.Role
	}
	for _, edge := range s.members(kind, id) {
		got[text(edge, "node", "sourceId")] = text(edge, "role")
	}
	if !maps.Equal(got, roles) {
		s.t.Errorf("%s %s has %v, want %v", kind, id, got, roles)
	}
}

func TestMembershipsOfOneUser(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	reader := s.world.World.Pipefy.Clients[0].UserID
	want := map[string]string{}
	who := s.world.World.Pipefy.Organizations[0].Members[1].UserID
	for _, pipe := range s.world.World.Pipefy.Pipes {
		seen := slices.ContainsFunc(pipe.Members, func(m sim.Member) bool { return m.UserID == reader })
		for _, m := range pipe.Members {
			if seen && m.UserID == who {
				want[fmt.Sprint(pipe.ID)] = m.Role
			}
		}
	}
	user := dig(s.ask(`query($id: ID!) { person(by: {pipefyUser: {userId: $id}}) {
		grants(first: 1) { isComplete }
		pipefyUsers { organizationMemberships { nodes { role } } pipeMemberships(first: 100) { isComplete nodes { role resource { sourceId } } } } } }`,
		"id", fmt.Sprint(who)).Data, "person")
	got := map[string]string{}
	for _, grant := range items(user, "pipefyUsers", 0, "pipeMemberships", "nodes") {
		got[text(grant, "resource", "sourceId")] = text(grant, "role")
	}
	if len(want) == 0 || !maps.Equal(got, want) {
		t.Errorf("the user is in the pipes %v, want %v", got, want)
	}
	if len(items(user, "pipefyUsers", 0, "organizationMemberships", "nodes")) != 1 {
		t.Errorf("the user is in the organization: %v", user)
	}
	// The credential is no member of some pipes, so nobody knows whether the user is.
	if dig(user, "pipefyUsers", 0, "pipeMemberships", "isComplete") != false || dig(user, "grants", "isComplete") != false {
		t.Errorf("lists that cannot be complete say that they are: %v", user)
	}
}

func TestUnreadPipesAreAGapOfTheirSource(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	for _, source := range items(s.ask(`{ sources { system freshness { isStale reason } coverage { isComplete gaps } } }`).Data, "sources") {
		gaps := items(source, "coverage", "gaps")
		if text(source, "system") == "PIPEFY" && !strings.Contains(fmt.Sprint(gaps), "pipes") {
			t.Errorf("Pipefy's gaps are %v", gaps)
		}
		if dig(source, "freshness", "isStale") != false || dig(source, "freshness", "reason") != nil {
			t.Errorf("a fresh source is stale for a reason: %v", source)
		}
	}
}
