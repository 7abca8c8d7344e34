package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim"
	simfy "github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// pipefyFacts is the oracle of the first organization as its reader may see it, and
// how many pipes and tables that is.
func (st *stage) pipefyFacts(t *testing.T) (f *facts, pipes, tables int) {
	t.Helper()
	reader, data := st.reader(t).ID, st.PipefyState.Data()
	f = newFacts()
	org := data.Organizations[0]
	account := digits(org.ID)
	users := map[int64]simfy.User{}
	for _, u := range data.Users {
		users[u.ID] = u
	}
	add := func(kind person.ResourceKind, id, name string, members []simfy.Member) {
		what := person.ResourceKey{System: person.Pipefy, Account: account, Kind: kind, ID: id}
		f.resources[what] = name
		for _, m := range members {
			who := person.Key{System: person.Pipefy, Account: account, ID: digits(m.UserID)}
			f.identities[who] = person.StateActive
			if !users[m.UserID].Confirmed {
				f.identities[who] = person.StateUnconfirmed
			}
			f.grants[grant{who, what}] = m.Role
		}
	}
	add(person.ResourceOrganization, account, org.Name, org.Members)
	for _, p := range data.Pipes {
		if p.OrganizationID == org.ID && belongs(p.Members, reader) {
			add(person.ResourcePipe, digits(p.ID), p.Name, p.Members)
			pipes++
		}
	}
	for _, table := range data.Tables {
		if table.OrganizationID == org.ID && belongs(table.Members, reader) {
			add(person.ResourceTable, table.ID, table.Name, table.Members)
			tables++
		}
	}
	return f, pipes, tables
}

// calls is what a whole reading takes: me, the organization, its members, its pipes, a
// page for every 50 tables, and a document for every 25 pipes or tables.
func calls(pipes, tables int) int {
	return 4 + max(1, (tables+49)/50) + (pipes+24)/25 + (tables+24)/25
}

func TestPipefyReadingIsWhole(t *testing.T) {
	t.Parallel()
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			st := play(t, setting{sim: sim.Options{World: world()}})
			b := reading(t, collect.NewPipefy(fy, st.pipefy, st.organization()))
			want, pipes, tables := st.pipefyFacts(t)
			want.compare(t, b)
			st.known(t, b)
			data := st.PipefyState.Data()
			members := len(data.Organizations[0].Members)
			hidden := []string{fmt.Sprintf("the credential sees %d of %d pipes", pipes, len(data.Pipes))}
			if c := b.Coverage; !c.Complete || c.Seen != members || c.Total != members || !slices.Equal(c.Gaps, hidden) {
				t.Errorf("coverage %+v of %d members, want the gaps %v", c, members, hidden)
			}
			for _, r := range b.Resources {
				if !r.MembersComplete {
					t.Errorf("the members of %v are not complete", r.Key)
				}
			}
			if n := st.PipefyServer.Usage().Requests; n != calls(pipes, tables) || n != st.gate.admitted() {
				t.Errorf("%d calls, %d admitted, want %d for %d pipes and %d tables", n, st.gate.admitted(), calls(pipes, tables), pipes, tables)
			}
		})
	}
}

// TestPipefyReadingOfTwoOrganizations: users are shared, memberships are not.
func TestPipefyReadingOfTwoOrganizations(t *testing.T) {
	t.Parallel()
	world := sim.NewWorld(sim.WorldOptions{Seed: 5, SecondOrganization: true})
	st := play(t, setting{sim: sim.Options{World: world}})
	want, _, _ := st.pipefyFacts(t)
	want.compare(t, reading(t, collect.NewPipefy(fy, st.pipefy, st.organization())))
	_, err := collect.NewPipefy(fy, st.pipefy, digits(world.Credentials.Pipefy[1].OrganizationID)).Read(t.Context())
	if err == nil {
		t.Error("the first organization's credential read the second")
	}
}

