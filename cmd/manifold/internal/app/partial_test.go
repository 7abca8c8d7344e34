package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/chaos"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
)

// vendors are the three systems, and how each of them dies.
var vendors = []struct {
	system, users string
	service       func(*sim.Running) *sim.Service
	dies          chaos.Kind
}{
	{"PIPEDRIVE", "pipedriveUsers", func(r *sim.Running) *sim.Service { return r.Pipedrive }, chaos.Garbage},
	{"PIPEFY", "pipefyUsers", func(r *sim.Running) *sim.Service { return r.Pipefy }, chaos.Unauthorized},
	{"PIPEDREAM", "pipedreamUsers", func(r *sim.Running) *sim.Service { return r.Pipedream }, chaos.Reset},
}

const everySystem = `{ people(first: 100, filter: {kinds: [HUMAN, BOT, ORGANIZATION, UNKNOWN]}) { totalCount nodes { displayName
	pipedriveUsers { id } pipefyUsers { id } pipedreamUsers { id } } } }`

const absence = `query($in: [System!]) { people(first: 1, filter: {absentIn: $in}) { totalCount } }`

// state is what the graph says of the sources of one system.
func (s *stage) states(system string) (out []any) {
	s.t.Helper()
	for _, source := range items(s.ask(`{ sources { name system health reason code nextRefreshAt freshness { isStale reason } coverage { seen } } }`).Data, "sources") {
		if text(source, "system") == system {
			out = append(out, source)
		}
	}
	return out
}

// settled waits until every source of the system has the health, and those of others are well.
func (s *stage) settled(system, health string) {
	s.t.Helper()
	s.until(system+" is "+health, func() bool {
		for id, h := range s.healths() {
			want := "OK"
			if strings.HasPrefix(id, strings.ToLower(system)) {
				want = health
			}
			if h.String() != want {
				return false
			}
		}
		return true
	})
}

// often makes refreshes follow each other at once, so that no test waits for a rhythm.
func often(c *config.Config) {
	for i := range c.Sources {
		c.Sources[i].RefreshEvery = 400 * time.Millisecond
		c.Sources[i].Budget.Burst = 0
		if c.Sources[i].System == config.Pipedrive {
			c.Sources[i].Budget = config.Budget{Tokens: 3_000_000, Burst: 1000}
		}
	}
}

func TestVendorDownAtStart(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		t.Run(v.system, func(t *testing.T) {
			t.Parallel()
			s := begin(t, setup{
				sim:  sim.Options{Burst: 1000, Budget: 3_000_000},
				edit: often, unready: true,
				before: func(r *sim.Running) {
					if err := v.service(r).Chaos.Add(chaos.Fault{Name: "down", Kind: v.dies}); err != nil {
						t.Fatal(err)
					}
				},
			})
			s.settled(v.system, "UNAVAILABLE")

			r := s.try(everySystem)
			people := items(r.Data, "people", "nodes")
			if len(people) == 0 {
				t.Fatalf("nobody is shown: %.300s", r.raw)
			}
			alive := map[string]int{}
			for _, p := range people {
				if dig(p, v.users) != nil {
					t.Fatalf("%s of %v is %v while nobody knows", v.users, text(p, "displayName"), dig(p, v.users))
				}
				for _, other := range vendors {
					alive[other.users] += len(items(p, other.users))
				}
			}
			for _, other := range vendors {
				if other.users != v.users && alive[other.users] == 0 {
					t.Errorf("%s are gone too", other.users)
				}
			}
			if len(r.Errors) != len(people) {
				t.Errorf("%d errors for %d people", len(r.Errors), len(people))
			}
			for _, e := range r.Errors {
				if e.Extensions.Code != "SOURCE_UNAVAILABLE" || e.Extensions.RetryAfter < 1 || !strings.HasPrefix(e.Extensions.Source, strings.ToLower(v.system)) ||
					e.Path[len(e.Path)-1] != v.users {
					t.Errorf("%s: %+v", e.at(), e)
				}
			}

			refused := s.try(absence, "in", []string{v.system})
			if len(refused.Errors) != 1 || refused.Errors[0].Extensions.Code != "SOURCE_UNAVAILABLE" || dig(refused.Data, "people") != nil {
				t.Errorf("absence from %s while it is down: %s", v.system, refused.raw)
			}
			for _, source := range s.states(v.system) {
				if text(source, "reason") == "" || text(source, "code") != "SOURCE_UNAVAILABLE" || dig(source, "coverage") != nil || dig(source, "freshness") != nil {
					t.Errorf("the dead source says %v", source)
				}
			}

			v.service(s.world).Chaos.Remove("down")
			s.settled(v.system, "OK")
			s.ask(everySystem)
			s.ask(absence, "in", []string{v.system})
		})
	}
}

