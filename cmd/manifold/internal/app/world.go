package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/console"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// DemoOptions say which pretend world to serve. Zero values take the simulator's.
type DemoOptions struct {
	People int
	Seed   uint64
	// Listen is host:port; "" means the configuration's default.
	Listen string
}

// demoLatency is how long a pretend vendor takes: about what a real one does.
const demoLatency = 40 * time.Millisecond

// Demo serves a pretend world from this one process until ctx ends. Out gets
// where to click and what to ask.
func Demo(ctx context.Context, o DemoOptions, out io.Writer, log *slog.Logger) error {
	if o.Listen != "" && !config.IsLoopback(o.Listen) {
		return fmt.Errorf("demo listens on loopback only, and %s can be reached from elsewhere; use serve with an API key", o.Listen)
	}
	world, err := sim.Start(ctx, sim.Options{World: sim.NewWorld(sim.WorldOptions{People: o.People, Seed: o.Seed}), Latency: demoLatency})
	if err != nil {
		return err
	}
	defer world.Close()
	cfg, err := config.Parse("demo", WorldConfig(world), func(string) (string, bool) { return "", false })
	if err != nil {
		return err
	}
	if o.Listen != "" {
		cfg.Listen = o.Listen
	}
	a, err := New(cfg, log)
	if err != nil {
		return err
	}
	return a.serve(ctx, cfg, console.Handler(), log, func(url string) { welcome(out, url, len(cfg.Sources)) })
}

func welcome(out io.Writer, url string, sources int) {
	examples := "and run one of the six examples in its tabs."
	if !console.Built() {
		examples = "for six examples to copy. With Node.js, make demo builds a page that runs them."
	}
	fmt.Fprintf(out, `
  Manifold is running against a pretend Pipedrive, Pipefy and Pipedream: %d sources, nothing leaves this machine.

  Open   %s
         %s

  Or ask from a terminal:

    curl -s %s/graphql -H 'Content-Type: application/json' \
      -d '{"query":"{ people(first: 3, filter: {isLinked: true}) { totalCount nodes { displayName identities { source { name } sourceId } links { rule trust } } } }"}'

  Ctrl-C ends it.
`, sources, url, examples, url)
}

// SimulateOptions say which pretend world to serve, and where.
type SimulateOptions struct {
	People  int
	Seed    uint64
	Latency time.Duration
	// WriteConfig is where a ready configuration goes; "" writes none.
	WriteConfig string
	// JSON writes addresses and credentials as one line of JSON instead of prose.
	JSON bool
}

// Simulate serves a pretend world for others to read until ctx ends. Out gets
// addresses and credentials, once everything answers and the configuration is written.
func Simulate(ctx context.Context, o SimulateOptions, out io.Writer) error {
	world, err := sim.Start(ctx, sim.Options{World: sim.NewWorld(sim.WorldOptions{People: o.People, Seed: o.Seed}), Latency: o.Latency})
	if err != nil {
		return err
	}
	defer world.Close()
	if o.WriteConfig != "" {
		if err := os.WriteFile(o.WriteConfig, WorldConfig(world), 0o600); err != nil {
			return fmt.Errorf("write the configuration: %w", err)
		}
	}
	if err := present(out, world, o); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func present(out io.Writer, w *sim.Running, o SimulateOptions) error {
	if o.JSON {
		return writeSheet(out, w)
	}
	introduce(out, w)
	if o.WriteConfig != "" {
		fmt.Fprintf(out, "\nConfiguration written. Serve it with:\n  manifold serve --config %s\n", o.WriteConfig)
	}
	return nil
}

func introduce(out io.Writer, w *sim.Running) {
	c := w.World.Credentials
	fmt.Fprintf(out, "Pipedrive  %s\n", w.Pipedrive.URL)
	for _, p := range c.Pipedrive {
		fmt.Fprintf(out, "           company %d: x-api-token %s\n", p.CompanyID, p.Token)
	}
	fmt.Fprintf(out, "Pipefy     %s/graphql\n", w.Pipefy.URL)
	for _, p := range c.Pipefy {
		fmt.Fprintf(out, "           organization %d: client %s secret %s, or token %s\n", p.OrganizationID, p.ClientID, p.ClientSecret, p.PersonalToken)
	}
	fmt.Fprintf(out, "Pipedream  %s\n           project %s (%s): client %s secret %s\n",
		w.Pipedream.URL, c.PipedreamProjectID, strings.Join(c.PipedreamEnvironments, ", "), c.PipedreamClientID, c.PipedreamClientSecret)
}
