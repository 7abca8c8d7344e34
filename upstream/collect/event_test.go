package collect_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// office notes what events ask for and announce.
type office struct {
	mu        sync.Mutex
	asked     []string
	at        []time.Time
	announced int
}

func (o *office) MarkDirty(source person.SourceID, keys ...person.Key) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line := string(source)
	for _, k := range keys {
		line += " " + k.ID
	}
	o.asked, o.at = append(o.asked, line), append(o.at, time.Now())
}

func (o *office) Announce(changes []directory.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.announced += len(changes)
}

func (o *office) wants(t *testing.T, lines ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.asked, lines) {
		t.Errorf("readings were asked for %q, want %q", o.asked, lines)
	}
	o.asked = nil
}

const rhythm = 15 * time.Minute

// eventful is a collector of one company, read every 15 minutes, with its events. It belongs in a synctest bubble.
func eventful(t *testing.T, names ...string) (*collect.Collector, *collect.Events, *office) {
	t.Helper()
	crm := &scripted{read: func(int) (collect.Reading, error) { return reading("crm", names...), nil }}
	c := newCollector(t, collect.Source{ID: "crm", System: person.Pipedrive, Reader: crm, Every: rhythm})
	o := &office{}
	events := collect.NewEvents(c, collect.EventOptions{Dirty: o, Announcer: o})
	stop := start(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- events.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		stop()
	})
	synctest.Wait()
	time.Sleep(time.Second)
	return c, events, o
}

// renames is an event that gives a user a new name.
func renames(id, name string, at time.Time) collect.Event {
	return collect.Event{
		Source: "crm", Account: "7001", ID: id, At: at, Grain: time.Second, Received: time.Now(), Explained: true,
		Alter: func(known *person.Identity) (*person.Identity, bool) {
			next := person.Identity{Key: person.Key{System: person.Pipedrive, Account: "7001", ID: id}, Source: "crm", Pipedrive: &person.PipedriveUser{}}
			if known != nil {
				next = *known
			}
			next.Name = name
			return &next, false
		},
	}
}

func name(c *collect.Collector, id string) string {
	i, ok := c.Current().View(access.Principal{}).Identity(person.Key{System: person.Pipedrive, Account: "7001", ID: id})
	if !ok {
		return "nobody"
	}
	return i.Raw().Name
}

func TestAnEventIsSeenAtOnceForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, events, o := eventful(t, "ann", "bob")
		events.Take([]collect.Event{renames("ann", "Ann", time.Now())})
		gone := renames("bob", "", time.Now())
		gone.Alter = func(*person.Identity) (*person.Identity, bool) { return nil, false }
		events.Take([]collect.Event{gone})
		if name(c, "ann") != "Ann" || name(c, "bob") != "nobody" {
			t.Errorf("ann is called %q, bob %q", name(c, "ann"), name(c, "bob"))
		}
		time.Sleep(time.Minute)
		o.wants(t)
		if o.announced != 2 {
			t.Errorf("%d changes were announced, want 2", o.announced)
		}
		time.Sleep(rhythm * 2) // what is read counts
		if name(c, "ann") != "ann" || name(c, "bob") != "bob" {
			t.Errorf("an event outlived a reading: %q, %q", name(c, "ann"), name(c, "bob"))
		}
	})
}

func TestWhatAnEventIsWorth(t *testing.T) {
	for what, c := range map[string]struct {
		// make is the events, one second after the reading began.
		make func(now time.Time) []collect.Event
		want string
		asks []string
	}{
		"older than the reading": {func(now time.Time) []collect.Event {
			return []collect.Event{renames("ann", "Old", now.Add(-time.Minute))}
		}, "ann", nil},
		"without a time": {func(time.Time) []collect.Event { return []collect.Event{renames("ann", "New", time.Time{})} }, "New", nil},
		"from a clock that runs ahead, then the truth": {func(now time.Time) []collect.Event {
			later := renames("ann", "Later", now.Add(5*time.Second))
			later.Received = now.Add(5 * time.Second)
			return []collect.Event{renames("ann", "Ahead", now.Add(time.Hour)), later}
		}, "Later", nil},
		"of another account": {func(now time.Time) []collect.Event {
			e := renames("ann", "Other", now)
			e.Account = "7002"
			return []collect.Event{e}
		}, "ann", nil},
		"of another source": {func(now time.Time) []collect.Event {
			e := renames("ann", "Other", now)
			e.Source = "ops"
			return []collect.Event{e}
		}, "ann", nil},
		"out of order": {func(now time.Time) []collect.Event {
			first := renames("ann", "First", now)
			second := renames("ann", "Second", now.Add(2*time.Second))
			first.Received, second.Received = now.Add(3*time.Second), now.Add(3*time.Second)
			return []collect.Event{second, first}
		}, "Second", nil},
		"out of order, and each tells a part": {func(now time.Time) []collect.Event {
			first := renames("ann", "First", now)
			second := renames("ann", "Second", now.Add(2*time.Second))
			first.Received, second.Received, first.Partial = now.Add(3*time.Second), now.Add(3*time.Second), true
			return []collect.Event{second, first}
		}, "Second", []string{"crm ann"}},
		"two within one tick of the vendor's clock": {func(now time.Time) []collect.Event {
			return []collect.Event{renames("ann", "One", now), renames("ann", "Two", now)}
		}, "Two", []string{"crm ann"}},
		"the same twice": {func(now time.Time) []collect.Event {
			return []collect.Event{renames("ann", "One", now), renames("ann", "One", now)}
		}, "One", nil},
		"does not explain itself": {func(now time.Time) []collect.Event {
			e := renames("ann", "New", now)
			e.Explained = false
			return []collect.Event{e}
		}, "New", []string{"crm ann"}},
		"a bare hint": {func(now time.Time) []collect.Event {
			return []collect.Event{{Source: "crm", ID: "ann", Received: now}, {Source: "crm", ID: "bob", Received: now}, {Source: "crm", ID: "ann", Received: now}}
		}, "ann", []string{"crm ann bob"}},
		"about nobody in particular": {func(now time.Time) []collect.Event {
			return []collect.Event{{Source: "crm", ID: "ann", Received: now}, {Source: "crm", Received: now}}
		}, "ann", []string{"crm"}},
		"about very many": {func(now time.Time) []collect.Event {
			var all []collect.Event
			for i := range 50 {
				all = append(all, collect.Event{Source: "crm", ID: fmt.Sprint(i), Received: now})
			}
			return all
		}, "ann", []string{"crm"}},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				col, events, o := eventful(t, "ann", "bob")
				events.Take(c.make(time.Now()))
				if got := name(col, "ann"); got != c.want {
					t.Errorf("ann is called %q, want %q", got, c.want)
				}
				time.Sleep(time.Minute)
				o.wants(t, c.asks...)
			})
		})
	}
}

