package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

// Serve runs the App behind its HTTP server until ctx ends.
func (a *App) Serve(ctx context.Context, cfg *config.Config, log *slog.Logger, listening func(url string)) error {
	return a.serve(ctx, cfg, nil, log, listening)
}

// NewPatient is New for a test in which nothing is looked for that no ring told.
func NewPatient(cfg *config.Config, log *slog.Logger) (*App, error) {
	return newApp(cfg, time.Hour, log)
}

// Hub and Desk are whom subscriptions follow.
func (a *App) Hub() *follow.Hub   { return a.hub }
func (a *App) Desk() *action.Desk { return a.desk }

// Current is the newest picture.
func (a *App) Current() *directory.Snapshot { return a.collector.Current() }

// Read tells whether every source has been read.
func (a *App) Read() bool {
	for _, s := range a.Current().View(access.Principal{}).Sources() {
		if s.Freshness() == nil {
			return false
		}
	}
	return true
}

// ReloadAt lets each signal of c read the secrets and keys again. It is called before Serve.
func (a *App) ReloadAt(c <-chan os.Signal) { a.reload = c }

// IDOf and IDOfResource spell ids as the graph does.
func (a *App) IDOf(k person.Key) string                 { return a.ids.Identity(k) }
func (a *App) IDOfResource(k person.ResourceKey) string { return a.ids.Resource(k) }
func (a *App) IDOfPerson(id person.ID) string           { return a.ids.Person(id) }

// Store is what the App keeps, and Forget looks for deleted accounts now.
func (a *App) Store() *store.Store        { return a.store }
func (a *App) Forget(ctx context.Context) { a.forgetter.look(ctx) }
