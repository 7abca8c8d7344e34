package contract_test

import (
	"testing"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim"
	simfy "github.com/manifold-graph/manifold/upstream/sim/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// ground is where writes happen: a pipe and a table that the credential
// administers, and an ordinary member of both.
type ground struct {
	*stage
	org    int64
	pipe   simfy.Pipe
	table  simfy.Table
	member simfy.User
}

func open(t *testing.T, s setting) *ground {
	t.Helper()
	g := &ground{stage: play(t, s)}
	reader := g.reader(t)
	data := g.PipefyState.Data()
	g.org = data.Organizations[0].ID
	for _, m := range data.Organizations[0].Members {
		if u, _ := g.PipefyState.User(m.UserID); m.Role == "normal" && u.Confirmed {
			g.member = u
		}
	}
	// The world's memberships are random: put the member where the test needs it.
	must(t, g.PipefyState.Update(func(d *simfy.Data) {
		for i := range d.Pipes {
			if p := &d.Pipes[i]; belongs(p.Members, reader.ID) && !belongs(p.Members, g.member.ID) {
				p.Members = append(p.Members, simfy.Member{UserID: g.member.ID, Role: "member"})
				g.pipe = *p
				break
			}
		}
		for i := range d.Tables {
			if table := &d.Tables[i]; belongs(table.Members, reader.ID) && !belongs(table.Members, g.member.ID) {
				table.Members = append(table.Members, simfy.Member{UserID: g.member.ID, Role: "member"})
				g.table = *table
				break
			}
		}
	}))
	if g.member.ID == 0 || g.pipe.ID == 0 || g.table.ID == "" {
		t.Fatal("the world has no ground for writes")
	}
	return g
}

// places are the three levels, with the role that a user has at each; "" for no member.
func (g *ground) places() map[string]struct {
	at   pipefy.Place
	role func(user int64) string
} {
	type level = struct {
		at   pipefy.Place
		role func(user int64) string
	}
	return map[string]level{
		"organization": {pipefy.InOrganization(digits(g.org)), func(u int64) string { r, _ := g.PipefyState.OrganizationRole(g.org, u); return r }},
		"pipe":         {pipefy.InPipe(digits(g.pipe.ID)), func(u int64) string { r, _ := g.PipefyState.PipeRole(g.pipe.ID, u); return r }},
		"table":        {pipefy.InTable(g.table.ID), func(u int64) string { r, _ := g.PipefyState.TableRole(g.table.ID, u); return r }},
	}
}

// memberships counts the pipes and tables that a user is in.
func (g *ground) memberships(user int64) (n int) {
	data := g.PipefyState.Data()
	for _, p := range data.Pipes {
		if belongs(p.Members, user) {
			n++
		}
	}
	for _, table := range data.Tables {
		if belongs(table.Members, user) {
			n++
		}
	}
	return n
}

// TestPipefyInviteMembers mints a user for an address that nobody has, at each level.
func TestPipefyInviteMembers(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	for name, level := range g.places() {
		t.Run(name, func(t *testing.T) {
			rows, err := g.pipefy.InviteMembers(t.Context(), level.at, "Welcome", []pipefy.Invitation{{Email: " New." + name + "@acme.example", Role: "admin"}})
			must(t, err)
			user, known := g.PipefyState.UserByEmail("new." + name + "@acme.example")
			if !known || !user.Invited || user.Confirmed || level.role(user.ID) != "admin" {
				t.Fatalf("known %v: %+v, role %q", known, user, level.role(user.ID))
			}
			if len(rows) != 1 || rows[0].Outcome != pipefy.Applied || rows[0].Email != user.Email {
				t.Errorf("rows %+v", rows)
			}
			agreeOnUser(t, rows[0].User, user)
			if role, _ := g.PipefyState.OrganizationRole(g.org, user.ID); role == "" {
				t.Error("who is in a pipe or table is in its organization too")
			}
		})
	}
}

// TestPipefyInviteGuestIntoPipe: an invitation below changes what is above.
func TestPipefyInviteGuestIntoPipe(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	level := g.places()
	must(t, g.pipefy.SetRole(t.Context(), level["organization"].at, pipefy.RoleChange{UserID: digits(g.member.ID), Role: "external_guest"}))
	rows, err := g.pipefy.InviteMembers(t.Context(), level["pipe"].at, "", []pipefy.Invitation{{Email: g.member.Email, Role: "member"}})
	must(t, err)
	if rows[0].Outcome != pipefy.Applied || level["pipe"].role(g.member.ID) != "member" || level["organization"].role(g.member.ID) != "normal" {
		t.Errorf("%+v; %q in the pipe, %q in the organization", rows, level["pipe"].role(g.member.ID), level["organization"].role(g.member.ID))
	}
}

// TestPipefyInviteAgain: whoever is in the place already is listed by nobody, and no failure either.
func TestPipefyInviteAgain(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	before := len(g.PipefyState.Data().Users)
	for name, level := range g.places() {
		was := level.role(g.member.ID)
		rows, err := g.pipefy.InviteMembers(t.Context(), level.at, "", []pipefy.Invitation{{Email: g.member.Email, Role: "admin"}})
		if err != nil || rows[0].Outcome != pipefy.Applied || level.role(g.member.ID) != was {
			t.Errorf("%s: %+v, %v, role %q was %q", name, rows, err, level.role(g.member.ID), was)
		}
	}
	if n := len(g.PipefyState.Data().Users); n != before {
		t.Errorf("%d users became %d", before, n)
	}
}

// TestPipefyInviteWithOneBadRole: rows fail one by one below the organization; there the
// whole call does, with a word that blames no row.
func TestPipefyInviteWithOneBadRole(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	for name, level := range g.places() {
		good, bad := "good."+name+"@acme.example", "bad."+name+"@acme.example"
		role := map[string]string{"organization": "normal", "pipe": "member", "table": "member"}[name]
		rows, err := g.pipefy.InviteMembers(t.Context(), level.at, "", []pipefy.Invitation{{Email: good, Role: role}, {Email: bad, Role: "owner"}})
		must(t, err)
		_, made := g.PipefyState.UserByEmail(good)
		if _, minted := g.PipefyState.UserByEmail(bad); minted {
			t.Errorf("%s: a bad role minted a user", name)
		}
		wantGood, wantBad := pipefy.Applied, pipefy.Rejected
		if name == "organization" {
			wantGood, wantBad = pipefy.Unclear, pipefy.Unclear
		}
		if made != (wantGood == pipefy.Applied) || rows[0].Outcome != wantGood || rows[1].Outcome != wantBad {
			t.Errorf("%s: made %v, rows %+v", name, made, rows)
		}
	}
	// "member" is what an old guide printed, and no role of an organization. One row alone is to blame.
	rows, err := g.pipefy.InviteMembers(t.Context(), g.places()["organization"].at, "", []pipefy.Invitation{{Email: "alone@acme.example", Role: "member"}})
	if _, minted := g.PipefyState.UserByEmail("alone@acme.example"); err != nil || minted || rows[0].Outcome != pipefy.Rejected {
		t.Errorf("%+v, %v, minted %v", rows, err, minted)
	}
	g.discreet(t)
}

func TestPipefySetRole(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	for name, level := range g.places() {
		t.Run(name, func(t *testing.T) {
			must(t, g.pipefy.SetRole(t.Context(), level.at, pipefy.RoleChange{UserID: digits(g.member.ID), Role: "admin"}))
			if role := level.role(g.member.ID); role != "admin" {
				t.Errorf("the role is %q", role)
			}
			err := g.pipefy.SetRole(t.Context(), level.at, pipefy.RoleChange{UserID: digits(g.member.ID), Role: "emperor"})
			if f := failure(t, err); f.Kind != wire.BadRequest || f.Ambiguous || level.role(g.member.ID) != "admin" {
				t.Errorf("a bad role: %+v", f)
			}
			err = g.pipefy.SetRole(t.Context(), level.at, pipefy.RoleChange{UserID: "1", Role: "admin"})
			if f := failure(t, err); f.Kind != wire.NotFound || f.Ambiguous {
				t.Errorf("nobody: %+v", f)
			}
		})
	}
}

func TestPipefySetRoles(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	reader := g.reader(t)
	for name, level := range g.places() {
		rows, err := g.pipefy.SetRoles(t.Context(), level.at, []pipefy.RoleChange{
			{UserID: digits(g.member.ID), Role: "admin"}, {UserID: "1", Role: "admin"}, {UserID: digits(reader.ID), Role: "emperor"},
		})
		must(t, err)
		if rows[0].Outcome != pipefy.Applied || rows[1].Outcome != pipefy.Unclear || rows[2].Outcome != pipefy.Unclear || level.role(g.member.ID) != "admin" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

// TestPipefyGuestRoleCascades: who is made a guest of the organization leaves its pipes and tables.
func TestPipefyGuestRoleCascades(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"company_guest", "external_guest"} {
		g := open(t, setting{})
		if g.memberships(g.member.ID) < 2 {
			t.Fatal("nothing to lose")
		}
		must(t, g.pipefy.SetRole(t.Context(), pipefy.InOrganization(digits(g.org)), pipefy.RoleChange{UserID: digits(g.member.ID), Role: role}))
		got, _ := g.PipefyState.OrganizationRole(g.org, g.member.ID)
		if n := g.memberships(g.member.ID); n != 0 || got != role {
			t.Errorf("%s: in %d pipes and tables, role %q", role, n, got)
		}
	}
}

func TestPipefyRemoveUserFromOrgCascades(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	others := func() (n int) {
		data := g.PipefyState.Data()
		for _, p := range data.Pipes {
			n += len(p.Members)
		}
		for _, table := range data.Tables {
			n += len(table.Members)
		}
		return n - g.memberships(g.member.ID)
	}
	before := others()
	must(t, g.pipefy.RemoveUserFromOrg(t.Context(), digits(g.org), g.member.Email))
	if _, in := g.PipefyState.OrganizationRole(g.org, g.member.ID); in || g.memberships(g.member.ID) != 0 {
		t.Errorf("still in the organization %v, in %d pipes and tables", in, g.memberships(g.member.ID))
	}
	if others() != before {
		t.Error("others were removed too")
	}
}

// TestPipefyRemoveUserFromPipe: the guide, the schema and the official SDK each name another mutation.
func TestPipefyRemoveUserFromPipe(t *testing.T) {
	t.Parallel()
	for spelling, sees := range map[pipefy.PipeRemoval]simfy.Options{
		pipefy.RemoveUserFromPipe:    {NoRepoSpelling: true},
		pipefy.RemoveUserFromRepo:    {NoPipeSpelling: true},
		pipefy.RemoveMembersFromPipe: {NoRepoSpelling: true, NoPipeSpelling: true},
	} {
		t.Run(string(spelling), func(t *testing.T) {
			g := open(t, setting{pipefy: pipefy.Options{PipeRemoval: spelling}, sim: sim.Options{Pipefy: sees}})
			must(t, g.remove(t))
			if _, in := g.PipefyState.PipeRole(g.pipe.ID, g.member.ID); in {
				t.Error("still in the pipe")
			}
			if _, in := g.PipefyState.TableRole(g.table.ID, g.member.ID); !in {
				t.Error("gone from the table too")
			}
			if n := g.PipefyServer.Usage().Operations[string(spelling)]; n != 1 {
				t.Errorf("the simulator ran it %d times", n)
			}
		})
	}
}

// target is the pipe and the member as the client knows them.
func (g *ground) target() (pipefy.Pipe, pipefy.User) {
	return pipefy.Pipe{ID: digits(g.pipe.ID), UUID: g.pipe.UUID}, pipefy.User{ID: digits(g.member.ID), UUID: g.member.UUID, Email: g.member.Email}
}

// remove takes the member off the pipe.
func (g *ground) remove(t *testing.T) error {
	pipe, user := g.target()
	return g.pipefy.RemoveUserFromPipe(t.Context(), pipe, user)
}

// TestPipefyUnknownSpellingIsNoDoubt: a document that the schema refuses was never
// executed, whichever status says so.
func TestPipefyUnknownSpellingIsNoDoubt(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400} {
		g := open(t, setting{sim: sim.Options{Pipefy: simfy.Options{NoPipeSpelling: true, InvalidStatus: status}}})
		err := g.remove(t)
		if f := failure(t, err); f.Kind != wire.BadRequest || f.Ambiguous {
			t.Errorf("status %d: %+v", status, f)
		}
		g.discreet(t, err.Error())
	}
}

// TestPipefyRemovalThatDoesNotHappen: success without effect is what Pipefy has been seen to
// do for those whom the organization gives rights; the client passes the vendor's word on.
func TestPipefyRemovalThatDoesNotHappen(t *testing.T) {
	t.Parallel()
	g := open(t, setting{sim: sim.Options{Pipefy: simfy.Options{StickyRemoval: true}}})
	must(t, g.pipefy.SetRole(t.Context(), pipefy.InOrganization(digits(g.org)), pipefy.RoleChange{UserID: digits(g.member.ID), Role: "admin"}))
	if err := g.remove(t); err != nil {
		t.Error(err)
	}
	if _, in := g.PipefyState.PipeRole(g.pipe.ID, g.member.ID); !in {
		t.Error("the simulator let the member go")
	}
}

func TestPipefyRemoveUserFromTable(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	must(t, g.pipefy.RemoveUserFromTable(t.Context(), g.table.ID, g.member.Email))
	if _, in := g.PipefyState.TableRole(g.table.ID, g.member.ID); in {
		t.Error("still in the table")
	}
	if _, in := g.PipefyState.PipeRole(g.pipe.ID, g.member.ID); !in {
		t.Error("gone from the pipe too")
	}
}

// TestPipefyRemoveWhoIsNotThere: as an error or as success:false, it is a refusal and no doubt.
func TestPipefyRemoveWhoIsNotThere(t *testing.T) {
	t.Parallel()
	for _, soft := range []bool{false, true} {
		g := open(t, setting{sim: sim.Options{Pipefy: simfy.Options{SoftRemoval: soft}}})
		pipe, user := g.target()
		user.Email = "stranger@acme.example"
		for name, err := range map[string]error{
			"organization": g.pipefy.RemoveUserFromOrg(t.Context(), digits(g.org), user.Email),
			"pipe":         g.pipefy.RemoveUserFromPipe(t.Context(), pipe, user),
			"table":        g.pipefy.RemoveUserFromTable(t.Context(), g.table.ID, user.Email),
		} {
			f := failure(t, err)
			if f.Ambiguous || f.Kind != wire.NotFound && !(soft && f.Kind == wire.BadRequest) {
				t.Errorf("%s, soft %v: %+v", name, soft, f)
			}
			g.discreet(t, err.Error())
		}
	}
}

// TestPipefyWritesNeedRights: missing and forbidden look the same, and neither is a doubt.
func TestPipefyWritesNeedRights(t *testing.T) {
	t.Parallel()
	g := open(t, setting{})
	reader := g.reader(t).ID
	must(t, g.PipefyState.Update(func(d *simfy.Data) {
		for i := range d.Organizations[0].Members {
			if m := &d.Organizations[0].Members[i]; m.UserID == reader {
				m.Role = "normal"
			}
		}
	}))
	for name, err := range map[string]error{
		"remove":         g.pipefy.RemoveUserFromOrg(t.Context(), digits(g.org), g.member.Email),
		"another's pipe": g.pipefy.SetRole(t.Context(), pipefy.InPipe("404"), pipefy.RoleChange{UserID: digits(g.member.ID), Role: "admin"}),
	} {
		if f := failure(t, err); f.Kind != wire.Denied || f.Ambiguous {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
