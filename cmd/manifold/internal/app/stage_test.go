package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// TestMain makes sure that every goroutine ends. The fetch of a token outlives who asked for it, and so the app, by at most a
// minute: it goes on for all who may wait.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		leaked := goleak.Find()
		for deadline := time.Now().Add(2 * patience); leaked != nil && time.Now().Before(deadline); {
			leaked = goleak.Find() // it waits for a while itself
		}
		if leaked != nil {
			fmt.Fprintln(os.Stderr, leaked)
			code = 1
		}
	}
	os.Exit(code)
}

// smallWorld is shared by all tests that need nothing special: Start does not write to it.
var smallWorld = sync.OnceValue(func() *sim.World { return sim.NewWorld(sim.WorldOptions{People: 120}) })

// stage is one Manifold over one pretend world, asked over real HTTP.
type stage struct {
	t     testing.TB
	world *sim.Running
	app   *app.App
	url   string
	// config is what it serves.
	config *config.Config
	log    *transcript
}

// setup says what is special about a stage. The zero setup serves the small world.
type setup struct {
	sim sim.Options
	// before spoils the world before anybody has asked it.
	before func(*sim.Running)
	// edit changes the configuration that serves the world.
	edit func(*config.Config)
	// reload is where a SIGHUP would arrive.
	reload chan os.Signal
	// unready does not wait for the first readings.
	unready bool
}

func begin(t testing.TB, o setup) *stage {
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
	cfg, err := config.Parse("world", app.WorldConfig(world), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = "127.0.0.1:0"
	if o.edit != nil {
		o.edit(cfg)
	}
	s := &stage{t: t, world: world, config: cfg, log: &transcript{}}
	log := server.NewLogger(s.log, "debug", "json")
	if s.app, err = app.New(cfg, log); err != nil {
		t.Fatal(err)
	}
	s.app.ReloadAt(o.reload)
	ctx, cancel := context.WithCancel(context.Background())
	listening, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- s.app.Serve(ctx, cfg, log, func(url string) { listening <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	select {
	case s.url = <-listening:
	case err := <-ended:
		ended <- err
		t.Fatal("not served:", err)
	}
	if !o.unready {
		s.until("every source is read", func() bool {
			for _, h := range s.healths() {
				if h != person.HealthOK {
					return false
				}
			}
			return true
		})
	}
	return s
}

// patience bounds every wait: far longer than anything takes, even under -race on a busy machine.
const patience = 60 * time.Second

// until polls a condition that another goroutine or process brings about.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("still not so: %s; sources: %v", what, s.healths())
		}
	}
}

func (s *stage) healths() map[string]person.Health {
	out := map[string]person.Health{}
	for _, source := range s.app.Current().View(access.Principal{}).Sources() {
		out[string(source.ID())] = source.State().Health
	}
	return out
}

// callCount is how many requests all three systems have had: their own meters.
func (s *stage) callCount() int {
	n := s.world.PipefyServer.Usage().Requests + s.world.PipedreamServer.Usage().Requests
	for _, k := range s.world.PipedriveServer.Usage().Requests {
		n += k
	}
	return n
}

// reply is one GraphQL answer.
type reply struct {
	Status     int
	Data       map[string]any
	Errors     []failure
	Extensions struct {
		Manifold struct {
			Cost map[string]struct {
				Calls, Spent, Saved int
				Remaining           *int
			}
			Freshness []struct {
				Source, Health, Reason string
				ObservedAt             *time.Time
				IsStale                bool
			}
			Warnings []struct{ Path, Message string }
		}
	}
	raw    string
	header http.Header
}

type failure struct {
	Message    string
	Path       []any
	Extensions struct {
		Code, Source string
		RetryAfter   int
		Candidates   []string
	}
}

func (f failure) at() string {
	var b strings.Builder
	for i, step := range f.Path {
		if i > 0 {
			b.WriteByte('.')
		}
		raw, _ := json.Marshal(step)
		b.WriteString(strings.Trim(string(raw), `"`))
	}
	return b.String()
}

// post sends a body to /graphql; headers are "Name: value".
func (s *stage) post(body string, headers ...string) reply {
	s.t.Helper()
	return s.send(http.MethodPost, "/graphql", body, append([]string{"Content-Type: application/json"}, headers...)...)
}

func (s *stage) send(method, path, body string, headers ...string) reply {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return reply{}
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Error(err)
		return reply{}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.log.answered(raw)
	out := reply{Status: resp.StatusCode, raw: string(raw), header: resp.Header}
	if err := json.Unmarshal(raw, &out); err != nil {
		s.t.Errorf("%s %s answered no JSON: %d %.200s", method, path, resp.StatusCode, raw)
	}
	return out
}

// try asks and hands back whatever comes. Variables are pairs of name and value.
func (s *stage) try(query string, variables ...any) reply {
	s.t.Helper()
	named := map[string]any{}
	for i := 0; i < len(variables); i += 2 {
		named[variables[i].(string)] = variables[i+1]
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": named})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.post(string(body))
}

// ask wants an answer without errors.
func (s *stage) ask(query string, variables ...any) reply {
	s.t.Helper()
	r := s.try(query, variables...)
	if len(r.Errors) > 0 || r.Data == nil {
		s.t.Fatalf("%.120s: %+v", query, r.Errors)
	}
	return r
}

// dig walks into an answer: names of fields, and numbers of items.
func dig(from any, path ...any) any {
	for _, step := range path {
		switch at := from.(type) {
		case map[string]any:
			name, _ := step.(string)
			from = at[name]
		case []any:
			n, ok := step.(int)
			if !ok || n >= len(at) {
				return nil
			}
			from = at[n]
		default:
			return nil
		}
	}
	return from
}

// items is the list at a path; empty when there is none.
func items(from any, path ...any) []any {
	list, _ := dig(from, path...).([]any)
	return list
}

func text(from any, path ...any) string {
	s, _ := dig(from, path...).(string)
	return s
}

// whole pages through a connection to its end; query takes $after and has pageInfo { hasNextPage endCursor }.
func (s *stage) whole(query string, variables []any, connection ...any) []any {
	s.t.Helper()
	var all []any
	for after := any(nil); ; {
		page := dig(s.ask(query, append(variables, "after", after)...).Data, connection...)
		all = append(all, items(page, "nodes")...)
		if dig(page, "pageInfo", "hasNextPage") != true {
			return all
		}
		after = dig(page, "pageInfo", "endCursor")
	}
}

// transcript keeps everything that was logged and answered.
type transcript struct {
	mu              sync.Mutex
	logged, replied bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.logged.Write(b)
}

func (t *transcript) answered(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replied.Write(b)
}

func (t *transcript) all() (logged, replied string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.logged.String(), t.replied.String()
}
