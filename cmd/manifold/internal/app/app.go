// Package app is where the rooms meet: it makes clients, ledger, collector,
// directory, resolvers and server of one configuration, and runs them.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/metrics"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers"
	"github.com/manifold-graph/manifold/resolvers/deprecation"
	"github.com/manifold-graph/manifold/upstream/act"
	"github.com/manifold-graph/manifold/upstream/authn"
	"github.com/manifold-graph/manifold/upstream/authn/oidc"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/secret"
	"github.com/manifold-graph/manifold/upstream/store"
	"github.com/manifold-graph/manifold/upstream/webhook"
	"github.com/manifold-graph/manifold/upstream/wire"
)

const userAgent = "manifold"

// App is one Manifold: everything between the vendors and the HTTP server.
type App struct {
	GraphQL    *handler.Server
	collector  *collect.Collector
	linking    *linking
	details    *collect.Details
	renewer    *collect.Renewer
	metrics    *metrics.Metrics
	watermarks *metrics.Watermarks
	events     *collect.Events
	webhooks   *webhook.Receiver
	commons    *commons
	authn      *authn.Authenticator // nil: nobody is told apart
	tokens     *oidc.Verifier       // nil: none are taken
	secrets    []*secret.Source
	// reload says when all that is read from elsewhere is to be read again; nil: never but by its own rhythm.
	reload    <-chan os.Signal
	log       *slog.Logger
	store     *store.Store
	forgetter *forgetter
	acts      *act.Runner
	documents *documents
	ids       *nodeid.Codec
	hub       *follow.Hub
	desk      *action.Desk
}

// rechecked is how often who follows is asked for anew while nothing changes: a revoked key goes on that long at most.
const rechecked = 30 * time.Second

// New wires an App from a checked configuration, and opens its store. It calls no vendor yet. Run closes the store.
func New(cfg *config.Config, log *slog.Logger) (*App, error) { return newApp(cfg, 0, log) }

