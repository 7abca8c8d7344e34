package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/generated"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/resolvers"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// office is a graph over one Pipedrive company of two users, with a live side
// that the test decides.
type office struct {
	snapshot *directory.Snapshot
	handler  http.Handler
	log      bytes.Buffer
	// permissions answers live reads; reads counts the users read: into how many
	// batches they fall is a matter of milliseconds.
	permissions func(*person.Identity) people.Detail[[]person.Permission]
	reads       atomic.Int64
	spent       int
	root        *resolvers.Resolver
	now         time.Time
}

func (o *office) Current() *directory.Snapshot { return o.snapshot }
func (o *office) Begun() <-chan struct{}       { return begun }

// begun: this office's picture is complete.
var begun = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

func (o *office) Budget(person.SourceID) (people.Budget, bool) {
	return people.Budget{Spent: o.spent}, true
}

func (o *office) Spent(person.SourceID) []people.Spending { return nil }

func (o *office) Permissions(_ context.Context, _ people.Asker, users []*person.Identity) []people.Detail[[]person.Permission] {
	o.reads.Add(int64(len(users)))
	return details(users, o.permissions)
}

func details[T any](users []*person.Identity, of func(*person.Identity) people.Detail[T]) []people.Detail[T] {
	out := make([]people.Detail[T], len(users))
	for i, u := range users {
		out[i] = of(u)
	}
	return out
}

// silent is the rest of people.Details: nobody in these tests asks for it.
type silent struct{ people.Details }

type live struct {
	silent
	*office
}

func (l live) Permissions(ctx context.Context, a people.Asker, users []*person.Identity) []people.Detail[[]person.Permission] {
	return l.office.Permissions(ctx, a, users)
}

func (o *office) employ(t *testing.T, ids *nodeid.Codec, names ...string) {
	t.Helper()
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	batch := person.Batch{Source: "pd", System: person.Pipedrive, Account: "7001", AsOf: noon, Coverage: person.Coverage{Seen: len(names), Total: -1, Complete: true}}
	for i, n := range names {
		batch.Identities = append(batch.Identities, &person.Identity{
			Key:    person.Key{System: person.Pipedrive, Account: "7001", ID: string(rune('1' + i))},
			Source: "pd", Name: n, Email: n + "@example.com", Pipedrive: &person.PipedriveUser{UserID: int64(i + 1)},
		})
	}
	o.snapshot = directory.Build(directory.Input{
		Version: 1, At: noon, Linker: linker, PersonID: ids.PersonID, Batches: []person.Batch{batch},
		Sources: []person.SourceState{{ID: "pd", System: person.Pipedrive, Account: "7001", Health: person.HealthOK, AsOf: noon}},
	})
}

func newOffice(t *testing.T) (*office, *nodeid.Codec) {
	t.Helper()
	ids, err := nodeid.New([]byte("a secret of the test, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	o := &office{permissions: func(u *person.Identity) people.Detail[[]person.Permission] {
		return people.Detail[[]person.Permission]{
			Value: []person.Permission{{Name: "can_see", Granted: true}}, Held: true,
			Cost: people.Cost{Source: u.Source, Calls: 1, Tokens: 10},
		}
	}}
	o.employ(t, ids, "ann", "bob")
	root := &resolvers.Resolver{Service: people.New(o, ids, func() time.Time { return o.now }), Details: live{office: o}, Budgets: o, IDs: ids}
	o.root, o.now = root, noon
	log := slog.New(slog.NewTextHandler(&o.log, nil))
	h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: root}))
	h.AddTransport(transport.POST{})
	h.SetErrorPresenter(resolvers.PresentError(log))
	h.SetRecoverFunc(resolvers.Recover(log))
	h.AroundResponses(root.AroundResponse)
	h.AroundFields(resolvers.GuardField)
	o.handler = h
	return o, ids
}

type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions struct {
		Manifold struct {
			Cost     map[string]struct{ Calls, Spent int }
			Warnings []struct {
				Path, Message, ObservedAt string
				Extensions                map[string]any
			}
		}
	}
}

// ask asks as a principal with the given scopes, all read scopes when none are given.
func (o *office) ask(t *testing.T, query string, scopes ...access.Scope) answer {
	t.Helper()
	if len(scopes) == 0 {
		scopes = access.ReadScopes
	}
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.NewPrincipal("test", scopes...))))
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return a
}