// TestStrangersThatEventsMakeAreFew: a leaked secret fills neither the memory nor the picture.
func TestStrangersThatEventsMakeAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, events, o := eventful(t, "ann")
		for i := range 40 {
			var all []collect.Event
			for j := range 50 {
				all = append(all, renames(fmt.Sprintf("x%d-%d", i, j), "X", time.Now()))
			}
			events.Take(all)
		}
		if n := count(t, c); n > 501 {
			t.Errorf("%d people after 2,000 invented ones", n)
		}
		events.Take([]collect.Event{renames("x0-0", "Y", time.Now().Add(time.Second))})
		if name(c, "x0-0") != "Y" {
			t.Error("who was told of already is not told of again")
		}
		time.Sleep(time.Minute)
		o.wants(t, "crm")
	})
}

func TestADoubtEndsWithTheReadingThatComesAnyway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, events, o := eventful(t, "ann")
		for range 6 { // more than may be read at once
			events.Overflow("crm")
			time.Sleep(2 * time.Second)
		}
		o.wants(t, "crm", "crm", "crm", "crm")
		time.Sleep(2 * rhythm)
		o.wants(t)
		events.Overflow("crm")
		time.Sleep(2 * time.Second)
		o.wants(t, "crm")
		events.Overflow("nobody")
	})
}

func TestAnEventBeforeTheFirstReadingIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		slow := &scripted{read: func(int) (collect.Reading, error) { <-release; return reading("crm", "ann"), nil }}
		c := newCollector(t, collect.Source{ID: "crm", System: person.Pipedrive, Reader: slow, Every: rhythm})
		o := &office{}
		events := collect.NewEvents(c, collect.EventOptions{Dirty: o})
		defer start(t, c)()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = events.Run(ctx) }()
		time.Sleep(10 * time.Second)
		events.Take([]collect.Event{renames("ann", "New", time.Now())})
		close(release)
		time.Sleep(time.Minute)
		o.wants(t, "crm")
	})
}

// TestEventsEndInTheNewest: whatever the order and however often they come, the newest fact stands.
func TestEventsEndInTheNewest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.Permutation([]int{1, 2, 3, 4, 5, 6}).Draw(rt, "order")
		again := rapid.SliceOfN(rapid.IntRange(1, 6), 0, 6).Draw(rt, "again")
		var got string
		synctest.Test(t, func(t *testing.T) {
			c, events, _ := eventful(t, "ann")
			now := time.Now()
			time.Sleep(time.Minute)
			for _, n := range append(order, again...) {
				events.Take([]collect.Event{renames("ann", fmt.Sprint(n), now.Add(time.Duration(n)*3*time.Second))})
			}
			got = name(c, "ann")
		})
		if got != "6" {
			rt.Fatalf("ann is called %q after all six names, the sixth being the newest", got)
		}
	})
}

// TestAFloodCostsABoundedNumberOfReadings: whoever holds the secret can make a source be read four times at once, and
// then no more often than it is read anyway. A whole reading of a Pipedrive company is 20 tokens.
func TestAFloodCostsABoundedNumberOfReadings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type burst struct {
			Pause time.Duration
			Size  int
			Kind  int
		}
		bursts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) burst {
			return burst{time.Duration(rapid.IntRange(0, 40*60).Draw(rt, "pause")) * time.Second, rapid.IntRange(1, 40).Draw(rt, "size"), rapid.IntRange(0, 3).Draw(rt, "kind")}
		}), 1, 60).Draw(rt, "bursts")
		var problem string
		synctest.Test(t, func(t *testing.T) {
			_, events, o := eventful(t, "ann", "bob")
			began := time.Now()
			for _, b := range bursts {
				time.Sleep(b.Pause)
				for i := range b.Size {
					ev := renames(fmt.Sprintf("x%d", i), "X", time.Now())
					switch b.Kind {
					case 1:
						ev.Explained = false
					case 2:
						ev.Alter = nil
					case 3:
						events.Overflow("crm")
						continue
					}
					events.Take([]collect.Event{ev})
				}
			}
			time.Sleep(rhythm)
			o.mu.Lock()
			defer o.mu.Unlock()
			for i, from := range o.at {
				for j := i; j < len(o.at); j++ {
					if most := 4 + int(o.at[j].Sub(from)/rhythm) + 1; j-i+1 > most {
						problem = fmt.Sprintf("%d readings within %v, at most %d are allowed", j-i+1, o.at[j].Sub(from), most)
					}
				}
			}
			if most := 20 * (5 + int(time.Since(began)/rhythm)); 20*len(o.asked) > most {
				problem = fmt.Sprintf("%d tokens, at most %d are allowed", 20*len(o.asked), most)
			}
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}
