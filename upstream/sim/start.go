package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/hook"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// Options say which world is served, where and how. The zero Options serve the demo's world on
// free ports of 127.0.0.1.
type Options struct {
	// World is what is served; nil means NewWorld(WorldOptions{}). It is not written to, so that one
	// world can be started many times.
	World *World
	// Listen are the addresses to listen on; an empty one means "127.0.0.1:0".
	Listen Addresses
	// Latency is how long each answer takes.
	Latency time.Duration
	// Now is the clock of all three; nil means time.Now.
	Now func() time.Time
	// Budget is each Pipedrive company's tokens per day, Burst its requests per 2 s and API token; 0
	// leaves what the company has.
	Budget, Burst int

	// What the vendors' documents leave open. Now and Latency above win where they are set.
	Pipedrive pipedrive.Options
	Pipefy    pipefy.Options
	Pipedream pipedream.Options
}

// Addresses are one address per service, "host:port".
type Addresses struct{ Pipedrive, Pipefy, Pipedream string }

// Service is where a simulated service listens and what goes wrong there.
type Service struct {
	// URL is its base, "http://127.0.0.1:41234", without a slash at the end. Pipedrive answers below
	// /v1, /api/v1 and /api/v2, Pipefy at /graphql and /oauth/token, Pipedream below /v1.
	URL   string
	Chaos *chaos.Schedule

	server *http.Server
}

// Running is a world being served. The servers' own meters and state are reachable through it.
type Running struct {
	World *World

	Pipedrive, Pipefy, Pipedream *Service

	PipedriveServer *pipedrive.Server
	PipefyServer    *pipefy.Server
	PipefyState     *pipefy.State
	PipedreamServer *pipedream.Server
	PipedreamState  *pipedream.State

	// Deliveries are the webhooks that have been sent, of all three.
	Deliveries *hook.Record

	outboxes []*hook.Outbox
	serving  sync.WaitGroup
	close    func() error
}

// Start serves a world until ctx ends or Close is called. When it answers an error nothing is left running.
func Start(ctx context.Context, opt Options) (*Running, error) {
	if opt.World == nil {
		opt.World = NewWorld(WorldOptions{})
	}
	r := &Running{World: opt.World}
	if err := r.simulate(opt); err != nil {
		return nil, err
	}
	stop := sync.OnceValue(r.stop)
	for _, s := range []struct {
		*Service
		name, address string
	}{{r.Pipedrive, "pipedrive", opt.Listen.Pipedrive}, {r.Pipefy, "pipefy", opt.Listen.Pipefy}, {r.Pipedream, "pipedream", opt.Listen.Pipedream}} {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", cmp.Or(s.address, "127.0.0.1:0"))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("sim: listen for %s: %w", s.name, err), stop())
		}
		s.URL = "http://" + l.Addr().String()
		server := s.server
		r.serving.Go(func() { server.Serve(l) })
	}
	forget := context.AfterFunc(ctx, func() { stop() })
	r.close = func() error { forget(); return stop() }
	return r, nil
}

// Close ends all three services and what hangs in them. It may be called more than once.
func (r *Running) Close() error { return r.close() }

func (r *Running) stop() error {
	var errs []error
	for _, s := range []*Service{r.Pipedrive, r.Pipefy, r.Pipedream} {
		s.Chaos.Close()
		errs = append(errs, s.server.Close())
	}
	for _, o := range r.outboxes {
		o.Close()
	}
	r.serving.Wait()
	return errors.Join(errs...)
}

// simulate makes the three services out of copies of the world.
func (r *Running) simulate(opt Options) (err error) {
	if opt.Now != nil {
		opt.Pipedrive.Now, opt.Pipefy.Now, opt.Pipedream.Now = opt.Now, opt.Now, opt.Now
	}
	if opt.Latency > 0 {
		opt.Pipedrive.Latency, opt.Pipefy.Latency, opt.Pipedream.Latency = opt.Latency, opt.Latency, opt.Latency
	}
	now := opt.Now
	if now == nil {
		now = time.Now
	}
	drive, fy, dream := chaos.New(pipedrive.Vendor()), chaos.New(pipefyVendor()), chaos.New(pipedreamVendor(now))
	r.Deliveries = &hook.Record{}
	outbox := func(schedule *chaos.Schedule, retries ...time.Duration) *hook.Outbox {
		o := hook.NewOutbox(schedule, r.Deliveries, retries...)
		r.outboxes = append(r.outboxes, o)
		return o
	}
	// Only Pipedrive documents that it tries again.
	opt.Pipedrive.Outbox = outbox(drive, 3*time.Second, 30*time.Second, 150*time.Second)
	opt.Pipefy.Outbox, opt.Pipedream.Outbox = outbox(fy), outbox(dream)
	r.PipedriveServer = pipedrive.New(limited(r.World.Pipedrive, opt), opt.Pipedrive)
	if r.PipefyState, err = pipefy.NewState(clonePipefy(r.World.Pipefy)); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	r.PipefyServer = pipefy.New(r.PipefyState, opt.Pipefy)
	if r.PipedreamState, err = pipedream.NewState(clonePipedream(r.World.Pipedream)); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	r.PipedreamServer = pipedream.New(r.PipedreamState, opt.Pipedream)

	r.Pipedrive = service(drive, r.PipedriveServer)
	r.Pipefy = service(fy, r.PipefyServer)
	r.Pipedream = service(dream, r.PipedreamServer)
	return nil
}

func service(schedule *chaos.Schedule, h http.Handler) *Service {
	return &Service{Chaos: schedule, server: &http.Server{Handler: schedule.Wrap(h), ReadHeaderTimeout: 10 * time.Second}}
}
