package contract_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/sim"
	simdream "github.com/manifold-graph/manifold/upstream/sim/pipedream"
	simdrive "github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	simfy "github.com/manifold-graph/manifold/upstream/sim/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// tariff is what a company may spend in a day, and what of that is Manifold's.
type tariff struct {
	// budget is enforced by the simulator; share is what Manifold is configured with.
	budget, share int
	// reset is nil where the operator does not know it. It is at midnight.
	reset *time.Duration
	// blind: Pipedrive does not say what is left.
	blind bool
	// paced: readings follow the budget; else they keep their rhythm.
	paced bool
}

const burst = 20

// office is the gateway's working part before three simulators, in a bubble of testing/synctest: whoever makes one runs it and closes it.
type office struct {
	tariff
	works     int64
	server    *simdrive.Server
	transport *inProcess
	client    *pipedrive.Client
	costs     *collect.Costs
	collector *collect.Collector
	renewer   *collect.Renewer
	details   *collect.Details
	stop      context.CancelFunc
	running   sync.WaitGroup

	mu    sync.Mutex
	lines []line
	// others is what somebody else has spent today, before what was charged to Manifold before today.
	others, before int
}

// line is an attempt at Pipedrive as the simulator's meter saw it.
type line struct {
	collect.Attempt
	at time.Time
	// left is what Manifold might still have spent afterwards, by its share and by the company's budget; others what
	// somebody else had spent.
	left, others int
}

// openOffice makes an office on a Monday, two minutes after midnight.
func openOffice(t *testing.T, f tariff) *office {
	t.Helper()
	time.Sleep(time.Until(time.Date(2026, 11, 23, 0, 2, 0, 0, time.UTC)))
	world := sim.NewWorld(sim.WorldOptions{Seed: 3, People: 120})
	o := &office{tariff: f, works: world.Pipedrive.Companies[0].ID}
	world.Pipedrive.Companies[0].Budget, world.Pipedrive.Companies[0].Burst = f.budget, burst
	o.server = simdrive.New(world.Pipedrive, simdrive.Options{})
	organizations, err := simfy.NewState(world.Pipefy)
	must(t, err)
	project, err := simdream.NewState(world.Pipedream)
	must(t, err)
	o.transport = &inProcess{hosts: map[string]http.Handler{
		"drive": o.server, "fy": simfy.New(organizations, simfy.Options{}), "dream": simdream.New(project, simdream.Options{}),
	}}
	if f.blind {
		o.transport.strip = tokenHeaders
	}
	o.hire(t, world.Credentials)
	return o
}

