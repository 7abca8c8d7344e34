package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	sim "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

const everybodyIn = `query($after: String, $source: ID!) {
	node(id: $source) { ... on Source { identities(first: 100, after: $after) {
		totalCount pageInfo { hasNextPage endCursor }
		nodes { id sourceId displayName email isActive person { id }
			... on PipedriveUser { companyId activeFlag isDeleted isAdmin apps roleId timezoneName created lastLogin phone isYou access { app admin } }
			... on PipefyUser { organizationRole isPending username }
			... on PipedreamUser { externalUserId projectId environment } } } } } }`

// identities is everybody in a source, by the vendor's id.
func (s *stage) identities(source string) map[string]any {
	s.t.Helper()
	byID := map[string]any{}
	for _, each := range items(s.ask(`{ sources { id name } }`).Data, "sources") {
		if text(each, "name") != source {
			continue
		}
		for _, one := range s.whole(everybodyIn, []any{"source", text(each, "id")}, "node", "identities") {
			byID[text(one, "sourceId")] = one
		}
	}
	return byID
}

func companySource(c *sim.Company) string { return fmt.Sprint("pipedrive-", c.ID) }

func TestListUsers(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	for _, company := range s.world.World.Pipedrive.Companies {
		got := s.identities(companySource(company))
		if len(got) != len(company.Users) {
			t.Errorf("%s has %d users, want %d", company.Name, len(got), len(company.Users))
		}
		owners := 0
		for _, want := range company.Users {
			user := got[strconv.FormatInt(want.ID, 10)]
			if user == nil {
				t.Errorf("user %d of %s is missing", want.ID, company.Name)
				continue
			}
			apps := []string{}
			for _, a := range want.Access {
				apps = append(apps, a.App)
			}
			slices.Sort(apps)
			role := fmt.Sprint(want.RoleID)
			if want.Deleted { // the vendor erases both
				role, apps = "", nil
			}
			if dig(user, "activeFlag") != want.Active || dig(user, "isDeleted") != want.Deleted ||
				dig(user, "isActive") != (want.Active && !want.Deleted && !want.Invited) && !want.Invited ||
				text(user, "roleId") != role || fmt.Sprint(items(user, "apps")) != fmt.Sprint(slices.Compact(apps)) {
				t.Errorf("user %d of %s is %v, want %+v", want.ID, company.Name, user, want)
			}
			if !want.Deleted && text(user, "email") != want.Email || want.Deleted && dig(user, "email") != nil {
				t.Errorf("user %d has the address %v, want %q", want.ID, dig(user, "email"), want.Email)
			}
			if !want.Invited && !want.Deleted && text(user, "displayName") != want.Name {
				t.Errorf("user %d is called %v, want %q", want.ID, dig(user, "displayName"), want.Name)
			}
			if dig(user, "isYou") == true {
				owners++
			} else if dig(user, "phone") != nil {
				t.Errorf("user %d has a phone, and it is not the token's owner", want.ID)
			}
		}
		if owners != 1 {
			t.Errorf("%s has %d credential owners", company.Name, owners)
		}
	}
}

// working is a user who may open the deals app of the first company and is in no other: no page of theirs is empty.
func working(s *stage) (*sim.Company, *sim.User) {
	company := s.world.World.Pipedrive.Companies[0]
	for _, u := range company.Users {
		if u.Active && !u.Deleted && !u.Invited && len(u.Followers) > 1 &&
			slices.ContainsFunc(u.Access, func(a sim.Access) bool { return a.App == "sales" }) {
			return company, u
		}
	}
	s.t.Fatal("nobody works in this world")
	return nil, nil
}

// userNode is the id by which node(id:) finds a user.
func (s *stage) userNode(c *sim.Company, u *sim.User) string {
	s.t.Helper()
	r := s.ask(`query($id: ID!, $source: String) { person(by: {pipedriveUser: {userId: $id, source: $source}}) { pipedriveUsers { id companyId } } }`,
		"id", fmt.Sprint(u.ID), "source", companySource(c))
	for _, user := range items(r.Data, "person", "pipedriveUsers") {
		if text(user, "companyId") == fmt.Sprint(c.ID) {
			return text(user, "id")
		}
	}
	s.t.Fatalf("user %d has no node", u.ID)
	return ""
}

