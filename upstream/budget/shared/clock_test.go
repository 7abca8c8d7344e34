package shared_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/shared"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// epoch is noon, UTC.
var epoch = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// world is true time, and a server's clock that is wrong by whatever step.
type world struct {
	now  time.Duration
	step time.Duration
}

func (w *world) server() time.Time { return epoch.Add(w.now + w.step) }

// machine is a replica's own clock: its wall is a little wrong, and its elapsed time began when it did.
type machine struct {
	w          *world
	born, skew time.Duration
}

func (m machine) Wall() time.Time        { return epoch.Add(m.w.now + m.skew) }
func (m machine) Elapsed() time.Duration { return m.w.now - m.born }

// TestTheServersClockFreesNothing: it is stepped either way, by seconds and by days, replicas come and go, and no window of true time
// is overspent.
func TestTheServersClockFreesNothing(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client()
	n := 0
	reset := 15 * time.Hour
	for name, limits := range map[string]budget.Limits{
		"rolling day":  {Account: "a", Tokens: 100, Credential: "c", Burst: 3},
		"vendor's day": {Account: "a", Tokens: 100, Credential: "c", Burst: 3, Reset: &reset},
		"five minutes": {Account: "a", Tokens: 30, Window: 5 * time.Minute, Credential: "c", Burst: 5},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			n++
			w := &world{}
			c := &stepper{t: t, w: w, client: client, limits: limits, options: shared.Options{
				Prefix: fmt.Sprintf("clock%d", n), Grace: -1, TokenEscrow: -1, SlotEscrow: -1, Timeout: 10 * time.Second,
			}}
			c.join()
			for range rapid.IntRange(1, 40).Draw(t, "steps") {
				c.act()
			}
			c.judge()
		}))
	}
}

type stepper struct {
	t       *rapid.T
	w       *world
	client  redis.UniversalClient
	options shared.Options
	limits  budget.Limits
	stores  []*shared.Store
	sent    []time.Duration
	tokens  []int
	stepped time.Duration
}

func (c *stepper) join() {
	m := machine{w: c.w, born: c.w.now, skew: time.Duration(rapid.IntRange(-2000, 2000).Draw(c.t, "skew")) * time.Millisecond}
	c.stores = append(c.stores, shared.NewUnder(c.client, c.options, m, c.w.server))
	c.beat()
}

// beat is every living replica's heartbeat.
func (c *stepper) beat() {
	for _, s := range c.stores {
		if _, err := s.Read(context.Background(), c.limits); err != nil {
			c.t.Fatalf("Read: %v", err)
		}
	}
}

func (c *stepper) act() {
	switch rapid.SampledFrom([]string{"spend", "spend", "spend", "pass", "pass", "step", "join", "leave"}).Draw(c.t, "do") {
	case "spend":
		for range rapid.IntRange(1, 6).Draw(c.t, "times") {
			c.spend(c.stores[rapid.IntRange(0, len(c.stores)-1).Draw(c.t, "by")])
		}
	case "pass":
		unit := rapid.SampledFrom([]time.Duration{time.Millisecond, 300 * time.Millisecond, time.Second, time.Minute, time.Hour}).Draw(c.t, "unit")
		c.pass(unit * time.Duration(rapid.IntRange(1, 10).Draw(c.t, "units")))
	case "step": // replicas beat every second: they have seen the clock as it was
		c.beat()
		c.w.step, c.stepped = 0, c.w.now
		if rapid.Bool().Draw(c.t, "wrong") {
			unit := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(c.t, "step unit")
			c.w.step = unit * time.Duration(rapid.IntRange(-30, 30).Draw(c.t, "step"))
		}
		c.beat()
	case "join":
		if len(c.stores) < 4 {
			c.join()
		}
	case "leave":
		if len(c.stores) > 1 {
			c.stores = c.stores[1:]
		}
	}
}

// pass lets true time go by. The server's clock is put right within the day: one that is wrong for ever is as good as a wrongly
// configured reset.
func (c *stepper) pass(d time.Duration) {
	if c.w.step != 0 && c.w.now+d > c.stepped+20*time.Hour {
		c.w.step = 0
		c.beat()
	}
	c.w.now += d
	c.beat()
}

func (c *stepper) spend(s *shared.Store) {
	tokens := rapid.IntRange(1, 20).Draw(c.t, "tokens")
	d, r, err := s.Reserve(context.Background(), c.limits, budget.Ask{Class: budget.Mutation, Tokens: tokens})
	if err != nil {
		c.t.Fatalf("Reserve: %v", err)
	}
	if !d.Allowed {
		return
	}
	c.sent, c.tokens = append(c.sent, c.w.now), append(c.tokens, tokens)
	if err := s.Settle(context.Background(), c.limits, r, budget.Outcome{Sent: true, Answered: true}); err != nil {
		c.t.Fatalf("Settle: %v", err)
	}
}

func (c *stepper) judge() {
	for i, from := range c.sent {
		day := epoch.Add(from - *c.reset()).Truncate(24 * time.Hour)
		spent, requests := 0, 0
		for j := i; j < len(c.sent); j++ {
			within := c.sent[j] < from+c.limits.Span()
			if c.limits.Reset != nil {
				within = epoch.Add(c.sent[j] - *c.reset()).Truncate(24 * time.Hour).Equal(day)
			}
			if within {
				spent += c.tokens[j]
			}
			if c.sent[j] < from+2*time.Second {
				requests++
			}
		}
		if spent > c.limits.Tokens || requests > c.limits.Burst {
			c.t.Fatalf("%d tokens in a window, and %d requests in two seconds, from %s", spent, requests, from)
		}
	}
}

func (c *stepper) reset() *time.Duration {
	if c.limits.Reset != nil {
		return c.limits.Reset
	}
	return new(time.Duration)
}

// TestTimeGoesOn: a clock that was stepped frees what is due, not early, and at most two seconds late.
func TestTimeGoesOn(t *testing.T) {
	t.Parallel()
	client := redistest.Start(t).Client()
	for i, step := range []time.Duration{0, time.Hour, -time.Hour, 40 * time.Hour, -40 * time.Hour, 1500 * time.Millisecond, -1500 * time.Millisecond} {
		t.Run(step.String(), func(t *testing.T) {
			w := &world{}
			s := shared.NewUnder(client, shared.Options{
				Prefix: fmt.Sprintf("on%d", i), Grace: -1, TokenEscrow: -1, SlotEscrow: -1, Timeout: 10 * time.Second,
			}, machine{w: w}, w.server)
			l := budget.Limits{Account: "a", Tokens: 100, Credential: "c", Burst: 1}
			try := func() bool {
				d, r, err := s.Reserve(t.Context(), l, budget.Ask{Class: budget.Mutation, Tokens: 50})
				if err != nil {
					t.Fatal(err)
				}
				if d.Allowed {
					if err := s.Settle(t.Context(), l, r, budget.Outcome{Sent: true, Answered: true}); err != nil {
						t.Fatal(err)
					}
				}
				return d.Allowed
			}
			if !try() {
				t.Fatal("refused")
			}
			w.now += time.Second
			w.step = step
			if try() {
				t.Error("the step has freed a slot")
			}
			w.now += 3 * time.Second
			if !try() || try() {
				t.Error("the slot is not free when it should be, or twice")
			}
			w.now += 12 * time.Hour
			w.step = 0
			if try() {
				t.Error("tokens came back early")
			}
			w.now += 13 * time.Hour
			if !try() {
				t.Error("tokens do not come back")
			}
		})
	}
}
