package contract_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim"
	simfy "github.com/manifold-graph/manifold/upstream/sim/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

func digits(id int64) string { return strconv.FormatInt(id, 10) }

// agreeOnUser checks that a user reads as the simulator knows it.
func agreeOnUser(t *testing.T, got pipefy.User, want simfy.User) {
	t.Helper()
	if got.ID != digits(want.ID) || got.UUID != want.UUID || got.Name != want.Name || got.Email != want.Email || got.Username != want.Username ||
		got.AvatarURL != want.AvatarURL || got.Locale != want.Locale || got.Timezone != want.Timezone ||
		!got.CreatedAt.Equal(want.CreatedAt.Truncate(time.Second)) || !got.LastSignInAt.Equal(want.LastSignInAt) ||
		got.Invited == nil || *got.Invited != want.Invited || got.Confirmed == nil || *got.Confirmed != want.Confirmed {
		t.Errorf("user %d reads as %+v, want %+v", want.ID, got, want)
	}
}

// agreeOnMembers checks a member list against the simulator's.
func (st *stage) agreeOnMembers(t *testing.T, what string, got []pipefy.Member, want []simfy.Member) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d members, want %d", what, len(got), len(want))
		return
	}
	for i, m := range got {
		user, _ := st.PipefyState.User(want[i].UserID)
		agreeOnUser(t, m.User, user)
		billable := want[i].Billable == nil && m.Billable == nil || want[i].Billable != nil && m.Billable != nil && *m.Billable == *want[i].Billable
		if m.Role != want[i].Role || !billable {
			t.Errorf("%s: user %d is %+v, want %+v", what, user.ID, m, want[i])
		}
	}
}

// reader is the user that the stage's credential acts as.
func (st *stage) reader(t *testing.T) simfy.User {
	t.Helper()
	data := st.PipefyState.Data()
	u, ok := st.PipefyState.User(data.Clients[0].UserID)
	if !ok {
		t.Fatal("the world has no service account")
	}
	return u
}

func belongs(members []simfy.Member, user int64) bool {
	return slices.ContainsFunc(members, func(m simfy.Member) bool { return m.UserID == user })
}

func TestPipefyMe(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	me, err := st.pipefy.Me(t.Context())
	must(t, err)
	agreeOnUser(t, me, st.reader(t))
}

func TestPipefyOrganizations(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	want := st.PipefyState.Data().Organizations[0]
	all, err := st.pipefy.Organizations(t.Context())
	must(t, err)
	one, err := st.pipefy.Organization(t.Context(), st.organization())
	must(t, err)
	if len(all) != 1 || all[0] != one {
		t.Errorf("the credential's organizations are %+v, alone it is %+v", all, one)
	}
	pipes := len(st.PipefyState.Data().Pipes)
	if one.ID != digits(want.ID) || one.UUID != want.UUID || one.Name != want.Name || one.Role != "admin" || one.Members != len(want.Members) || one.Pipes != pipes {
		t.Errorf("%+v", one)
	}
	if _, err := st.pipefy.Organization(t.Context(), "999"); wire.KindOf(err) != wire.Denied {
		t.Errorf("an organization that is missing or hidden: %v", err)
	}
}

func TestPipefyOrganizationMembers(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	want := st.PipefyState.Data().Organizations[0].Members
	got, err := st.pipefy.OrganizationMembers(t.Context(), st.organization())
	must(t, err)
	if got.Total != len(want) || !got.Whole {
		t.Errorf("total %d, whole %v of %d members", got.Total, got.Whole, len(want))
	}
	st.agreeOnMembers(t, "organization", got.List, want)
}

