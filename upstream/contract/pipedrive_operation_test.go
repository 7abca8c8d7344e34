package contract_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// pipedriveOperation is the client's name, the simulator's, and a call.
type pipedriveOperation struct {
	op, sim string
	write   bool
	call    func(ctx context.Context, c *pipedrive.Client, id int64) error
}

// pipedriveOperations are all of them.
var pipedriveOperations = []pipedriveOperation{
	{pipedrive.OpUsers, "listUsers", false, func(ctx context.Context, c *pipedrive.Client, _ int64) error { _, err := c.Users(ctx); return err }},
	{pipedrive.OpUser, "getUser", false, func(ctx context.Context, c *pipedrive.Client, id int64) error { _, err := c.User(ctx, id); return err }},
	{pipedrive.OpMe, "me", false, func(ctx context.Context, c *pipedrive.Client, _ int64) error { _, err := c.Me(ctx); return err }},
	{pipedrive.OpFind, "findUsers", false, func(ctx context.Context, c *pipedrive.Client, _ int64) error {
		_, err := c.FindUsers(ctx, "a", false)
		return err
	}},
	{pipedrive.OpPermissions, "permissions", false, func(ctx context.Context, c *pipedrive.Client, id int64) error {
		_, err := c.Permissions(ctx, id)
		return err
	}},
	{pipedrive.OpRoleAssignments, "roleAssignments", false, func(ctx context.Context, c *pipedrive.Client, id int64) error {
		_, err := c.RoleAssignments(ctx, id)
		return err
	}},
	{pipedrive.OpRoleSettings, "roleSettings", false, func(ctx context.Context, c *pipedrive.Client, id int64) error {
		_, err := c.RoleSettings(ctx, id)
		return err
	}},
	{pipedrive.OpFollowers, "followers", false, func(ctx context.Context, c *pipedrive.Client, id int64) error {
		_, _, err := c.Followers(ctx, id, "")
		return err
	}},
	{pipedrive.OpAdd, "addUser", true, func(ctx context.Context, c *pipedrive.Client, _ int64) error {
		_, err := c.AddUser(ctx, pipedrive.NewUser{Email: "priced@acme.example"})
		return err
	}},
	{pipedrive.OpUpdate, "updateUser", true, func(ctx context.Context, c *pipedrive.Client, id int64) error {
		_, err := c.SetUserActive(ctx, id, false)
		return err
	}},
}

// TestPipedriveTokensMeteredAreTokensPriced: the price list that the gateway charges
// by and the one that the simulator meters by were written apart.
func TestPipedriveTokensMeteredAreTokensPriced(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	id := st.PipedriveServer.Users(st.company())[1].ID
	for _, o := range pipedriveOperations {
		t.Run(o.op, func(t *testing.T) {
			st.PipedriveServer.ResetUsage()
			st.gate.reset()
			must(t, o.call(t.Context(), st.pipedrive, id))
			used := st.PipedriveServer.Usage()
			cost, ok := budget.CostOf(person.Pipedrive, o.op)
			if !ok || used.Tokens[st.company()] != cost.Tokens || simdrive.Cost(o.sim) != cost.Tokens {
				t.Errorf("priced %d, metered %d, the simulator's list says %d", cost.Tokens, used.Tokens[st.company()], simdrive.Cost(o.sim))
			}
			if used.Requests[o.sim] != 1 || len(used.Requests) != 1 {
				t.Errorf("requests %v", used.Requests)
			}
			if c := st.gate.calls[0]; len(st.gate.calls) != 1 || c.Operation != o.op || c.Write != o.write {
				t.Errorf("the gate saw %+v", st.gate.calls)
			}
		})
	}
}

