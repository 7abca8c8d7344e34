package app_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// The signal to end takes no more requests, and lets those under way finish, the
// live reads that they wait for included.
func TestDrainFinishesALiveRead(t *testing.T) {
	t.Parallel()
	world, err := sim.Start(context.Background(), sim.Options{World: smallWorld(), Latency: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	cfg, err := config.Parse("world", app.WorldConfig(world), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = "127.0.0.1:0"
	s := &stage{t: t, world: world, log: &transcript{}}
	if s.app, err = app.New(cfg, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	ctx, signal := context.WithCancel(context.Background())
	defer signal()
	listening, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- s.app.Serve(ctx, cfg, slog.New(slog.DiscardHandler), func(url string) { listening <- url })
	}()
	s.url = <-listening
	s.until("every source is read", s.app.Read)

	before := s.callCount()
	answered := make(chan reply, 1)
	go func() {
		answered <- s.try(`{ people(first: 1, filter: {systems: [PIPEDRIVE]}) { nodes { pipedriveUsers { permissions { name } } } } }`)
	}()
	s.until("the vendor is being asked", func() bool { return s.callCount() > before })
	signal()
	if r := <-answered; len(r.Errors) > 0 || len(items(r.Data, "people", "nodes", 0, "pipedriveUsers", 0, "permissions")) == 0 {
		t.Errorf("the request under way was answered %s", r.raw)
	}
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
}