// newApp is New, with the look of newCommons.
func newApp(cfg *config.Config, look time.Duration, log *slog.Logger) (*App, error) {
	newest, previous := cfg.NodeSecrets()
	ids, err := nodeid.New(newest, previous...)
	if err != nil {
		return nil, fmt.Errorf("node_key: %w", err)
	}
	var (
		transport = wire.NewTransport()
		all       []clients
		meter     = metrics.New()
	)
	for _, s := range cfg.Sources {
		c, err := dial(s, transport, log)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	kept, keeping, err := openStore(context.Background(), cfg, log, true)
	if err != nil {
		return nil, err
	}
	opened := false
	defer func() {
		if !opened {
			_ = kept.Close()
		}
	}()
	commons, err := newCommons(cfg, look, log)
	if err != nil {
		return nil, err
	}
	who, tokens, err := authenticator(cfg, log, meter.AuthenticationLimited)
	if err != nil {
		return nil, err
	}
	costs := collect.NewCosts(budget.NewLedger(commons.store), charges(cfg.Sources), collect.CostOptions{Observer: meter, Log: log, AllowanceOf: allowanceOf(who)})

	var sources []collect.Source
	live := collect.DetailSources{
		Pipedrive: make(map[person.SourceID]collect.As[collect.PipedriveDetails]),
		Pipedream: make(map[person.SourceID]collect.As[collect.PipedreamDetails]),
	}
	renewable := make(map[person.SourceID]collect.Renewable)
	for _, c := range all {
		gate := costs.Gate(budget.Attribution{})
		reader := c.reader(gate)
		renewable[person.SourceID(c.ID)] = reader
		source := collect.Source{
			ID: person.SourceID(c.ID), System: c.SystemOf(), Title: c.Title, Reader: reader, Every: c.RefreshEvery, Least: c.RefreshFastest, Spent: gate.Spent,
		}
		if c.pipedream != nil {
			source.Timeout = pipedreamSweep
		}
		sources = append(sources, source)
		c.details(live)
	}
	linker, err := link.New(cfg.LinkRules())
	if err != nil {
		return nil, fmt.Errorf("linking: %w", err)
	}
	register := collect.NewRegister(tellingSeats{kept, commons.news}, ids.PersonID, collect.RegisterOptions{Log: log, Every: look})
	collector := collect.New(sources, collect.Picture{Linker: linker, PersonID: ids.PersonID, Names: register},
		collect.Options{Log: log, Pacer: costs, Exchange: commons.exchange, Recorder: collect.NewRecorder(kept, log)})
	linking, err := newLinking(register, collector, kept, commons.news, look, ids, log)
	if err != nil {
		return nil, err
	}
	a := &App{log: log, commons: commons, ids: ids, authn: who, tokens: tokens, metrics: meter, collector: collector, details: collect.NewDetails(costs, live, collect.DetailOptions{Shared: commons.remote})}
	a.linking = linking
	a.store, a.secrets = kept, append(a.secrets, keeping...)
	a.forgetter = &forgetter{current: collector.Current, store: kept, log: log}
	for _, c := range all {
		a.secrets = append(a.secrets, c.secret)
	}
	a.renewer = collect.NewRenewer(collector, costs, renewable, collect.RenewOptions{Log: log, Shared: commons.renewals})
	a.events = collect.NewEvents(collector, collect.EventOptions{Dirty: a.renewer, Announcer: collector, Log: log})
	var hooked []*secret.Source
	a.webhooks, hooked = receiver(cfg.Sources, a.events, log)
	a.secrets = append(a.secrets, hooked...)
	names := slices.Collect(maps.Keys(charges(cfg.Sources)))
	a.watermarks = metrics.NewWatermarks(names, costs, log)
	a.metrics.Watch(metrics.Ports{Sources: names, Budgets: costs, Directory: collector, Caches: a.details, RedisLost: commons.lost})
	a.hub = follow.NewHub(collector, linking.service, ids, follow.Options{})
	a.desk = a.acting(cfg, all, renewable, costs, ids, kept.Actions(), log)
	if a.documents, err = newDocuments(cfg, log); err != nil {
		return nil, err
	}
	a.GraphQL = newGraphQL(cfg, server.Protocol{
		NoPartialStatus: !cfg.HTTP.PartialStatus, Documents: a.documents.known, DocumentCame: meter.DocumentCame,
	}, &resolvers.Resolver{
		Service: linking.service, Links: linking.links, History: kept, Details: a.details, Budgets: commons.budgets(costs), IDs: ids,
		Renewer: a.renewer, Planner: collect.NewPlanner(a.details, a.renewer, costs, collector), Acts: a.desk, Audit: kept, Hub: a.hub,
	}, meter.Deprecations(log, time.Now).Used, log)
	opened = true
	return a, nil
}

func newGraphQL(cfg *config.Config, protocol server.Protocol, root *resolvers.Resolver, deprecated deprecation.Observe, log *slog.Logger) *handler.Server {
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: root, Complexity: resolvers.Complexity()})
	h := server.NewGraphQL(schema, limitsOf(cfg), protocol)
	present := resolvers.PresentError(log)
	h.SetErrorPresenter(present)
	server.Disclosure{NoIntrospection: !cfg.Introspects(), NoSuggestions: !cfg.Suggests()}.Apply(h, schema.Schema(), present)
	h.SetRecoverFunc(resolvers.Recover(log))
	h.Use(resolvers.NewPriceLimit(root))
	h.Use(resolvers.NewObjectLimit(root, time.Now))
	h.Use(deprecation.NewWatch(deprecated))
	h.Use(resolvers.NewEffort(2 * cfg.Limits.Complexity))
	h.AroundOperations(root.AroundOperation)
	h.AroundResponses(root.AroundResponse)
	h.AroundFields(resolvers.GuardField)
	return h
}

func limitsOf(cfg *config.Config) server.Limits {
	l := cfg.Limits
	return server.Limits{
		BodyBytes: int64(l.BodyBytes), Tokens: l.Tokens, Depth: l.Depth, Repeats: l.Repeats,
		Aliases: l.Aliases, Directives: l.Directives, Fragments: l.Fragments, Spreads: 5 * l.Fragments,
		Operations: l.Operations, Variables: l.Variables,
		Complexity: l.Complexity, Timeout: l.OperationTimeout, Concurrent: l.ConcurrentOperations,
	}
}

