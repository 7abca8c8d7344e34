package follow_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/follow"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// stage is a picture that a test exchanges.
type stage struct {
	current atomic.Pointer[directory.Snapshot]
	swapped chan struct{}
	mu      sync.Mutex
	trail   []*directory.Snapshot
	ids     *nodeid.Codec
	service *people.Service
	hub     *follow.Hub
	in      directory.Input
	// copyists might ask in each picture.
	copyists []*copyist
}

func (s *stage) Current() *directory.Snapshot { return s.current.Load() }
func (s *stage) Begun() <-chan struct{}       { c := make(chan struct{}); close(c); return c }
func (s *stage) Trail() ([]*directory.Snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	trail := s.trail
	s.trail = nil
	return trail, true
}
func (s *stage) Swapped() <-chan struct{} { return s.swapped }

// companies are the sources of a stage, by account.
var companies = map[string]person.SourceID{"7001": "pd", "7002": "pd-two", "300": "pf"}

func newStage(t interface{ Fatal(...any) }, waiting int) *stage {
	ids, err := nodeid.New([]byte("a secret of the test, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{ids: ids, swapped: make(chan struct{}, 1)}
	complete := person.Coverage{Total: -1, Complete: true, GrantsComplete: true}
	s.in = directory.Input{Version: 1, At: noon, Linker: linker, PersonID: ids.PersonID}
	for _, account := range slices.Sorted(maps.Keys(companies)) {
		system := person.Pipedrive
		if account == "300" {
			system = person.Pipefy
		}
		s.in.Sources = append(s.in.Sources, person.SourceState{ID: companies[account], System: system, Account: account, Health: person.HealthOK, AsOf: noon, Coverage: complete})
		s.in.Batches = append(s.in.Batches, person.Batch{Source: companies[account], System: system, Account: account, AsOf: noon, Coverage: complete})
	}
	s.current.Store(directory.Build(s.in))
	s.service = people.New(s, ids, func() time.Time { return noon })
	s.hub = follow.NewHub(s, s.service, ids, follow.Options{Waiting: waiting})
	return s
}

func (s *stage) swap(next *directory.Snapshot) {
	for _, c := range s.copyists {
		c.mayAsk(s, next)
	}
	s.mu.Lock()
	s.trail = append(s.trail, next)
	s.mu.Unlock()
	s.current.Store(next)
	select {
	case s.swapped <- struct{}{}:
	default:
	}
}

func user(account, id, name, email string) *person.Identity {
	i := &person.Identity{Key: person.Key{System: person.Pipedrive, Account: account, ID: id}, Source: companies[account], Name: name, Email: email, EmailVerified: true}
	if account == "300" {
		i.Key.System, i.Pipefy = person.Pipefy, &person.PipefyUser{UserID: id}
	} else {
		i.Pipedrive = &person.PipedriveUser{ActiveFlag: true}
	}
	return i
}

func as(rows access.Rows) access.Principal {
	return access.Grant("key:frontend", access.Role{Scopes: access.ReadScopes, Rows: rows})
}

// render is all that a copy holds of somebody, as the directory shows them.
func render(p directory.Person) string {
	var b strings.Builder
	fmt.Fprint(&b, p.DisplayName(), " ", p.Kind(), " ", p.Status(), " ", p.Emails())
	for _, i := range p.Identities() {
		raw := i.Raw()
		fmt.Fprint(&b, " | ", raw.Key, " ", raw.Name, " ", raw.Email, " ", raw.State)
	}
	var links []string
	for _, l := range p.Links() {
		links = append(links, fmt.Sprint(l.Evidence().Basis, l.Evidence().Matched, l.Evidence().Reason))
	}
	slices.Sort(links)
	return b.String() + fmt.Sprint(links)
}

// truth is what a query answers now: everybody who fits, by id.
func (s *stage) truth(who access.Principal, filter *people.Filter) (map[string]string, error) {
	view := s.service.View(who)
	f, err := s.service.PeopleFilter(view, who, filter)
	if err != nil {
		return nil, err
	}
	page, err := view.People(directory.PeopleQuery{Filter: f, Window: directory.Window{First: 1000}, Now: noon})
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, p := range page.Nodes() {
		all[s.ids.Person(p.ID())] = render(p)
	}
	return all, nil
}

// copyist keeps a copy of the people it follows, as a frontend does, and may stall.
type copyist struct {
	who    atomic.Pointer[access.Principal]
	filter *people.Filter
	copied map[string]string
	// seen are all whom a query by it might have shown in any picture.
	mu       sync.Mutex
	seen     map[string]bool
	stalled  chan struct{} // nil: it goes on
	released bool
	events   int
}

// mayAsk notes whom a query would show it.
func (c *copyist) mayAsk(s *stage, picture *directory.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range picture.View(*c.who.Load()).Everyone() {
		c.seen[s.ids.Person(id)] = true
	}
}

func (c *copyist) might(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[id]
}

func (c *copyist) run(ctx context.Context, t *rapid.T, s *stage) {
	ctx = access.WithRenewal(ctx, func() (access.Principal, error) { return *c.who.Load(), nil })
	f, err := s.hub.People(ctx, c.filter)
	if err != nil {
		t.Errorf("%+v cannot be followed: %v", c.filter, err)
		return
	}
	defer f.Close()
	for {
		if c.stalled != nil {
			<-c.stalled
		}
		e, err := f.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("it ended: %v", err)
			}
			return
		}
		c.events++
		switch e.Value.Kind {
		case follow.Resync:
			if c.copied, err = s.truth(*c.who.Load(), c.filter); err != nil { // nobody can tell: it is told to ask anew
				c.copied = map[string]string{}
			}
		case follow.Appeared, follow.Changed:
			id := *e.Value.PersonID()
			c.copied[id] = render(*e.Value.Person)
		default:
			if id := *e.Value.PersonID(); !c.might(id) {
				t.Errorf("it is told that %s left, whom it might never see", id)
			}
			delete(c.copied, *e.Value.PersonID())
		}
	}
}

