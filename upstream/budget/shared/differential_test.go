package shared_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/budget/budgettest"
	"github.com/manifold-graph/manifold/upstream/redistest"
)

// pair is two engines that are asked the same.
type pair struct {
	t           *rapid.T
	clock       *budgettest.Clock
	here, there budget.Store
	limits      []budget.Limits
	flying      []both
}

type both struct {
	limits      budget.Limits
	here, there budget.Reservation
}

// TestTheScriptsCountAsMemoryDoes: whatever is asked in whatever order, Redis answers what Memory answers, to the nanosecond.
func TestTheScriptsCountAsMemoryDoes(t *testing.T) {
	t.Parallel()
	there := exact(redistest.Start(t).Client())
	reset := 9*time.Hour + 30*time.Minute
	for name, limits := range map[string]budget.Limits{
		"rolling day":  {Account: "a", Tokens: 300, RefreshTokens: 120, Credential: "c", Burst: 4},
		"vendor's day": {Account: "a", Tokens: 200, Credential: "c", Burst: 7, Reset: &reset},
		"five minutes": {Account: "a", Tokens: 60, Window: 5 * time.Minute, Credential: "c", Burst: 12, BurstWindow: 5 * time.Second},
		"counted":      {Account: "a", Credential: "c", Burst: 3},
		"unbounded":    {Account: "a", Tokens: 5000, Credential: "c"},
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			clock := &budgettest.Clock{}
			second := limits
			second.Credential, second.Burst = "d", limits.Burst/2
			p := &pair{t: t, clock: clock, here: budget.NewMemory(clock), there: there(clock), limits: []budget.Limits{limits, second}}
			for range rapid.IntRange(1, 120).Draw(t, "steps") {
				p.step()
			}
		}))
	}
}

func (p *pair) step() {
	l := rapid.SampledFrom(p.limits).Draw(p.t, "credential")
	switch rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "settle", "settle", "peek", "read", "spent", "pass", "step"}).Draw(p.t, "do") {
	case "reserve":
		p.reserve(l)
	case "settle":
		if n := len(p.flying); n > 0 {
			p.settle(rapid.IntRange(0, n-1).Draw(p.t, "which"))
		}
	case "peek":
		ask, ahead := p.ask(), rapid.IntRange(0, 20).Draw(p.t, "ahead")
		want, _ := p.here.Peek(p.t.Context(), l, ask, ahead)
		got, err := p.there.Peek(p.t.Context(), l, ask, ahead)
		p.same("Peek", want, got, nil, err)
	case "read":
		want, _ := p.here.Read(p.t.Context(), l)
		got, err := p.there.Read(p.t.Context(), l)
		p.same("Read", want, got, nil, err)
	case "spent":
		want, _ := p.here.Spent(p.t.Context(), l)
		got, err := p.there.Spent(p.t.Context(), l)
		p.same("Spent", want, got, nil, err)
	case "pass":
		unit := rapid.SampledFrom([]time.Duration{1, time.Millisecond, 100 * time.Millisecond, time.Second, time.Minute, 20 * time.Minute, 2 * time.Hour}).Draw(p.t, "unit")
		p.clock.Advance(unit * time.Duration(rapid.IntRange(1, 11).Draw(p.t, "times")))
	case "step":
		p.clock.Step(time.Duration(rapid.IntRange(-20*3600, 20*3600).Draw(p.t, "seconds")) * time.Second)
	}
}

func (p *pair) same(what string, want, got any, wantErr, err error) {
	p.t.Helper()
	if !errors.Is(err, wantErr) {
		p.t.Fatalf("%s: %v, want %v", what, err, wantErr)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Fatalf("%s differs (-Memory +Redis):\n%s", what, diff)
	}
}

func (p *pair) ask() budget.Ask {
	return budget.Ask{
		Class:     budget.Class(rapid.IntRange(0, 2).Draw(p.t, "class")),
		Tokens:    rapid.SampledFrom([]int{0, 1, 2, 10, 20, 40}).Draw(p.t, "tokens"),
		Slots:     rapid.IntRange(0, 5).Draw(p.t, "slots"),
		Essential: rapid.Bool().Draw(p.t, "essential"),
		By: budget.Attribution{
			Client:    rapid.SampledFrom([]string{"", "frontend", "batch"}).Draw(p.t, "client"),
			Operation: rapid.SampledFrom([]string{"", "People", "Ünïcode \"quoted\""}).Draw(p.t, "operation"),
		},
		Allowance: rapid.SampledFrom([]int{0, 0, 50, 90}).Draw(p.t, "allowance"),
	}
}

func (p *pair) reserve(l budget.Limits) {
	ask := p.ask()
	want, here, _ := p.here.Reserve(p.t.Context(), l, ask)
	got, there, err := p.there.Reserve(p.t.Context(), l, ask)
	p.same("Reserve", want, got, nil, err)
	p.same("Reservation", here.Ask, there.Ask, nil, nil)
	if got.Allowed {
		p.flying = append(p.flying, both{l, here, there})
	}
}

func (p *pair) settle(i int) {
	f := p.flying[i]
	if rapid.IntRange(0, 9).Draw(p.t, "settle twice") > 0 {
		p.flying = append(p.flying[:i], p.flying[i+1:]...)
	}
	number := func(name string, most int) *int {
		if rapid.Bool().Draw(p.t, name+" told") {
			return new(rapid.IntRange(0, most).Draw(p.t, name))
		}
		return nil
	}
	o := budget.Outcome{
		Sent:       rapid.IntRange(0, 5).Draw(p.t, "sent") > 0,
		Limited:    rapid.SampledFrom([]budget.Limited{0, 0, 0, 0, 0, budget.ByBurst, budget.ByBudget, budget.ByEdge}).Draw(p.t, "limited"),
		RetryAfter: time.Duration(rapid.IntRange(0, 5).Draw(p.t, "retry after")) * time.Second,
	}
	o.Answered = o.Limited == budget.NotLimited && rapid.Bool().Draw(p.t, "answered")
	o.Seen = budget.Observation{
		Remaining: number("remaining", 400), Limit: number("limit", 3), BurstRemaining: number("burst remaining", 5), BurstLimit: number("burst limit", 9),
		BurstReset: time.Duration(rapid.IntRange(0, 3000).Draw(p.t, "burst reset")) * time.Millisecond,
	}
	wantErr := p.here.Settle(p.t.Context(), f.limits, f.here, o)
	err := p.there.Settle(p.t.Context(), f.limits, f.there, o)
	p.same("Settle", nil, nil, wantErr, err)
}
