package resolvers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers"
)

// gallery is a graph whose picture a test exchanges, and those who follow it through the executor.
type gallery struct {
	ids      *nodeid.Codec
	current  atomic.Pointer[directory.Snapshot]
	swapped  chan struct{}
	mu       sync.Mutex
	trail    []*directory.Snapshot
	hub      *follow.Hub
	root     *resolvers.Resolver
	exec     *executor.Executor
	actions  *action.Memory
	moved    chan struct{}
	in       directory.Input
	executed atomic.Int64 // persons that were executed, and not remembered
}

func (g *gallery) Current() *directory.Snapshot { return g.current.Load() }
func (g *gallery) Begun() <-chan struct{}       { return begun }
func (g *gallery) Trail() ([]*directory.Snapshot, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	trail := g.trail
	g.trail = nil
	return trail, true
}
func (g *gallery) Swapped() <-chan struct{} { return g.swapped }
func (g *gallery) Budget(person.SourceID) (people.Budget, bool) {
	return people.Budget{}, false
}
func (g *gallery) Spent(person.SourceID) []people.Spending { return nil }
func (g *gallery) WatchAction(action.ID) (<-chan struct{}, func()) {
	return g.moved, func() {}
}

// tell says that actions have moved.
func (g *gallery) tell() {
	select {
	case g.moved <- struct{}{}:
	default:
	}
}

// free is a Planner by which permissions alone have a price.
type free struct{ people.Planner }

func (free) Price(coordinate string) (people.Price, bool) {
	return people.Price{System: person.Pipedrive, Tokens: 10}, coordinate == "PipedriveUser.permissions"
}

// newGallery shows users of one Pipedrive company, and perhaps of a second.
func newGallery(t testing.TB) *gallery {
	t.Helper()
	ids, err := nodeid.New([]byte("a secret of the test, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	g := &gallery{ids: ids, swapped: make(chan struct{}, 1), actions: action.NewMemory(), moved: make(chan struct{}, 1)}
	complete := person.Coverage{Total: -1, Complete: true, GrantsComplete: true}
	g.in = directory.Input{Version: 1, At: noon, Linker: linker, PersonID: ids.PersonID}
	for source, account := range map[person.SourceID]string{"pd": "7001", "pd-two": "7002"} {
		g.in.Sources = append(g.in.Sources, person.SourceState{ID: source, System: person.Pipedrive, Account: account, Health: person.HealthOK, AsOf: noon, Coverage: complete})
		g.in.Batches = append(g.in.Batches, person.Batch{Source: source, System: person.Pipedrive, Account: account, AsOf: noon, Coverage: complete})
	}
	g.current.Store(directory.Build(g.in))
	service := people.New(g, ids, func() time.Time { return noon })
	g.hub = follow.NewHub(g, service, ids, follow.Options{})
	g.root = &resolvers.Resolver{Service: service, Details: silent{}, Budgets: g, IDs: ids, Hub: g.hub, Planner: free{},
		Acts: action.NewDesk(action.DeskOptions{Directory: g, IDs: ids, Store: g.actions, Now: func() time.Time { return noon }, News: g})}
	g.exec = executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: g.root, Complexity: resolvers.Complexity()}))
	g.exec.SetErrorPresenter(resolvers.PresentError(slog.New(slog.DiscardHandler)))
	g.exec.Use(resolvers.NewPriceLimit(g.root))
	g.exec.Use(resolvers.NewObjectLimit(g.root, time.Now))
	g.exec.Use(resolvers.NewEffort(100))
	g.exec.AroundOperations(g.root.AroundOperation)
	g.exec.AroundResponses(g.root.AroundResponse)
	g.exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		if fc := graphql.GetFieldContext(ctx); fc.Object == "Person" && fc.Field.Name == "displayName" {
			g.executed.Add(1)
		}
		return resolvers.GuardField(ctx, next)
	})
	return g
}

// user is what a company says of one of its users.
func user(source person.SourceID, account, id, name string) *person.Identity {
	return &person.Identity{Key: person.Key{System: person.Pipedrive, Account: account, ID: id}, Source: source, Name: name,
		Email: id + "@example.com", EmailVerified: true, Pipedrive: &person.PipedriveUser{ActiveFlag: true}}
}

// show swaps in a picture in which changes have happened.
func (g *gallery) show(changes ...directory.Change) {
	g.swap(g.current.Load().Apply(changes))
}

func (g *gallery) swap(s *directory.Snapshot) {
	g.mu.Lock()
	g.trail = append(g.trail, s)
	g.mu.Unlock()
	g.current.Store(s)
	select {
	case g.swapped <- struct{}{}:
	default:
	}
	g.hub.Look()
}

func is(i *person.Identity) directory.Change {
	return directory.Change{Key: i.Key, Identity: i, ObservedAt: noon.Add(time.Hour)}
}

func gone(i *person.Identity) directory.Change {
	return directory.Change{Key: i.Key, ObservedAt: noon.Add(time.Hour)}
}

// badge is a credential that can change while it is used.
type badge struct {
	mu  sync.Mutex
	who access.Principal
	err error
}

func (b *badge) set(who access.Principal, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.who, b.err = who, err
}

func (b *badge) now() (access.Principal, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.who, b.err
}

// told is one response of a subscription.
type told struct {
	Data struct {
		PersonChanged *struct {
			Kind             string
			PersonID, IntoID *string
			Person           *struct {
				ID, DisplayName string
				PrimaryEmail    *string
			}
		}
		SourceChanged  *struct{ Name, Health string }
		ActionProgress *struct {
			ID, State string
			Steps     []struct{ State string }
		}
	}
	HasData    bool
	Codes      []string
	Paths      []string
	Extensions map[string]any
}

// visitor is one subscription.
type visitor struct {
	t     testing.TB
	badge *badge
	leave func()
	next  func() *told // nil: it has ended
}

// follow begins a subscription for somebody with a badge.
func (g *gallery) follow(t testing.TB, b *badge, query string, variables map[string]any) *visitor {
	t.Helper()
	who, _ := b.now()
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(t.Context()))
	ctx = access.WithRenewal(access.With(ctx, who), b.now)
	op, errs := g.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	var responses graphql.ResponseHandler
	if errs != nil {
		resp := g.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		responses = graphql.OneShot(resp)
	} else {
		responses, ctx = g.exec.DispatchOperation(ctx, op)
	}
	t.Cleanup(cancel)
	return &visitor{t: t, badge: b, leave: cancel, next: func() *told {
		resp := responses(ctx)
		if resp == nil {
			return nil
		}
		out := &told{HasData: len(resp.Data) > 0, Extensions: resp.Extensions}
		if out.HasData {
			if err := json.Unmarshal(resp.Data, &out.Data); err != nil {
				t.Errorf("%s: %v", resp.Data, err)
			}
		}
		for _, e := range resp.Errors {
			code, _ := e.Extensions["code"].(string)
			out.Codes, out.Paths = append(out.Codes, code), append(out.Paths, e.Path.String())
		}
		return out
	}}
}

func bearer(scopes ...access.Scope) *badge {
	if len(scopes) == 0 {
		scopes = append(append(scopes, access.ReadScopes...), access.ScopeActionsRead)
	}
	return &badge{who: access.NewPrincipal("key:frontend", scopes...)}
}
