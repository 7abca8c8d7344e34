package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/store"
)

// linking is what keeps people who they are: their ids, and what humans decided about them.
type linking struct {
	register *collect.Register
	service  *people.Service
	links    *people.Links
	log      *slog.Logger
}

// newLinking reads what was decided, so that no picture is shown without it.
func newLinking(register *collect.Register, collector *collect.Collector, kept *store.Store, ids *nodeid.Codec, log *slog.Logger) (*linking, error) {
	service := people.New(collect.Audience{Collector: collector}, ids, time.Now)
	l := &linking{register: register, service: service, links: people.NewLinks(service, kept, collector), log: log}
	ctx, cancel := context.WithTimeout(context.Background(), opening)
	defer cancel()
	if err := l.links.Sync(ctx); err != nil {
		return nil, fmt.Errorf("store: decisions on links: %w", err)
	}
	if _, err := register.Sync(ctx); err != nil {
		return nil, fmt.Errorf("store: people's ids: %w", err)
	}
	return l, nil
}

// run follows what other replicas do, until ctx ends.
func (l *linking) run(ctx context.Context, rebuild func()) {
	var wg sync.WaitGroup
	wg.Go(func() { _ = l.register.Run(ctx, rebuild) })
	wg.Go(func() { _ = collect.FollowDecisions(ctx, l.links.Sync, 0, l.log) })
	wg.Wait()
}
