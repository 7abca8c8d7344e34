package collect_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// scripted is a source whose readings the test decides.
type scripted struct {
	reads atomic.Int64
	read  func(n int) (collect.Reading, error)
}

func (s *scripted) Read(ctx context.Context) (collect.Reading, error) {
	n := int(s.reads.Add(1))
	if err := ctx.Err(); err != nil {
		return collect.Reading{}, err
	}
	return s.read(n)
}

func reading(source person.SourceID, names ...string) collect.Reading {
	r := collect.Reading{Title: "Acme", Batch: person.Batch{
		Source: source, System: person.Pipedrive, Account: "7001", Coverage: person.Coverage{Seen: len(names), Total: len(names), Complete: true},
	}}
	for _, n := range names {
		r.Batch.Identities = append(r.Batch.Identities, &person.Identity{
			Key: person.Key{System: person.Pipedrive, Account: "7001", ID: n}, Source: source, Name: n, Pipedrive: &person.PipedriveUser{},
		})
	}
	return r
}

func picture(t *testing.T) collect.Picture {
	t.Helper()
	linker, err := link.New(link.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return collect.Picture{Linker: linker, PersonID: func(k person.Key) person.ID {
		var id person.ID
		copy(id[:], k.Account+k.ID)
		return id
	}}
}

func source(c *collect.Collector, id person.SourceID) person.SourceState {
	s, _ := c.Current().View(access.Principal{}).Source(id)
	return s.State()
}

func count(t *testing.T, c *collect.Collector) int {
	t.Helper()
	page, err := c.Current().View(access.Principal{}).People(directory.PeopleQuery{Window: directory.Window{First: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

func start(t *testing.T, c *collect.Collector) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func newCollector(t *testing.T, sources ...collect.Source) *collect.Collector {
	t.Helper()
	return collect.New(sources, picture(t), collect.Options{Jitter: func() float64 { return 0 }})
}

func TestAFailingSourceKeepsItsLastRecordsAndSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flaky := &scripted{read: func(n int) (collect.Reading, error) {
			if n == 2 {
				return collect.Reading{}, fault.Wrap(fault.SourceUnavailable, errors.New("status 500"), "acme did not answer.")
			}
			return reading("acme", "Ann", "Bob"), nil
		}}
		c := newCollector(t, collect.Source{ID: "acme", System: person.Pipedrive, Reader: flaky, Every: 15 * time.Minute})
		if got := source(c, "acme"); got.Health != person.HealthPending {
			t.Errorf("before the first reading: %+v", got)
		}
		defer start(t, c)()

		synctest.Wait()
		first := source(c, "acme")
		if first.Health != person.HealthOK || count(t, c) != 2 || first.Title != "Acme" || first.Account != "7001" {
			t.Fatalf("after the first reading: %+v, %d people", first, count(t, c))
		}
		if !first.RetryAt.Equal(time.Now().Add(15 * time.Minute)) {
			t.Errorf("next reading at %v", first.RetryAt)
		}

		time.Sleep(15 * time.Minute)
		synctest.Wait()
		second := source(c, "acme")
		if second.Health != person.HealthDegraded || second.Code != "SOURCE_UNAVAILABLE" || second.Reason != "acme did not answer." {
			t.Errorf("after a failure: %+v", second)
		}
		if count(t, c) != 2 || !second.AsOf.Equal(first.AsOf) {
			t.Errorf("after a failure: %d people as of %v", count(t, c), second.AsOf)
		}

		time.Sleep(5 * time.Second) // the first retry
		synctest.Wait()
		if third := source(c, "acme"); third.Health != person.HealthOK || third.Reason != "" || !third.AsOf.After(first.AsOf) {
			t.Errorf("after the retry: %+v", third)
		}
	})
}

func TestOneSourceDownAtStartLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &scripted{read: func(int) (collect.Reading, error) { return reading("up", "Ann"), nil }}
		down := &scripted{read: func(int) (collect.Reading, error) {
			return collect.Reading{}, errors.New("a cause with a secret in it")
		}}
		c := newCollector(t,
			collect.Source{ID: "up", System: person.Pipedrive, Reader: up},
			collect.Source{ID: "down", System: person.Pipefy, Reader: down})
		defer start(t, c)()
		synctest.Wait()
		if count(t, c) != 1 || source(c, "up").Health != person.HealthOK {
			t.Errorf("the source that is up serves %d people", count(t, c))
		}
		if got := source(c, "down"); got.Health != person.HealthUnavailable || got.Reason == "" || got.Reason == "a cause with a secret in it" {
			t.Errorf("the source that is down: %+v", got)
		}
	})
}

