package fleet_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/upstream/redistest"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// binary is the command, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "manifold-fleet")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "manifold")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/manifold-graph/manifold/cmd/manifold").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// smallWorld is shared by all tests that need nothing special: serving does not write to it.
var smallWorld = sync.OnceValue(func() *sim.World { return sim.NewWorld(sim.WorldOptions{People: 120}) })

// fleet is several replicas of one Manifold over one pretend world and one Redis.
type fleet struct {
	t        *testing.T
	world    *sim.Running
	redis    *redistest.Server
	config   string
	replicas []*replica
}

// setup says what is special about a fleet. The zero setup serves the small world.
type setup struct {
	sim sim.Options
	// alone leaves Redis out.
	alone bool
	// cluster shares through a Redis Cluster instead of one server.
	cluster *redistest.Cluster
	// cold does not wait for the first readings.
	cold bool
	// with is added to the configuration, before the sources.
	with string
	// edit changes the configuration's text.
	edit func(string) string
	// before spoils the world before anybody has asked it.
	before func(*sim.Running)
}

// begin starts a world, a Redis and n replicas, and waits until all of them have read every source.
func begin(t *testing.T, n int, o setup) *fleet {
	t.Helper()
	if o.sim.World == nil {
		o.sim.World = smallWorld()
	}
	world, err := sim.Start(context.Background(), o.sim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	if o.before != nil {
		o.before(world)
	}
	f := &fleet{t: t, world: world, config: filepath.Join(t.TempDir(), "manifold.yaml")}
	text := string(app.WorldConfig(world))
	switch {
	case o.cluster != nil:
		text += "\nredis:\n  cluster: true\n  addresses:\n"
		for _, s := range o.cluster.Servers {
			text += "    - " + s.Addr() + "\n"
		}
	case !o.alone:
		f.redis = redistest.Start(t)
		text += "\nredis: {addresses: [\"" + f.redis.Addr() + "\"]}\n"
	}
	if !o.alone || o.cluster != nil {
		text += "store: {path: manifold.db}\n" // they are all on this machine
	}
	text += o.with
	if o.edit != nil {
		text = o.edit(text)
	}
	if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range n {
		f.launch()
	}
	for _, r := range f.replicas {
		if !o.cold {
			r.awaitReady()
		}
	}
	return f
}

// launch starts one more replica and returns as soon as it listens.
func (f *fleet) launch() *replica {
	f.t.Helper()
	r := &replica{t: f.t, log: &bytes.Buffer{}}
	r.cmd = exec.Command(binary, "serve", "--config", f.config, "--listen", "127.0.0.1:0")
	r.cmd.Stderr = r.log
	r.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.t.TempDir()}
	address := make(chan string, 1)
	r.cmd.Stdout = &lineWriter{line: func(s string) {
		if _, url, ok := strings.Cut(s, " at "); ok {
			address <- strings.TrimSuffix(strings.TrimSpace(url), "/graphql")
		}
	}}
	if err := r.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		r.kill()
		if f.t.Failed() {
			f.t.Logf("%s said:\n%s", r.url, tail(r.log.String(), 6000))
		}
	})
	select {
	case r.url = <-address:
	case <-time.After(patience):
		f.t.Fatalf("a replica does not listen: %s", r.log)
	}
	f.replicas = append(f.replicas, r)
	return r
}

// patience bounds every wait: far longer than anything takes on a busy machine.
const patience = 60 * time.Second

// until polls a condition that another process brings about.
func (f *fleet) until(what string, holds func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("still not so: %s", what)
		}
	}
}

// requests is how often Pipedrive has let an operation in ("listUsers").
func (f *fleet) requests(operation string) int {
	return f.world.PipedriveServer.Usage().Requests[operation]
}

// calls is how many requests all three systems have had.
func (f *fleet) calls() int {
	n := f.world.PipefyServer.Usage().Requests + f.world.PipedreamServer.Usage().Requests
	for _, k := range f.world.PipedriveServer.Usage().Requests {
		n += k
	}
	return n
}

func tail(s string, n int) string { return s[max(len(s)-n, 0):] }

type lineWriter struct {
	held []byte
	line func(string)
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.held = append(w.held, b...)
	for {
		i := bytes.IndexByte(w.held, '\n')
		if i < 0 {
			return len(b), nil
		}
		w.line(string(w.held[:i]))
		w.held = w.held[i+1:]
	}
}