func TestOneUserByNode(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	company, user := working(s)
	id := s.userNode(company, user)
	before := s.callCount()
	r := s.ask(`query($id: ID!) { node(id: $id) { __typename id ... on PipedriveUser { sourceId displayName companyId person { id identities { id } } } }
		nodes(ids: [$id, $id]) { id } }`, "id", id)
	node := dig(r.Data, "node")
	if text(node, "__typename") != "PipedriveUser" || text(node, "id") != id || text(node, "sourceId") != fmt.Sprint(user.ID) ||
		text(node, "displayName") != user.Name || text(node, "companyId") != fmt.Sprint(company.ID) {
		t.Errorf("node is %v, want %+v", node, user)
	}
	if !strings.Contains(fmt.Sprint(items(node, "person", "identities")), id) {
		t.Errorf("the user's person does not have the user: %v", node)
	}
	if len(items(r.Data, "nodes")) != 2 {
		t.Errorf("nodes answers %v", r.Data["nodes"])
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("one user by node took %d calls; it is in memory", n)
	}
}

func TestFollowersPermissionsRoleAssignmentsRoleSettings(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	company, user := working(s)
	id := s.userNode(company, user)
	s.world.PipedriveServer.ResetUsage()
	const query = `query($id: ID!) { node(id: $id) { ... on PipedriveUser {
		permissions { name granted } roleAssignments { roleId name isActive } roleSettings { name value }
		followers(first: 100) { totalCount edges { userId addTime node { sourceId } } } } } }`
	first := s.ask(query, "id", id)
	node := dig(first.Data, "node")

	permissions := map[string]bool{}
	for _, set := range company.PermissionSets {
		for name, granted := range set.Permissions {
			mine := slices.ContainsFunc(user.Access, func(a sim.Access) bool { return a.App == "sales" && a.PermissionSetID == set.ID })
			permissions[name] = permissions[name] || granted && mine
		}
	}
	var names []string
	for _, p := range items(node, "permissions") {
		names = append(names, text(p, "name"))
		if want, known := permissions[text(p, "name")]; !known || dig(p, "granted") != want {
			t.Errorf("permission %v, want granted %v", p, want)
		}
	}
	if !slices.Equal(names, slices.Sorted(maps.Keys(permissions))) {
		t.Errorf("permissions %v, want all, sorted", names)
	}
	role := company.Roles[slices.IndexFunc(company.Roles, func(r sim.Role) bool { return r.ID == user.RoleID })]
	if got := items(node, "roleAssignments"); !slices.ContainsFunc(got, func(a any) bool {
		return text(a, "roleId") == fmt.Sprint(role.ID) && text(a, "name") == role.Name
	}) || len(got) != 1+len(role.More) {
		t.Errorf("role assignments %v, want %s and %v", got, role.Name, role.More)
	}
	if got := items(node, "roleSettings"); len(got) != len(role.Settings) {
		t.Errorf("role settings %v, want %v", got, role.Settings)
	}
	for _, setting := range items(node, "roleSettings") {
		if dig(setting, "value") != float64(role.Settings[text(setting, "name")]) {
			t.Errorf("role setting %v, want %v", setting, role.Settings)
		}
	}
	if got := items(node, "followers", "edges"); len(got) != len(user.Followers) || dig(node, "followers", "totalCount") != float64(len(got)) {
		t.Errorf("%d followers, want %d", len(got), len(user.Followers))
	}
	for _, edge := range items(node, "followers", "edges") {
		if text(edge, "userId") != text(edge, "node", "sourceId") {
			t.Errorf("follower %v is somebody else", edge)
		}
	}
	if got := s.world.PipedriveServer.Usage().Tokens[company.ID]; got != 40 {
		t.Errorf("it cost %d tokens by the vendor's meter, want 4 x 10", got)
	}
	if cost := first.Extensions.Manifold.Cost[companySource(company)]; cost.Spent != 40 || cost.Calls != 4 || cost.Saved != 0 {
		t.Errorf("the answer says it cost %+v", cost)
	}
	again := s.ask(query, "id", id)
	if fmt.Sprint(again.Data) != fmt.Sprint(first.Data) {
		t.Error("the same question was answered differently")
	}
	if cost := again.Extensions.Manifold.Cost[companySource(company)]; cost.Spent != 0 || cost.Calls != 0 || cost.Saved != 40 {
		t.Errorf("the repetition says it cost %+v", cost)
	}
}

