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
	"github.com/manifold-graph/manifold/upstream/notify"
	"github.com/manifold-graph/manifold/upstream/store"
)

// linking is what keeps people who they are: their ids, and what humans decided about them.
type linking struct {
	register *collect.Register
	service  *people.Service
	links    *people.Links
	news     notify.Notifier
	look     time.Duration // see newCommons
	log      *slog.Logger
}

// newLinking reads what was decided, so that no picture is shown without it.
func newLinking(register *collect.Register, collector *collect.Collector, kept *store.Store, news notify.Notifier, look time.Duration, ids *nodeid.Codec, log *slog.Logger) (*linking, error) {
	service := people.New(collect.Audience{Collector: collector}, ids, time.Now)
	l := &linking{register: register, service: service, news: news, look: look, log: log}
	l.links = people.NewLinks(service, tellingJournal{kept, news}, collector)
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
	seats, noSeats := l.news.Watch(notify.Seats, "")
	defer noSeats()
	decisions, noDecisions := l.news.Watch(notify.Decisions, "")
	defer noDecisions()
	wg.Go(func() { _ = l.register.Run(ctx, seats, rebuild) })
	wg.Go(func() { _ = collect.FollowDecisions(ctx, l.links.Sync, decisions, l.look, l.log) })
	wg.Wait()
}