// drawStep changes the picture in one of the ways in which it changes.
func (s *stage) drawStep(t *rapid.T) {
	now := s.current.Load()
	one := func() directory.Change {
		account := rapid.SampledFrom([]string{"7001", "7002", "300"}).Draw(t, "account")
		i := user(account, rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, "id"),
			rapid.SampledFrom([]string{"Ann", "Bob", "Cy"}).Draw(t, "name"), rapid.SampledFrom([]string{"", "ann@acme.example", "bob@other.example", "cy@acme.example"}).Draw(t, "email"))
		i.State = rapid.SampledFrom([]person.State{person.StateActive, person.StateInactive}).Draw(t, "state")
		c := directory.Change{Key: i.Key, Identity: i, ObservedAt: noon.Add(time.Hour)}
		if rapid.IntRange(0, 3).Draw(t, "gone") == 0 {
			c.Identity = nil
		}
		return c
	}
	switch rapid.IntRange(0, 4).Draw(t, "step") {
	case 0, 1:
		var all []directory.Change
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			all = append(all, one())
		}
		s.swap(now.Apply(all))
	case 2: // a whole reading, with all that is known by now
		in := s.in
		in.Version = now.Version() + 1
		in.Batches = slices.Clone(in.Batches)
		for n := range in.Batches {
			in.Batches[n].Identities = nil
			for i := range now.Everybody(in.Batches[n].Source) {
				again := *i
				in.Batches[n].Identities = append(in.Batches[n].Identities, &again)
			}
		}
		if rapid.Bool().Draw(t, "less") {
			in.Batches[0].Identities = nil
		}
		in.Decisions, in.Sources = nil, slices.Clone(s.in.Sources)
		s.swap(directory.Build(in))
	case 3:
		keys := []person.Key{one().Key, one().Key}
		if keys[0] != keys[1] {
			s.swap(now.Decide([]link.Decision{{Verb: rapid.SampledFrom([]link.Verb{link.Join, link.Apart}).Draw(t, "verb"), A: keys[0], B: keys[1], At: noon, By: "tester", Reason: "r"}}))
		}
	default:
		states := slices.Clone(s.in.Sources)
		if rapid.Bool().Draw(t, "fails") {
			states[0].Health, states[0].Reason = person.HealthDegraded, "It failed."
		}
		s.swap(now.WithSources(states))
	}
}

