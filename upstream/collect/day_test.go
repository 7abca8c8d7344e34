package collect_test

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// tenant is a company at a vendor with a daily budget that others spend too. It tells in each answer what is left.
type tenant struct {
	costs *collect.Costs

	mu       sync.Mutex
	left     int
	exceeded int
	lists    []time.Time
}

const companyTokens = 3000

// call makes one call through a gate, as a client does.
func (c *tenant) call(ctx context.Context, gate *collect.Gate, operation string, class wire.Class) error {
	ticket, err := gate.Admit(ctx, wire.Call{Source: "acme", Operation: operation, Class: class, Write: class == wire.Mutation})
	if err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond)
	cost, _ := budget.CostOf(person.Pipedrive, operation)
	c.mu.Lock()
	o := wire.Outcome{Sent: true, Status: 200, Header: http.Header{}}
	if c.left < cost.Tokens {
		c.exceeded++
		o.Status, o.Kind = 429, wire.DailyLimited
	} else {
		c.left -= cost.Tokens
		o.Header.Set("X-Daily-Ratelimit-Token-Remaining", strconv.Itoa(c.left))
		o.Header.Set("X-Daily-Ratelimit-Token-Limit", strconv.Itoa(companyTokens))
	}
	c.mu.Unlock()
	ticket.Done(o)
	if o.Kind != wire.OK {
		return fault.New(fault.BudgetExhausted, "spent")
	}
	return nil
}

// Read is a reading of the company: one plain list.
func (c *tenant) Read(ctx context.Context) (collect.Reading, error) {
	gate := c.costs.Gate(budget.Attribution{})
	if err := c.call(ctx, gate, "users.list", wire.Refresh); err != nil {
		return collect.Reading{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists = append(c.lists, time.Now())
	return reading("acme", "Ann"), nil
}

func (c *tenant) eat(tokens int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = max(c.left-tokens, 0)
}

func (c *tenant) refill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = companyTokens
}

// within makes a call that has to be answered within seconds.
func (c *tenant) within(t *testing.T, operation string, class wire.Class) error {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return c.call(ctx, c.costs.Gate(budget.Attribution{Client: "frontend"}), operation, class)
}

// spentLists is what the lists have cost so far.
func (c *tenant) spentLists() (calls, tokens int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lists), 20 * len(c.lists)
}

// dayReport is what came of one day.
type dayReport struct {
	refused, acts, lists int
	kept                 int
	longest              time.Duration
	// morning is how long after the reset the first list was read.
	morning time.Duration
}

// live lives one day from midnight to midnight: the picture is refreshed every 15 minutes if it may, a person asks every 24
// minutes, others eat 40 % of the budget in the way that is given, and just before the end an administrator
// makes as many changes as the last 5 % pay for.
func live(t *testing.T, reset *time.Duration, paced bool, eats func(minute int) int) dayReport {
	var report dayReport
	synctest.Test(t, func(t *testing.T) {
		c := &tenant{left: companyTokens}
		time.Sleep(2 * time.Minute) // the vendor's midnight is not exactly ours
		c.costs = collect.NewCosts(budget.NewLedger(budget.NewMemory(budget.SystemClock())), map[person.SourceID]collect.Charge{
			acme: {System: person.Pipedrive, Limits: budget.Limits{Account: "7001", Credential: "token", Tokens: companyTokens, Burst: 20, Reset: reset}},
		}, collect.CostOptions{Jitter: func() float64 { return 0 }})
		options := collect.Options{Jitter: func() float64 { return 0 }}
		if paced {
			options.Pacer = c.costs
		}
		collector := collect.New([]collect.Source{{
			ID: acme, System: person.Pipedrive, Reader: c, Every: 15 * time.Minute, Spent: c.spentLists,
		}}, picture(t), options)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = collector.Run(ctx) })
		for minute := 2; minute < 24*60-5; minute++ {
			c.eat(eats(minute))
			if minute%24 == 0 {
				if err := c.within(t, "users.permissions", wire.Interactive); err != nil {
					report.refused++
				}
			}
			time.Sleep(time.Minute)
		}
		c.mu.Lock()
		report.lists, report.kept = len(c.lists), c.left
		lists := c.lists
		c.mu.Unlock()
		for i := range lists[1:] {
			report.longest = max(report.longest, lists[i+1].Sub(lists[i]))
		}
		report.longest = max(report.longest, time.Since(lists[len(lists)-1]))
		for range companyTokens / 20 / 10 {
			if c.within(t, "users.update", wire.Mutation) == nil {
				report.acts++
			}
		}
		midnight := time.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		time.Sleep(time.Until(midnight))
		c.refill()
		time.Sleep(3 * time.Hour)
		c.mu.Lock()
		if len(c.lists) > report.lists {
			for _, at := range c.lists[report.lists:] {
				if report.morning = at.Sub(midnight); report.morning > 0 {
					break
				}
			}
		}
		if c.exceeded > 0 {
			t.Errorf("the vendor had to refuse %d calls", c.exceeded)
		}
		c.mu.Unlock()
		cancel()
		wg.Wait()
	})
	return report
}

// evenly is 1,200 tokens from 8:00 to 16:00, gulp all of them at 10:00.
func evenly(minute int) int {
	if minute >= 8*60 && minute < 16*60 && minute%2 == 0 {
		return 5
	}
	return 0
}

func gulp(minute int) int {
	if minute == 10*60 {
		return 1200
	}
	return 0
}

// TestADayWithOthers is a day end to end with 40 % of the budget eaten by someone else: refreshes stretch, interactive reads never
// starve, the last 5 % is still there for acts.
func TestADayWithOthers(t *testing.T) {
	midnight := time.Duration(0)
	for name, c := range map[string]struct {
		reset *time.Duration
		eats  func(int) int
	}{
		"evenly":                   {&midnight, evenly},
		"in a gulp":                {&midnight, gulp},
		"evenly, reset not known":  {nil, evenly},
		"in a gulp, reset unknown": {nil, gulp},
	} {
		t.Run(name, func(t *testing.T) {
			r := live(t, c.reset, true, c.eats)
			t.Logf("%+v", r)
			if r.refused > 0 {
				t.Errorf("%d of 59 interactive reads were refused", r.refused)
			}
			if r.kept < companyTokens/20 || r.acts != companyTokens/20/10 {
				t.Errorf("%d tokens were left for acts, and %d of 15 went through", r.kept, r.acts)
			}
			if r.lists < 30 || r.lists >= 90 || r.longest > 90*time.Minute {
				t.Errorf("%d lists were read, with %s between two", r.lists, r.longest)
			}
			if r.morning <= 0 || r.morning > time.Hour {
				t.Errorf("the first list of the next day came after %s", r.morning)
			}
		})
	}
}

// TestADayWithoutPacing shows what pacing is for.
func TestADayWithoutPacing(t *testing.T) {
	midnight := time.Duration(0)
	if r := live(t, &midnight, false, evenly); r.refused == 0 {
		t.Errorf("a fixed rhythm has done no harm: %+v", r)
	}
}