// TestPipefyOrganizationPipes: the list holds the credential's own pipes, the count all of them.
func TestPipefyOrganizationPipes(t *testing.T) {
	t.Parallel()
	for _, public := range []bool{false, true} {
		st := play(t, setting{pipefy: pipefy.Options{PublicPipes: public}})
		data := st.PipefyState.Data()
		got, err := st.pipefy.OrganizationPipes(t.Context(), st.organization())
		must(t, err)
		var want []string
		for _, p := range data.Pipes {
			if belongs(p.Members, st.reader(t).ID) || public && p.Public {
				want = append(want, digits(p.ID)+p.UUID+p.Name)
			}
		}
		var ids []string
		for _, p := range got.List {
			ids = append(ids, p.ID+p.UUID+p.Name)
		}
		if !slices.Equal(ids, want) || got.Total != len(data.Pipes) || !got.Whole || len(want) == len(data.Pipes) {
			t.Errorf("public %v: pipes %v of %d, want %v of %d", public, ids, got.Total, want, len(data.Pipes))
		}
	}
}

// TestPipefyOrganizationTables needs several pages.
func TestPipefyOrganizationTables(t *testing.T) {
	t.Parallel()
	st := play(t, setting{sim: sim.Options{World: large()}})
	reader := st.reader(t).ID
	var want, ids []string
	for _, table := range st.PipefyState.Data().Tables {
		if belongs(table.Members, reader) {
			want = append(want, table.ID+digits(table.InternalID)+table.UUID+table.Name)
		}
	}
	got, err := st.pipefy.OrganizationTables(t.Context(), st.organization())
	must(t, err)
	for _, table := range got.List {
		ids = append(ids, table.ID+table.InternalID+table.UUID+table.Name)
	}
	if !slices.Equal(ids, want) || got.Total != len(want) || !got.Whole {
		t.Errorf("%d tables of %d, whole %v, want %d", len(ids), got.Total, got.Whole, len(want))
	}
	if calls := st.PipefyServer.Usage().Requests; len(want) <= 50 || calls != (len(want)+49)/50 {
		t.Errorf("%d tables took %d calls", len(want), calls)
	}
}

func TestPipefyPipeAndTableMembers(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	data, reader := st.PipefyState.Data(), st.reader(t).ID
	pipes, tables := map[string][]simfy.Member{}, map[string][]simfy.Member{}
	var pipeIDs, tableIDs []string
	for _, p := range data.Pipes {
		pipes[digits(p.ID)] = p.Members
		pipeIDs = append(pipeIDs, digits(p.ID))
		if !belongs(p.Members, reader) && !p.Public {
			pipes[digits(p.ID)] = nil
		}
	}
	for _, table := range data.Tables {
		tables[table.ID] = table.Members
		tableIDs = append(tableIDs, table.ID)
		if !belongs(table.Members, reader) && !table.Public {
			tables[table.ID] = nil
		}
	}
	for _, c := range []struct {
		what string
		ids  []string
		want map[string][]simfy.Member
		read func() (pipefy.Rosters, error)
	}{
		{"pipe", pipeIDs, pipes, func() (pipefy.Rosters, error) { return st.pipefy.PipeMembers(t.Context(), append(pipeIDs, "404")) }},
		{"table", tableIDs, tables, func() (pipefy.Rosters, error) { return st.pipefy.TableMembers(t.Context(), append(tableIDs, "Znone")) }},
	} {
		st.PipefyServer.ResetUsage()
		got, err := c.read()
		must(t, err)
		if len(got.Read)+len(got.Gaps) != len(c.ids)+1 {
			t.Errorf("%ss: %d read and %d gaps of %d", c.what, len(got.Read), len(got.Gaps), len(c.ids)+1)
		}
		for _, r := range got.Read {
			if !r.Whole || c.want[r.ID] == nil {
				t.Errorf("%s %s: whole %v", c.what, r.ID, r.Whole)
			}
			st.agreeOnMembers(t, c.what+" "+r.ID, r.Members, c.want[r.ID])
		}
		for _, g := range got.Gaps {
			if g.Reason != pipefy.GapHidden || c.want[g.ID] != nil {
				t.Errorf("%s gap %+v", c.what, g)
			}
		}
		if calls, want := st.PipefyServer.Usage().Requests, (len(c.ids)+1+24)/25; calls != want {
			t.Errorf("%d %ss took %d calls, want %d: an unreadable id must not cost a second one", len(c.ids)+1, c.what, calls, want)
		}
	}
}
