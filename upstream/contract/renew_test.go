package contract_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdream "github.com/manifold-graph/manifold/upstream/sim/pipedream"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// house is a stage with a picture of all three systems, read once, and what reads it anew. Its time is the test's own.
type house struct {
	*stage
	*collect.Renewer
	*clock
	collector *collect.Collector
	details   *collect.Details
}

func furnish(t *testing.T) *house {
	t.Helper()
	h := &house{stage: play(t, setting{sim: sim.Options{World: small()}}), clock: newClock()}
	limits := func(account string) budget.Limits { return budget.Limits{Account: account, Credential: account} }
	costs := collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
		drive: {System: person.Pipedrive, Limits: limits("company")},
		fy:    {System: person.Pipefy, Limits: limits("organization")},
		dream: {System: person.Pipedream, Limits: limits("project")},
	}, collect.CostOptions{})
	gate := costs.Gate(budget.Attribution{})
	readers := map[person.SourceID]interface {
		collect.Reader
		collect.Renewable
	}{
		drive: collect.NewPipedrive(drive, h.pipedrive.As(wire.Refresh, gate), digits(h.company())),
		fy:    collect.NewPipefy(fy, h.pipefy.As(wire.Refresh, gate), h.organization()),
		dream: collect.NewPipedream(dream, h.pipedream.As(wire.Refresh, gate)),
	}
	systems := map[person.SourceID]person.System{drive: person.Pipedrive, fy: person.Pipefy, dream: person.Pipedream}
	var sources []collect.Source
	renewable := map[person.SourceID]collect.Renewable{}
	for id, r := range readers {
		sources = append(sources, collect.Source{ID: id, System: systems[id], Reader: r})
		renewable[id] = r
	}
	linker, err := link.New(link.Rules{})
	must(t, err)
	h.collector = collect.New(sources, collect.Picture{Linker: linker, PersonID: func(k person.Key) (id person.ID) {
		copy(id[:], k.Account+k.ID)
		return id
	}}, collect.Options{Now: h.Now})
	h.collector.Refresh(t.Context())
	h.Renewer = collect.NewRenewer(h.collector, costs, renewable, collect.RenewOptions{Now: h.Now, Gather: time.Millisecond})
	h.details = collect.NewDetails(costs, collect.DetailSources{Pipedrive: map[person.SourceID]collect.As[collect.PipedriveDetails]{
		drive: func(c wire.Class, g wire.Gate) collect.PipedriveDetails { return h.pipedrive.As(c, g) },
	}}, collect.DetailOptions{Now: h.Now})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	running.Go(func() { _ = h.details.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	h.Advance(time.Hour)
	return h
}

func (h *house) view() directory.View {
	return h.collector.Current().View(access.NewPrincipal("test", access.ReadScopes...))
}

// of are the identities that the picture has of a source, in the order of their keys.
func (h *house) of(source person.SourceID) (all []*person.Identity) {
	people, err := h.view().People(directory.PeopleQuery{Window: directory.Window{First: 100_000}})
	if err != nil {
		panic(err)
	}
	for p := range people.Nodes() {
		for _, i := range people.Nodes()[p].Identities() {
			if i.Raw().Source == source {
				all = append(all, i.Raw())
			}
		}
	}
	slices.SortFunc(all, func(a, b *person.Identity) int { return a.Key.Compare(b.Key) })
	return all
}

// tokens is what the company has been charged; requests what the other two have been asked.
func (h *house) tokens() int { return h.PipedriveServer.Usage().Tokens[h.company()] }
func (h *house) requests() (fy, dream int) {
	return h.PipefyServer.Usage().Requests, h.PipedreamServer.Usage().Requests
}

var atOnce = people.Asker{Client: "test", Wanted: people.Wanted{MaxAge: new(time.Duration)}}

// fresh renews and gives the one renewal that is wanted.
func (h *house) fresh(t *testing.T, users ...*person.Identity) people.Renewal {
	t.Helper()
	h.Advance(time.Second)
	got := h.Renew(t.Context(), atOnce, users)
	if len(got) != 1 || got[0].Err != nil {
		t.Fatalf("%+v", got)
	}
	return got[0]
}

func TestRenewedPipedriveUsers(t *testing.T) {
	t.Parallel()
	h := furnish(t)
	users := h.of(drive)
	before := h.tokens()
	edited := slices.IndexFunc(users, func(u *person.Identity) bool { return u.State == person.StateActive })
	u := users[edited]
	h.PipedriveServer.Edit(h.company(), u.Pipedrive.UserID, func(u *simdrive.User) { u.Name = "Zoë New" })

	if got := h.fresh(t, u); got.Cost.Tokens != 2 || h.tokens()-before != 2 {
		t.Errorf("one user cost %+v, and the simulator charged %d", got.Cost, h.tokens()-before)
	}
	i, _ := h.view().Identity(u.Key)
	if i.Raw().Name != "Zoë New" || !i.Freshness().ObservedAt.Equal(h.Now()) || len(i.Raw().Grants) != len(u.Grants) {
		t.Errorf("the picture shows %+v", i.Raw())
	}
	if got := h.fresh(t, users[:50]...); got.Cost.Tokens != 20 || h.tokens()-before != 22 {
		t.Errorf("fifty users cost %+v, and the simulator charged %d", got.Cost, h.tokens()-before)
	}
	if n := len(h.of(drive)); n != len(users) {
		t.Errorf("%d users of %d", n, len(users))
	}
	// A user whom nobody knows, as a webhook may name one: it is asked for once and is not there.
	h.Advance(time.Second)
	h.MarkDirty(drive, person.Key{System: person.Pipedrive, Account: u.Key.Account, ID: "999999999"})
	eventually(t, func() bool { return h.tokens()-before == 24 })
	if n := len(h.of(drive)); n != len(users) {
		t.Errorf("%d users of %d", n, len(users))
	}
}

// TestASinglyReadUserIsAsTheListHasThem: whoever is read alone must not look different from before.
func TestASinglyReadUserIsAsTheListHasThem(t *testing.T) {
	t.Parallel()
	h := furnish(t)
	for _, source := range []person.SourceID{drive, dream} {
		all := h.of(source)
		for _, u := range all[:min(len(all), 9)] {
			h.fresh(t, u)
			i, ok := h.view().Identity(u.Key)
			if !ok {
				t.Errorf("%v is gone", u.Key)
				continue
			}
			before, after := newFacts(), newFacts()
			for f, who := range map[*facts]*person.Identity{before: u, after: i.Raw()} {
				f.identities[who.Key] = who.State
				for _, g := range who.Grants {
					f.grants[grant{who.Key, g.Resource.Key}], f.resources[g.Resource.Key] = g.Role, g.Resource.Name
				}
			}
			differ(t, "identity", after.identities, before.identities)
			differ(t, "grant", after.grants, before.grants)
			differ(t, "resource", after.resources, before.resources)
			if !u.CreatedAt.Equal(i.Raw().CreatedAt) || u.Name != i.Raw().Name || u.Email != i.Raw().Email || u.EmailVerified != i.Raw().EmailVerified {
				t.Errorf("%+v reads alone as %+v", u, i.Raw())
			}
		}
	}
}

func TestRenewedPipedreamUsers(t *testing.T) {
	t.Parallel()
	h := furnish(t)
	users := h.of(dream)
	at := slices.IndexFunc(users, func(u *person.Identity) bool { return len(u.Pipedream.Accounts) == 1 })
	u := users[at]
	_, before := h.requests()
	project := h.pipedream.Project()
	must(t, h.PipedreamServer.Connect(project.ID, project.Environment, simdream.Account{
		ID: "apn_new1", ExternalID: u.Key.ID, App: h.production().Accounts[0].App, CreatedAt: h.Now(), UpdatedAt: h.Now(),
	}, "", nil))
	got := h.fresh(t, u)
	_, after := h.requests()
	i, _ := h.view().Identity(u.Key)
	if got.Cost.Calls != 1 || after-before != 1 || len(i.Raw().Pipedream.Accounts) != 2 || !i.Raw().CreatedAt.Equal(u.CreatedAt) {
		t.Errorf("%+v for %d requests: %+v", got.Cost, after-before, i.Raw().Pipedream)
	}
	// Everybody takes as many requests as the sweep has pages.
	pages := (len(h.production().Users)+99)/100 + (len(h.production().Accounts)+99)/100
	got = h.fresh(t, users...)
	if _, last := h.requests(); got.Cost.Calls != pages || last-after != pages {
		t.Errorf("all cost %+v for %d requests, and there are %d pages", got.Cost, last-after, pages)
	}
}

func TestRenewedPipefyMembersTakeAWholeReading(t *testing.T) {
	t.Parallel()
	h := furnish(t)
	users := h.of(fy)
	before, _ := h.requests()
	got := h.fresh(t, users[0])
	after, _ := h.requests()
	if got.Cost.Calls != after-before || after == before {
		t.Errorf("%+v for %d requests", got.Cost, after-before)
	}
	if i, _ := h.view().Identity(users[7].Key); !i.Freshness().ObservedAt.Equal(h.Now()) {
		t.Error("the others are not newer")
	}
}

// TestPricesOfWhatPeopleDo pins what the parts of an answer cost, by the simulator's meter.
func TestPricesOfWhatPeopleDo(t *testing.T) {
	t.Parallel()
	h := furnish(t)
	hundred := make([]*person.Identity, 100)
	listed := h.of(drive)
	for i := range hundred {
		u := *listed[i%len(listed)]
		p := *u.Pipedrive
		role := int64(i%5 + 1)
		p.RoleID, u.Pipedrive = &role, &p
		hundred[i] = &u
	}
	ctx := bounded(t)
	for _, c := range []struct {
		what          string
		do            func()
		calls, tokens int
	}{
		{"a page of people", func() { _ = h.of(drive) }, 0, 0},
		{"a search by name", func() {
			_, err := h.view().People(directory.PeopleQuery{Window: directory.Window{First: 25}, Filter: directory.PeopleFilter{Search: "an"}})
			must(t, err)
		}, 0, 0},
		{"role settings of 100 users of 5 roles", func() { h.details.RoleSettings(ctx, people.Asker{}, hundred) }, 5, 50},
		{"the same again", func() { h.details.RoleSettings(ctx, people.Asker{}, hundred) }, 0, 0},
		{"followers of one user", func() { h.details.Followers(ctx, people.Asker{}, hundred[:1]) }, 1, 10},
		{"role assignments of one user", func() { h.details.RoleAssignments(ctx, people.Asker{}, hundred[:1]) }, 1, 10},
		{"nine users anew", func() { h.fresh(t, listed[:9]...) }, 9, 18},
		{"ten users anew", func() { h.fresh(t, listed[:10]...) }, 1, 20},
	} {
		tokens, used := h.tokens(), h.PipedriveServer.Usage()
		c.do()
		now := h.PipedriveServer.Usage()
		calls := 0
		for op, n := range now.Requests {
			calls += n - used.Requests[op]
		}
		if calls != c.calls || h.tokens()-tokens != c.tokens {
			t.Errorf("%s: %d calls and %d tokens, want %d and %d", c.what, calls, h.tokens()-tokens, c.calls, c.tokens)
		}
		if now.Requests["findUsers"] != 0 {
			t.Errorf("%s: users were searched for at the vendor", c.what)
		}
	}
}

// eventually waits for what goes on behind; the bound is there for a test that fails.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to pass")
		}
	}
}