// TestPipefyReadingSplitsWhatIsTooComplex: under a limit that no whole batch fits, at
// both readings of what a plain list weighs, every pipe is read all the same.
func TestPipefyReadingSplitsWhatIsTooComplex(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ weight, limit, fits int }{
		"plain lists weigh their fields": {1, 400, 22},
		"plain lists weigh 50 times":     {50, 5_000, 6},
	} {
		t.Run(name, func(t *testing.T) {
			st := play(t, setting{sim: sim.Options{World: large(), Pipefy: simfy.Options{PlainListWeight: c.weight, ComplexityLimit: c.limit}}})
			b := reading(t, collect.NewPipefy(fy, st.pipefy, st.organization()))
			want, pipes, tables := st.pipefyFacts(t)
			want.compare(t, b)
			if len(b.Coverage.Gaps) != 1 {
				t.Errorf("gaps %v", b.Coverage.Gaps)
			}
			// A document that does not fit costs one call, and at most two more for its halves.
			least, n := calls(pipes, tables), st.PipefyServer.Usage().Requests
			most := 4 + (tables+49)/50 + 3*((pipes+c.fits-1)/c.fits) + 3*((tables+c.fits-1)/c.fits)
			if n <= least || n > most {
				t.Errorf("%d calls, want more than %d and at most %d", n, least, most)
			}
		})
	}
}

// TestPipefyLargestBatchIsLegal: at the documented limit no batch ever needs splitting,
// whatever a plain list weighs.
func TestPipefyLargestBatchIsLegal(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{1, 50} {
		st := play(t, setting{pipefy: pipefy.Options{Batch: pipefy.MaxBatch}, sim: sim.Options{World: large(), Pipefy: simfy.Options{PlainListWeight: weight}}})
		reading(t, collect.NewPipefy(fy, st.pipefy, st.organization()))
		_, pipes, tables := st.pipefyFacts(t)
		want := 4 + 2*((tables+49)/50) + (pipes+49)/50
		if n := st.PipefyServer.Usage().Requests; n != want {
			t.Errorf("weight %d: %d calls, want %d", weight, n, want)
		}
	}
}

// TestPipefyReadingOverTheTimeLimit: documents that take too long are halved; a pipe that
// takes too long alone is a gap with its name, and its members are not complete.
func TestPipefyReadingOverTheTimeLimit(t *testing.T) {
	t.Parallel()
	st := play(t, setting{})
	var heavy string
	reader := st.reader(t).ID
	must(t, st.PipefyState.Update(func(d *simfy.Data) {
		for i := range d.Pipes {
			if p := &d.Pipes[i]; belongs(p.Members, reader) {
				heavy = digits(p.ID)
				for _, m := range d.Organizations[0].Members {
					if !strings.HasSuffix(m.Role, "_guest") && !belongs(p.Members, m.UserID) {
						p.Members = append(p.Members, simfy.Member{UserID: m.UserID, Role: "member"})
					}
				}
				return
			}
		}
	}))
	limit := 0
	for _, p := range st.PipefyState.Data().Pipes {
		if digits(p.ID) == heavy {
			limit = 2*len(p.Members) - 10 // a member and a user each
		}
	}
	slow := play(t, setting{sim: sim.Options{World: st.World, Pipefy: simfy.Options{ObjectLimit: limit}}})
	must(t, slow.PipefyState.Update(func(d *simfy.Data) { *d = st.PipefyState.Data() }))
	b, err := slow.pipefy.PipeMembers(t.Context(), pipeIDs(slow, reader))
	must(t, err)
	if len(b.Gaps) != 1 || b.Gaps[0] != (pipefy.Gap{ID: heavy, Reason: pipefy.GapTooBig}) {
		t.Errorf("gaps %v, want pipe %s", b.Gaps, heavy)
	}
	if want := len(pipeIDs(slow, reader)) - 1; len(b.Read) != want {
		t.Errorf("%d pipes read of %d", len(b.Read), want)
	}
	for _, r := range b.Read {
		if !r.Whole {
			t.Errorf("pipe %s is not whole", r.ID)
		}
	}
}

func pipeIDs(st *stage, reader int64) (ids []string) {
	for _, p := range st.PipefyState.Data().Pipes {
		if belongs(p.Members, reader) {
			ids = append(ids, digits(p.ID))
		}
	}
	return ids
}