// agree checks that a user reads as the simulator knows it.
func agree(t *testing.T, got pipedrive.User, want *simdrive.User) {
	t.Helper()
	if got.ID.Value != want.ID || got.ActiveFlag.Value != (want.Active && !want.Deleted) || got.IsDeleted.Value != want.Deleted {
		t.Errorf("user %d reads as %+v", want.ID, got)
	}
	if want.Deleted {
		if got.Email != "" || got.Name != "(deleted user)" {
			t.Errorf("erased user %d keeps %q, %q", want.ID, got.Name, got.Email)
		}
		return
	}
	name := want.Name
	if want.Invited {
		name = want.Email
	}
	if string(got.Name) != name || string(got.Email) != want.Email || got.RoleID.Value != want.RoleID || int(got.Lang.Value) != want.Lang ||
		string(got.TimezoneName) != want.TimezoneName || string(got.DefaultCurrency) != want.DefaultCurrency || string(got.IconURL) != want.IconURL {
		t.Errorf("user %d reads as %+v", want.ID, got)
	}
	second := func(at time.Time) time.Time { return at.Truncate(time.Second) } // all that v1 tells
	if !got.Created.Equal(second(want.Created)) || !got.LastLogin.Equal(second(want.LastLogin)) || !got.Modified.Equal(second(want.Modified)) {
		t.Errorf("user %d: times %v %v %v, want %v %v %v", want.ID, got.Created, got.LastLogin, got.Modified, want.Created, want.LastLogin, want.Modified)
	}
	if !slices.EqualFunc(got.Access.Items, want.Access, func(a pipedrive.Access, b simdrive.Access) bool {
		return string(a.App) == b.App && a.Admin.Value == b.Admin && string(a.PermissionSetID) == b.PermissionSetID
	}) {
		t.Errorf("user %d: access %+v, want %+v", want.ID, got.Access.Items, want.Access)
	}
}

func TestPipedriveListUsers(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]bool{"as live records are": false, "as documented": true} {
		t.Run(name, func(t *testing.T) {
			st := play(t, setting{sim: sim.Options{Pipedrive: simdrive.Options{HideUndocumented: hidden}}})
			users, err := st.pipedrive.Users(t.Context())
			must(t, err)
			truth := st.PipedriveServer.Users(st.company())
			if users.Dropped != 0 || len(users.List) != len(truth) {
				t.Fatalf("%d users and %d dropped of %d", len(users.List), users.Dropped, len(truth))
			}
			for i, u := range users.List {
				agree(t, u, truth[i])
				if u.Activated.Valid != hidden {
					t.Errorf("user %d: activated %+v", truth[i].ID, u.Activated)
				}
			}
		})
	}
}

func TestPipedriveGetUser(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	want := st.PipedriveServer.Users(st.company())[3]
	got, err := st.pipedrive.User(t.Context(), want.ID)
	must(t, err)
	agree(t, got, want)
	if _, err = st.pipedrive.User(t.Context(), 999); wire.KindOf(err) != wire.NotFound {
		t.Errorf("an unknown user: %v", err)
	}
}

func TestPipedriveMe(t *testing.T) {
	t.Parallel()
	for _, bearer := range []bool{false, true} {
		st := play(t, setting{bearer: bearer})
		me, err := st.pipedrive.Me(t.Context())
		must(t, err)
		owner, company := st.PipedriveServer.Users(st.company())[0], st.World.Pipedrive.Companies[0]
		agree(t, me.User, owner)
		if me.CompanyID.Value != company.ID || string(me.CompanyName) != company.Name || string(me.CompanyDomain) != company.Domain || string(me.Phone) != owner.Phone || !me.IsAdmin() {
			t.Errorf("bearer %v: %+v", bearer, me)
		}
	}
}

func TestPipedriveFindUsers(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	truth := st.PipedriveServer.Users(st.company())
	i := slices.IndexFunc(truth, func(u *simdrive.User) bool { return !u.Deleted && !u.Invited })
	for name, byEmail := range map[string]bool{"name": false, "email": true} {
		term := map[bool]string{false: truth[i].Name, true: truth[i].Email}[byEmail]
		found, err := st.pipedrive.FindUsers(t.Context(), term, byEmail)
		must(t, err)
		at := slices.IndexFunc(found.List, func(u pipedrive.User) bool { return u.ID.Value == truth[i].ID })
		if at < 0 {
			t.Fatalf("%s: not found among %d", name, len(found.List))
		}
		agree(t, found.List[at], truth[i])
	}
	none, err := st.pipedrive.FindUsers(t.Context(), "nobody is called so", false)
	if err != nil || len(none.List) != 0 {
		t.Errorf("a search without hits: %+v, %v", none, err)
	}
}