func TestVendorDownLater(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		t.Run(v.system, func(t *testing.T) {
			t.Parallel()
			s := begin(t, setup{sim: sim.Options{Burst: 1000, Budget: 3_000_000}, edit: often})
			before := s.ask(everySystem)
			if err := v.service(s.world).Chaos.Add(chaos.Fault{Name: "down", Kind: v.dies}); err != nil {
				t.Fatal(err)
			}
			s.settled(v.system, "DEGRADED")

			during := s.ask(everySystem) // what was read is served, and said to be old
			if fmt.Sprint(during.Data) != fmt.Sprint(before.Data) {
				t.Error("a source that went down has changed what is known")
			}
			stale := 0
			for _, f := range during.Extensions.Manifold.Freshness {
				if f.IsStale {
					stale++
					if !strings.HasPrefix(f.Source, strings.ToLower(v.system)) || f.Reason == "" || f.ObservedAt == nil || f.Health != "DEGRADED" {
						t.Errorf("the answer says of its freshness %+v", f)
					}
				}
			}
			if stale != len(s.states(v.system)) {
				t.Errorf("%d sources are said to be stale", stale)
			}
			if refused := s.try(absence, "in", []string{v.system}); len(refused.Errors) != 1 || refused.Errors[0].Extensions.Code != "SOURCE_UNAVAILABLE" {
				t.Errorf("absence from %s while it is down: %s", v.system, refused.raw)
			}
			for _, source := range s.states(v.system) {
				if text(source, "reason") == "" || dig(source, "freshness", "isStale") != true || text(source, "freshness", "reason") == "" {
					t.Errorf("the source that is down says %v", source)
				}
			}

			v.service(s.world).Chaos.Remove("down")
			s.settled(v.system, "OK")
			s.ask(absence, "in", []string{v.system})
		})
	}
}

func TestDetailsOfADeadVendorAreNullWithAReason(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{})
	company, user := working(s)
	id := s.userNode(company, user)
	others := slices.DeleteFunc(slices.Clone(company.Users), func(u *pipedrive.User) bool { return u == user || !u.Active || u.Deleted || u.Invited })
	for name, c := range map[string]struct {
		kind  chaos.Kind
		field string
		code  string
	}{
		"status 500": {chaos.Status500, "permissions { name }", "SOURCE_UNAVAILABLE"},
		"garbage":    {chaos.Garbage, "roleAssignments { name }", "SOURCE_UNAVAILABLE"},
		"revoked":    {chaos.Unauthorized, "roleSettings { name }", "SOURCE_UNAVAILABLE"},
		"cut off":    {chaos.Truncated, "followers(first: 1) { totalCount }", "SOURCE_UNAVAILABLE"},
	} {
		if err := s.world.Pipedrive.Chaos.Add(chaos.Fault{Name: name, Kind: c.kind}); err != nil {
			t.Fatal(err)
		}
		r := s.try(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { displayName detail: `+c.field+` } } }`, "id", id)
		if !s.world.Pipedrive.Chaos.Remove(name) || len(s.world.Pipedrive.Chaos.Unfired()) > 0 {
			t.Errorf("%s never happened", name)
		}
		if text(r.Data, "node", "displayName") != user.Name || dig(r.Data, "node", "detail") != nil {
			t.Errorf("%s: %s", name, r.raw)
		}
		if len(r.Errors) != 1 || r.Errors[0].Extensions.Code != c.code || r.Errors[0].Extensions.Source != companySource(company) || r.Errors[0].at() != "node.detail" {
			t.Errorf("%s: %+v", name, r.Errors)
		}
		// A good answer between them: a source that fails on and on is left alone for a while.
		s.ask(`query($id: ID!) { node(id: $id) { ... on PipedriveUser { permissions { name } } } }`, "id", s.userNode(company, others[0]))
		others = others[1:]
	}
}

// A vendor that sends without end is cut off, and its source says so.
func TestEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{unready: true, before: func(r *sim.Running) {
		if err := r.Pipedrive.Chaos.Add(chaos.Fault{Name: "endless", Kind: chaos.HugeBody, Match: chaos.Match{Operation: "listUsers"}}); err != nil {
			t.Fatal(err)
		}
	}})
	s.settled("PIPEDRIVE", "UNAVAILABLE")
	for _, source := range s.states("PIPEDRIVE") {
		if !strings.Contains(text(source, "reason"), "size limit") {
			t.Errorf("the source says %v", source)
		}
	}
	if s.healths()["pipefy-301001"] != person.HealthOK {
		t.Error("others suffer")
	}
}

func TestReadinessFollowsTheSources(t *testing.T) {
	t.Parallel()
	s := begin(t, setup{unready: true, before: func(r *sim.Running) {
		for _, service := range []*sim.Service{r.Pipedrive, r.Pipefy, r.Pipedream} {
			if err := service.Chaos.Add(chaos.Fault{Name: "down", Kind: chaos.Garbage}); err != nil {
				t.Fatal(err)
			}
		}
	}, edit: often})
	if r := s.send("GET", "/readyz", ""); r.Status != 503 {
		t.Errorf("ready with nothing to answer from: %d %s", r.Status, r.raw)
	}
	if r := s.send("GET", "/livez", ""); r.Status != 200 {
		t.Errorf("not alive: %d", r.Status)
	}
	s.world.Pipefy.Chaos.Remove("down")
	s.until("one source can be answered from", func() bool { return s.send("GET", "/readyz", "").Status == 200 })
	var ready struct {
		Sources []struct{ ID, State, Reason string }
	}
	s.until("the others have failed", func() bool {
		if err := json.Unmarshal([]byte(s.send("GET", "/readyz", "").raw), &ready); err != nil {
			t.Fatal(err)
		}
		for _, source := range ready.Sources {
			if (source.State != "OK") != (source.Reason != "") {
				return false
			}
		}
		return len(ready.Sources) == 5
	})
}