func TestRetriesSlowDownAndObeyTheVendor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := &fault.Error{Kind: fault.BudgetExhausted, Message: "spent", RetryAfter: time.Hour}
		down := &scripted{read: func(n int) (collect.Reading, error) {
			if n == 4 {
				return collect.Reading{}, budget
			}
			return collect.Reading{}, errors.New("down")
		}}
		c := newCollector(t, collect.Source{ID: "down", System: person.Pipedrive, Reader: down, Every: 15 * time.Minute})
		defer start(t, c)()
		for _, pause := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 20 * time.Second, time.Hour} {
			before := down.reads.Load()
			if pause > 0 {
				time.Sleep(pause - time.Millisecond)
				synctest.Wait()
				if down.reads.Load() != before {
					t.Fatalf("asked again before %v", pause)
				}
				time.Sleep(time.Millisecond)
			}
			synctest.Wait()
			if down.reads.Load() != before+1 && pause > 0 {
				t.Fatalf("not asked after %v", pause)
			}
		}
		if n := down.reads.Load(); n != 5 {
			t.Errorf("asked %d times, want 5", n)
		}
	})
}

func TestAReadingThatHangsIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t, collect.Source{ID: "slow", System: person.Pipedrive, Reader: hanging{}, Timeout: time.Minute})
		defer start(t, c)()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := source(c, "slow"); got.Health != person.HealthUnavailable {
			t.Errorf("after its minute: %+v", got)
		}
	})
}

type hanging struct{}

func (hanging) Read(ctx context.Context) (collect.Reading, error) {
	<-ctx.Done()
	return collect.Reading{}, ctx.Err()
}

// Two sources of one account would take each other's records for their own.
func TestASecondSourceOfOneAccountIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := func(id person.SourceID) *scripted {
			return &scripted{read: func(int) (collect.Reading, error) { return reading(id, "Ann"), nil }}
		}
		c := newCollector(t,
			collect.Source{ID: "one", System: person.Pipedrive, Reader: read("one"), Title: "Ours"},
			collect.Source{ID: "two", System: person.Pipedrive, Reader: read("two")})
		c.Refresh(t.Context())
		healthy := 0
		for _, id := range []person.SourceID{"one", "two"} {
			if s := source(c, id); s.Health == person.HealthOK {
				healthy++
			} else if s.Health != person.HealthUnavailable || s.Reason == "" {
				t.Errorf("%s: %+v", id, s)
			}
		}
		if healthy != 1 || count(t, c) != 1 {
			t.Errorf("%d sources are healthy, with %d people", healthy, count(t, c))
		}
		if s := source(c, "one"); s.Health == person.HealthOK && s.Title != "Ours" {
			t.Errorf("it is called %q, against the operator's word", s.Title)
		}
	})
}

func TestAPanicInOneReadingLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t,
			collect.Source{ID: "up", System: person.Pipedrive, Reader: &scripted{read: func(int) (collect.Reading, error) { return reading("up", "Ann"), nil }}},
			collect.Source{ID: "mad", System: person.Pipefy, Reader: &scripted{read: func(int) (collect.Reading, error) { panic("a mistake of ours") }}})
		c.Refresh(t.Context())
		if s := source(c, "mad"); s.Health != person.HealthUnavailable || s.Code != "INTERNAL" {
			t.Errorf("the source whose reading panics: %+v", s)
		}
		if count(t, c) != 1 {
			t.Errorf("the other source serves %d people", count(t, c))
		}
	})
}

// A reading that neither comes nor fails must not let old facts pass for fresh.
func TestAReadingThatTakesTooLongMakesFactsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &scripted{}
		slow.read = func(n int) (collect.Reading, error) {
			if n == 2 {
				time.Sleep(40 * time.Minute)
			}
			return reading("slow", "Ann"), nil
		}
		c := newCollector(t, collect.Source{ID: "slow", System: person.Pipedrive, Reader: slow, Every: 15 * time.Minute, Timeout: time.Hour})
		defer start(t, c)()
		time.Sleep(20 * time.Minute) // five minutes into the second reading
		synctest.Wait()
		if s := source(c, "slow"); s.Health != person.HealthOK {
			t.Errorf("five minutes into the reading: %+v", s)
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if s := source(c, "slow"); s.Health != person.HealthDegraded || s.Reason == "" || count(t, c) != 1 {
			t.Errorf("twenty minutes into the reading: %+v", s)
		}
		time.Sleep(25 * time.Minute)
		synctest.Wait()
		if s := source(c, "slow"); s.Health != person.HealthOK || s.Reason != "" {
			t.Errorf("after the reading: %+v", s)
		}
	})
}