func TestPipedrivePermissions(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	company := st.World.Pipedrive.Companies[0]
	users := st.PipedriveServer.Users(company.ID)
	for _, u := range []*simdrive.User{users[0], users[1]} {
		set := ""
		for _, a := range u.Access {
			if a.App == "sales" {
				set = a.PermissionSetID
			}
		}
		got, err := st.pipedrive.Permissions(t.Context(), u.ID)
		must(t, err)
		if len(got) < 10 {
			t.Fatalf("%d permissions", len(got))
		}
		at := slices.IndexFunc(company.PermissionSets, func(s simdrive.PermissionSet) bool { return s.ID == set })
		for _, p := range got {
			if p.Granted != (at >= 0 && company.PermissionSets[at].Permissions[p.Name]) {
				t.Errorf("user %d: %s is %v", u.ID, p.Name, p.Granted)
			}
		}
	}
}

func TestPipedriveRoleAssignments(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	company := st.World.Pipedrive.Companies[0]
	for _, u := range st.PipedriveServer.Users(company.ID)[:12] {
		got, err := st.pipedrive.RoleAssignments(t.Context(), u.ID)
		must(t, err)
		want := []int64{u.RoleID}
		for _, r := range company.Roles {
			if r.ID == u.RoleID {
				want = append(want, r.More...)
			}
		}
		for i, id := range want {
			r := company.Roles[slices.IndexFunc(company.Roles, func(r simdrive.Role) bool { return r.ID == id })]
			if len(got) != len(want) || got[i].RoleID != id || got[i].Name != r.Name || got[i].IsActive != r.Active || got[i].Type != "1" ||
				(got[i].ParentRoleID == nil) != (r.ParentID == 0) || got[i].ParentRoleID != nil && *got[i].ParentRoleID != r.ParentID {
				t.Fatalf("user %d: %+v, want the roles %v", u.ID, got, want)
			}
		}
	}
}

func TestPipedriveRoleSettings(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	company := st.World.Pipedrive.Companies[0]
	for _, u := range st.PipedriveServer.Users(company.ID)[:12] {
		got, err := st.pipedrive.RoleSettings(t.Context(), u.ID)
		must(t, err)
		want := company.Roles[slices.IndexFunc(company.Roles, func(r simdrive.Role) bool { return r.ID == u.RoleID })].Settings
		if len(got) != len(want) {
			t.Errorf("user %d: %v, want %v", u.ID, got, want)
		}
		for _, s := range got {
			if v, ok := want[s.Name]; !ok || v != s.Value {
				t.Errorf("user %d: %s is %d, want %v", u.ID, s.Name, s.Value, want)
			}
		}
	}
}

// TestPipedriveFollowers reads more followers than one page holds.
func TestPipedriveFollowers(t *testing.T) {
	t.Parallel()
	w := *small()
	company := *w.Pipedrive.Companies[0]
	popular := *company.Users[0]
	popular.Followers = nil
	for i := range 1200 {
		popular.Followers = append(popular.Followers, simdrive.Follower{UserID: int64(i + 1), Added: popular.Created})
	}
	company.Users = append([]*simdrive.User{&popular}, company.Users[1:]...)
	w.Pipedrive = &simdrive.State{Companies: []*simdrive.Company{&company}}
	st := play(t, setting{sim: sim.Options{World: &w}})
	var got []person.Follower
	pages := 0
	for cursor := ""; ; pages++ {
		page, next, err := st.pipedrive.Followers(t.Context(), popular.ID, cursor)
		must(t, err)
		got = append(got, page...)
		if cursor = next; next == "" {
			break
		}
	}
	if pages != 2 || !slices.EqualFunc(got, popular.Followers, func(g person.Follower, w simdrive.Follower) bool {
		return g.UserID == w.UserID && g.AddedAt.Equal(w.Added)
	}) {
		t.Errorf("%d followers after %d further pages", len(got), pages)
	}
	if used := st.PipedriveServer.Usage().Tokens[company.ID]; used != 30 {
		t.Errorf("3 pages cost %d tokens", used)
	}
}