// hire makes the clients and all that calls through them.
func (o *office) hire(t *testing.T, cred sim.Credentials) {
	t.Helper()
	still := func() float64 { return 0 }
	o.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
		drive: {System: person.Pipedrive, Limits: budget.Limits{Account: "company", Credential: "token", Tokens: o.share, Burst: burst, Reset: o.reset}},
		fy:    {System: person.Pipefy, Limits: budget.Limits{Account: "organization", Credential: "organization"}},
		dream: {System: person.Pipedream, Limits: budget.Limits{
			Account: "project", Credential: "project", Tokens: 2000, RefreshTokens: 500, Window: 5 * time.Minute}},
	}, collect.CostOptions{Observer: o, Jitter: still})

	var err error
	o.client, err = pipedrive.New(drive, "http://drive", pipedrive.TokenCredential(cred.Pipedrive[0].Token), pipedrive.Options{Transport: o.transport})
	must(t, err)
	service, err := wire.NewOAuth(wire.OAuthConfig{Source: string(fy), TokenURL: "http://fy/oauth/token",
		ClientID: cred.Pipefy[0].ClientID, ClientSecret: cred.Pipefy[0].ClientSecret, Form: true, Transport: o.transport})
	must(t, err)
	members, err := pipefy.New(wire.Config{Source: string(fy), BaseURL: "http://fy", Credential: service, Transport: o.transport}, pipefy.Options{})
	must(t, err)
	options := pipedream.Options{Transport: o.transport}
	key, err := pipedream.Credential(dream, "http://dream", cred.PipedreamClientID, cred.PipedreamClientSecret, "", options)
	must(t, err)
	project := pipedream.Project{ID: cred.PipedreamProjectID, Environment: "production"}
	users, err := pipedream.New(dream, "http://dream", project, key, options)
	must(t, err)

	gates := map[person.SourceID]*collect.Gate{}
	for _, id := range []person.SourceID{drive, fy, dream} {
		gates[id] = o.costs.Gate(budget.Attribution{Operation: "refresh"})
	}
	one := collect.NewPipedrive(drive, o.client.As(wire.Refresh, gates[drive]), digits(o.company()))
	two := collect.NewPipefy(fy, members.As(wire.Refresh, gates[fy]), digits(cred.Pipefy[0].OrganizationID))
	three := collect.NewPipedream(dream, users.As(wire.Refresh, gates[dream]))
	linker, err := link.New(link.Rules{})
	must(t, err)
	pacing := collect.Options{Jitter: still}
	if o.paced {
		pacing.Pacer = o.costs
	}
	const seldom = 6 * time.Hour // for these two share no budget with Pipedrive, and take most of the test's time
	o.collector = collect.New([]collect.Source{
		{ID: drive, System: person.Pipedrive, Reader: one, Every: rhythm, Spent: gates[drive].Spent},
		{ID: fy, System: person.Pipefy, Reader: two, Every: seldom, Spent: gates[fy].Spent},
		{ID: dream, System: person.Pipedream, Reader: three, Every: seldom, Spent: gates[dream].Spent},
	}, collect.Picture{Linker: linker, PersonID: func(k person.Key) (id person.ID) {
		copy(id[:], k.Account+k.ID)
		return id
	}}, pacing)
	o.renewer = collect.NewRenewer(o.collector, o.costs, map[person.SourceID]collect.Renewable{drive: one, fy: two, dream: three}, collect.RenewOptions{})
	o.details = collect.NewDetails(o.costs, collect.DetailSources{
		Pipedrive: map[person.SourceID]collect.As[collect.PipedriveDetails]{
			drive: func(c wire.Class, g wire.Gate) collect.PipedriveDetails { return o.client.As(c, g) },
		},
		Pipedream: map[person.SourceID]collect.As[collect.PipedreamDetails]{
			dream: func(c wire.Class, g wire.Gate) collect.PipedreamDetails { return users.As(c, g) },
		},
	}, collect.DetailOptions{})
}

// rhythm is how often Pipedrive is read where nothing stretches it.
const rhythm = 15 * time.Minute

// run starts what works by itself, and waits for the first picture.
func (o *office) run(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	o.stop = stop
	o.running.Go(func() { _ = o.collector.Run(ctx) })
	o.running.Go(func() { _ = o.renewer.Run(ctx) })
	o.running.Go(func() { _ = o.details.Run(ctx) })
	time.Sleep(time.Minute)
	for _, s := range o.view().Sources() {
		if state := s.State(); state.Health != person.HealthOK {
			t.Errorf("%s: %s (%s)", state.ID, state.Health, state.Reason)
		}
	}
}

func (o *office) close() {
	o.stop()
	o.running.Wait()
}

// view is the picture as people see it who ask.
func (o *office) view() directory.View {
	return collect.Audience{Collector: o.collector}.Current().View(access.NewPrincipal("frontend", access.ReadScopes...))
}

// user is one of the company's users, by a number below how many there are.
func (o *office) user(n int) *person.Identity {
	u := o.server.Users(o.company())[n]
	i, ok := o.view().Identity(person.Key{System: person.Pipedrive, Account: digits(o.company()), ID: digits(u.ID)})
	if !ok {
		panic("the picture lacks a user of Pipedrive")
	}
	return i.Raw()
}

// Called writes down what Pipedrive was asked. Nothing else happens at that moment, so the simulator's meter tells exactly
// what this attempt left.
func (o *office) Called(a collect.Attempt) {
	if a.Source != drive {
		return
	}
	left := o.left()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, line{a, time.Now(), left, o.others})
}

// spent is what the simulator has charged to Manifold today.
func (o *office) spent() int {
	metered := o.server.Usage().Tokens[o.company()]
	o.mu.Lock()
	defer o.mu.Unlock()
	return metered - o.before
}

// left is what Manifold may still spend today.
func (o *office) left() int {
	spent := o.spent()
	o.mu.Lock()
	defer o.mu.Unlock()
	return min(o.share, o.budget-o.others) - spent
}

// eat spends as somebody else.
func (o *office) eat(tokens int) {
	o.server.Spend(o.company(), tokens)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.others += tokens
}

// turn is called at midnight.
func (o *office) turn() {
	metered := o.server.Usage().Tokens[o.company()]
	o.mu.Lock()
	defer o.mu.Unlock()
	o.others, o.before = 0, metered
}

// company is the one that is read.
func (o *office) company() int64 { return o.works }