// Run keeps the picture fresh until ctx ends.
func (a *App) Run(ctx context.Context) error {
	// What is shared outlives its users: the last of them settle and release through it.
	common, stop := context.WithCancel(context.WithoutCancel(ctx))
	var sharing sync.WaitGroup
	sharing.Go(func() { a.commons.run(common) })
	defer sharing.Wait()
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.collector.Run(ctx) })
	wg.Go(func() { _ = a.details.Run(ctx) })
	wg.Go(func() { _ = a.watermarks.Run(ctx) })
	wg.Go(func() { _ = a.renewer.Run(ctx) })
	wg.Go(func() {
		recheck := time.NewTicker(rechecked)
		defer recheck.Stop()
		_ = a.hub.Run(ctx, recheck.C)
	})
	wg.Go(func() { _ = a.events.Run(ctx) })
	wg.Go(func() { _ = a.webhooks.Run(ctx) })
	wg.Go(func() { _ = a.store.Run(ctx) })
	wg.Go(func() { a.linking.run(ctx, a.collector.Rebuild) })
	wg.Go(func() { a.forgetter.run(ctx) })
	wg.Go(func() { _ = a.acts.Run(ctx) })
	if a.authn != nil {
		wg.Go(func() { _ = a.authn.Run(ctx) })
	}
	if a.tokens != nil {
		wg.Go(func() { _ = a.tokens.Run(ctx) })
	}
	wg.Go(func() { a.reloads(ctx) })
	for _, s := range a.secrets {
		wg.Go(func() { _ = s.Run(ctx) })
	}
	wg.Wait()
	return a.store.Close()
}

// Ready tells the state of every source in brief.
func (a *App) Ready() server.Readiness {
	var out server.Readiness
	if lost := a.commons.lost; lost != nil {
		out.Redis = "ok"
		if lost() {
			out.Redis = "lost"
		}
	}
	for _, s := range a.collector.Current().View(access.Principal{}).Sources() {
		state := s.State()
		out.Ready = out.Ready || s.Freshness() != nil
		out.Sources = append(out.Sources, server.SourceState{
			ID: string(state.ID), System: state.System.String(), State: state.Health.String(), Reason: state.Reason,
		})
	}
	return out
}

// serve runs the App behind an HTTP server until ctx ends. It calls listening
// once the address is taken.
func (a *App) serve(ctx context.Context, cfg *config.Config, page *http.ServeMux, log *slog.Logger, listening func(url string)) error {
	srv, err := server.New(a.GraphQL, server.Options{
		Listen: cfg.Listen, Hosts: cfg.Hosts, Origins: cfg.Origins, Authenticator: a.authenticator(), Page: page,
		LocalReads:  !cfg.Pretend(),
		LocalLimits: access.Limits{OperationTokens: cfg.Limits.OperationTokens, ObjectsPerMinute: cfg.Limits.ObjectsPerMinute},
		Ready:       a.Ready, Log: log, Answered: a.metrics.Answered, Metrics: a.metrics.Handler(), Webhooks: a.webhooks, OperationTimeout: cfg.Limits.OperationTimeout,
		Shed: a.metrics.ConnectionShed, Connections: cfg.Limits.Connections, ConnectionsPerAddress: cfg.Limits.ConnectionsPerAddress,
		Streams: server.Streams{Subscriptions: cfg.Limits.Subscriptions, PerSocket: cfg.Limits.SubscriptionsPerConnection, Observer: a.metrics.Streams()},
	})
	if err != nil {
		return err
	}
	addr, err := srv.Listen()
	if err != nil {
		return err
	}
	listening("http://" + addr.String())
	// What runs behind goes on while requests drain, or the live reads that they wait for would end at the signal.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.Run(background) })
	defer wg.Wait()
	defer stop()
	return srv.Run(ctx)
}