func TestPipedriveAddUser(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	before := st.PipedriveServer.Users(st.company())
	u, err := st.pipedrive.AddUser(t.Context(), pipedrive.NewUser{Email: "New.One@acme.example", Apps: []string{"sales", "projects"}})
	must(t, err)
	after := st.PipedriveServer.Users(st.company())
	if len(after) != len(before)+1 {
		t.Fatalf("%d users became %d", len(before), len(after))
	}
	made := after[len(after)-1]
	agree(t, u, made)
	if made.Email != "New.One@acme.example" || !made.Active || !made.Invited || len(made.Access) != 2 || made.Access[1].App != "projects" {
		t.Errorf("made %+v", made)
	}
	if u, err = st.pipedrive.AddUser(t.Context(), pipedrive.NewUser{Email: "sleeper@acme.example", Inactive: true}); err != nil || u.ActiveFlag.Value || u.Access.Items[0].App != "sales" {
		t.Errorf("an inactive user with the default access: %+v, %v", u, err)
	}
}

// TestPipedriveAddKnownUser: the documents do not say what a repeated invitation
// answers; either way nobody is added twice.
func TestPipedriveAddKnownUser(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		st := play(t, setting{sim: sim.Options{Pipedrive: simdrive.Options{RefuseDuplicates: refuses}}})
		before := st.PipedriveServer.Users(st.company())
		i := slices.IndexFunc(before, func(u *simdrive.User) bool { return !u.Deleted })
		u, err := st.pipedrive.AddUser(t.Context(), pipedrive.NewUser{Email: strings.ToUpper(before[i].Email)})
		switch {
		case refuses && wire.KindOf(err) != wire.BadRequest, !refuses && (err != nil || u.ID.Value != before[i].ID):
			t.Errorf("refuses %v: %+v, %v", refuses, u, err)
		}
		if n := len(st.PipedriveServer.Users(st.company())); n != len(before) {
			t.Errorf("%d users became %d", len(before), n)
		}
	}
}

func TestPipedriveUpdateUserActiveFlag(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	target := st.PipedriveServer.Users(st.company())[1]
	for _, active := range []bool{false, true, true} {
		got, err := st.pipedrive.SetUserActive(t.Context(), target.ID, active)
		must(t, err)
		now := st.PipedriveServer.Users(st.company())[1]
		if now.Active != active {
			t.Errorf("asked for %v, the user is %v", active, now.Active)
		}
		agree(t, got, now)
	}
	if _, err := st.pipedrive.SetUserActive(t.Context(), 999, false); wire.KindOf(err) != wire.NotFound {
		t.Errorf("an unknown user: %v", err)
	}
}

// TestPipedriveWritesNeedRights: a read-only bearer cannot write, and the refusal is no doubt.
func TestPipedriveWritesNeedRights(t *testing.T) {
	t.Parallel()
	st := play(t, setting{bearer: true})
	before := st.PipedriveServer.Users(st.company())
	_, add := st.pipedrive.AddUser(t.Context(), pipedrive.NewUser{Email: "no@acme.example"})
	_, update := st.pipedrive.SetUserActive(t.Context(), before[1].ID, false)
	for _, err := range []error{add, update} {
		if f := failure(t, err); f.Kind != wire.Denied || f.Ambiguous {
			t.Errorf("%+v", f)
		}
	}
	if !slices.Equal(before, st.PipedriveServer.Users(st.company())) {
		t.Error("something was changed")
	}
	st.discreet(t, add.Error(), update.Error())
}