func TestFindByNameOrEmailIsFree(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	_, user := working(s)
	before := s.callCount()
	const query = `query($f: PeopleFilter) { people(first: 100, filter: $f) { nodes { pipedriveUsers { sourceId } } } }`
	for name, filter := range map[string]map[string]any{
		"name":             {"search": user.Name, "searchIn": []string{"NAME"}},
		"beginnings":       {"search": strings.ToUpper(user.Name[:3])},
		"address":          {"search": user.Email, "searchIn": []string{"EMAIL"}},
		"address anywhere": {"search": user.Email},
	} {
		found := s.ask(query, "f", filter)
		if !strings.Contains(fmt.Sprint(found.Data), fmt.Sprint(user.ID)) {
			t.Errorf("by %s: %v does not find user %d", name, filter, user.ID)
		}
		for source, cost := range found.Extensions.Manifold.Cost {
			if cost.Spent != 0 || cost.Calls != 0 {
				t.Errorf("by %s: %s was charged %+v", name, source, cost)
			}
		}
	}
	const named = `query($f: PeopleFilter) { people(first: 100, filter: $f) { nodes { displayName identities { displayName } } } }`
	for _, p := range items(s.ask(named, "f", map[string]any{"search": user.Email, "searchIn": []string{"NAME"}}).Data, "people", "nodes") {
		if !strings.Contains(strings.ToLower(fmt.Sprint(p)), "@") { // an external user id may be an address, and is then a name
			t.Errorf("an address was found among names: %v", p)
		}
	}
	if n := s.callCount() - before; n != 0 {
		t.Errorf("searching took %d calls", n)
	}
}

func TestCredentialOwnerIsMe(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	owners := map[string]any{}
	for _, source := range items(s.ask(`{ sources { name system accountId credentialOwner { sourceId email ... on PipedriveUser { isYou phone } } } }`).Data, "sources") {
		owners[text(source, "name")] = source
	}
	for _, company := range s.world.World.Pipedrive.Companies {
		var want *sim.User
		for _, token := range company.Tokens {
			for _, c := range s.world.World.Credentials.Pipedrive {
				if c.Token == token.Value {
					want = company.Users[slices.IndexFunc(company.Users, func(u *sim.User) bool { return u.ID == token.UserID })]
				}
			}
		}
		source := owners[companySource(company)]
		owner := dig(source, "credentialOwner")
		if text(owner, "sourceId") != fmt.Sprint(want.ID) || dig(owner, "isYou") != true || text(source, "accountId") != fmt.Sprint(company.ID) {
			t.Errorf("%s is read as %v, want %d", company.Name, source, want.ID)
		}
		if text(owner, "phone") != want.Phone {
			t.Errorf("the owner's phone is %v, want %q", dig(owner, "phone"), want.Phone)
		}
	}
	organization := s.world.World.Pipefy.Organizations[0]
	client := s.world.World.Pipefy.Clients[0]
	if owner := owners[fmt.Sprint("pipefy-", organization.ID)]; text(owner, "credentialOwner", "sourceId") != fmt.Sprint(client.UserID) {
		t.Errorf("Pipefy is read as %v, want %d", owner, client.UserID)
	}
	for name, source := range owners {
		if strings.HasPrefix(name, "pipedream") && dig(source, "credentialOwner") != nil {
			t.Errorf("%s has the owner %v; a Pipedream client is nobody", name, source)
		}
	}
}