var drawnRows = []access.Rows{{}, {Sources: access.Only("pd", "pf")}, {Sources: access.Only("pd-two")}, {EmailDomains: access.Only("acme.example")}, {EmailDomains: access.Only("acme.example"), ShowAddressless: true}}

// TestACopyConverges: whoever applies events to a copy has, whenever it is quiet, what a query answers. Copyists see
// different rows, ask for different people, are narrowed on their way, and stall.
func TestACopyConverges(t *testing.T) {
	linked := true
	name := "ann"
	filters := []*people.Filter{nil, {Search: &name}, {Sources: []string{"pd"}}, {IsLinked: &linked}, {Status: []person.State{person.StateInactive}}, {AbsentIn: []person.System{person.Pipefy}}}
	rapid.Check(t, func(rt *rapid.T) {
		var failed any
		synctest.Test(t, func(*testing.T) {
			s := newStage(rt, rapid.SampledFrom([]int{0, 1, 3}).Draw(rt, "waiting"))
			ctx, cancel := context.WithCancel(context.Background())
			var all []*copyist
			defer func() { // rapid stops a try by a panic, which must not end the process
				failed = recover()
				cancel()
				for _, c := range all {
					c.release()
				}
				synctest.Wait()
			}()
			go func() { _ = s.hub.Run(ctx, nil) }()
			for n := range rapid.IntRange(1, 4).Draw(rt, "copyists") {
				c := &copyist{copied: map[string]string{}, seen: map[string]bool{}}
				who := as(rapid.SampledFrom(drawnRows).Draw(rt, "rows"))
				c.who.Store(&who)
				c.filter = rapid.SampledFrom(filters).Draw(rt, "filter")
				if _, err := s.truth(who, c.filter); err != nil { // it names a source that they may not see
					c.filter = nil
				}
				if n%2 == 1 {
					c.stalled = make(chan struct{})
				}
				all = append(all, c)
				s.copyists = append(s.copyists, c)
				go c.run(ctx, rt, s)
			}
			synctest.Wait()
			for range rapid.IntRange(1, 12).Draw(rt, "rounds") {
				for range rapid.IntRange(1, 3).Draw(rt, "steps") {
					s.drawStep(rt)
					if rapid.Bool().Draw(rt, "at leisure") {
						synctest.Wait()
					}
				}
				if c := rapid.SampledFrom(all).Draw(rt, "who"); c.filter == nil && rapid.IntRange(0, 3).Draw(rt, "narrow") == 0 {
					who := as(rapid.SampledFrom(drawnRows).Draw(rt, "rows"))
					c.who.Store(&who)
					c.mayAsk(s, s.current.Load())
				}
				synctest.Wait()
				s.hub.Recheck()
				synctest.Wait()
				for _, c := range all {
					if c.stalled == nil {
						c.compare(rt, s)
					} else if rapid.Bool().Draw(rt, "one") { // who stalls takes an event now and then
						select {
						case c.stalled <- struct{}{}:
						default:
						}
					}
				}
			}
			states := slices.Clone(s.in.Sources)
			s.swap(s.current.Load().WithSources(states)) // who is absent is known again
			for _, c := range all {
				c.release()
			}
			synctest.Wait()
			for _, c := range all {
				c.compare(rt, s)
			}
		})
		if failed != nil {
			panic(failed)
		}
	})
}

// release lets a copyist that stalls go on.
func (c *copyist) release() {
	if c.stalled != nil && !c.released {
		c.released = true
		close(c.stalled)
	}
}

// compare holds the copy against what a query answers, unless nobody can tell.
func (c *copyist) compare(t *rapid.T, s *stage) {
	if want, err := s.truth(*c.who.Load(), c.filter); err == nil && !maps.Equal(c.copied, want) {
		t.Errorf("with %+v of %q, after %d events, the copy is\n%v\nand a query answers\n%v", c.filter, c.who.Load().Rows().Key(), c.events, c.copied, want)
	}
}
