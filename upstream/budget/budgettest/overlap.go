package budgettest

import (
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// overlaps tells stories of requests of 10 tokens each and says what must remain after them. "+a" reserves a, "a:270"
// settles it with a figure, "a:?" without one, "a:x" settles what was never sent.
func overlaps(b *bench) {
	b.limits.Burst = 0
	for name, c := range map[string]struct {
		story string
		want  int
	}{
		"in the order of counting":                  {"+a +b +c a:290 b:280 c:270", 270},
		"against the order of counting":             {"+a +b +c c:270 b:280 a:290", 270},
		"in neither order":                          {"+a +b +c b:270 a:290 c:280", 270},
		"an open one may be counted, or not":        {"+a +b a:290", 280},
		"one reserved afterwards is not counted":    {"+a a:290 +b", 280},
		"one never sent is no longer in doubt":      {"+a +b a:290 b:x", 290},
		"a silent one may be the later":             {"+a +b b:? a:290", 280},
		"a silent one before is the earlier":        {"+a a:? +b b:280", 280},
		"a silent one after is the later":           {"+a a:290 +b b:?", 280},
		"a silent one is found in the next figure":  {"+a +b b:? a:290 +c c:270", 270},
		"others spend":                              {"+a a:290 +b b:200", 200},
		"others spend, and an older answer is late": {"+a +b b:200 a:290", 200},
		"a refill":                                          {"+a a:20 +b b:490", 490},
		"a refill, and an older answer is late":             {"+s +a a:20 s:490", 20},
		"a refill behind an older answer":                   {"+s +a a:20 s:490 +b b:480", 480},
		"a refill, counted before an older one that is in":  {"+s +a a:20 +b s:480 b:490", 480},
		"a refill, counted before an older one that is out": {"+s +a a:20 +b b:490", 480},
		"a refill, and that older one comes in":             {"+s +a a:20 +b b:490 s:480", 20},
	} {
		// Each story begins where the one before has been forgotten.
		b.clock.Advance(25 * time.Hour)
		open := map[string]budget.Reservation{}
		for step := range strings.FieldsSeq(c.story) {
			if id, ok := strings.CutPrefix(step, "+"); ok {
				open[id] = b.reserve(budget.Mutation, 10)
				continue
			}
			id, said, _ := strings.Cut(step, ":")
			o := good(nil)
			if n, err := strconv.Atoi(said); err == nil {
				o = good(&n)
			}
			o.Sent = said != "x"
			b.settle(open[id], o)
			delete(open, id)
		}
		if got := b.read(); got.Remaining != c.want {
			b.Errorf("%s: remaining %d, want %d", name, got.Remaining, c.want)
		}
		for _, r := range open {
			b.settle(r, budget.Outcome{})
		}
	}
}

// unsettled: five requests are counted, and the first answer says that 100 are left. Whether the other four are in that is
// not known until they are answered.
func unsettled(b *bench) {
	b.limits.Burst = 0
	var flying []budget.Reservation
	for range 5 {
		flying = append(flying, b.reserve(budget.Interactive, 10))
	}
	b.settle(flying[0], good(new(100)))
	b.reserve(budget.Interactive, 10) // 100, without 40 and the floor of 50
	for class, tokens := range map[budget.Class]int{budget.Interactive: 10, budget.Mutation: 51} {
		if d := b.refused(class, tokens, budget.Unsettled); d.RetryIn <= 0 || d.RetryIn > time.Second || !d.Because.Brief() {
			b.Errorf("retry in %s, want a moment", d.RetryIn)
		}
	}
	// What no answer can bring is refused for long.
	if d := b.refused(budget.Interactive, 51, budget.FloorReached); d.RetryIn < 29*time.Minute {
		b.Errorf("retry in %s", d.RetryIn)
	}
	if d := b.refused(budget.Mutation, 101, budget.VendorSpent); d.RetryIn < 29*time.Minute {
		b.Errorf("retry in %s", d.RetryIn)
	}
	act := b.reserve(budget.Mutation, 50)
	if got := b.read(); got.Remaining != 0 || got.State != budget.Stopped || got.Because != budget.Unsettled || got.RetryIn > time.Second {
		b.Errorf("with all that is left in doubt: %+v", got)
	}
	b.settle(act, budget.Outcome{})
	for i, r := range flying[1:] {
		b.settle(r, good(new(110+10*i)))
	}
	if got := b.read(); got.Remaining != 90 || got.State != budget.Low && got.State != budget.Critical {
		b.Errorf("all were counted: %+v, want 100 without the one that is open", got)
	}
	b.reserve(budget.Interactive, 40)
	b.refused(budget.Interactive, 1, budget.Unsettled)
}

// resetNotLearned: an answer that was late over many hours brings an old figure. It is no refill.
func resetNotLearned(b *bench) {
	early := b.reserve(budget.Mutation, 10)
	b.settle(b.reserve(budget.Mutation, 10), good(new(5_000)))
	b.clock.Advance(30 * time.Minute)
	b.settle(b.reserve(budget.Mutation, 10), good(new(4_000)))
	b.clock.Advance(40 * time.Minute) // an hour has struck
	b.settle(early, good(new(99_990)))
	if got := b.read(); !got.ResetsAt.IsZero() {
		b.Errorf("%+v, want a window that rolls", got)
	}
}

// resetInFlight: an hour struck between a request and its answer, and another since. The refill may have come with either.
func resetInFlight(b *bench) {
	b.clock.Advance(9*time.Hour + 50*time.Minute) // 21:50
	early := b.reserve(budget.Mutation, 10)
	b.clock.Advance(20 * time.Minute)
	b.settle(early, good(new(5_000)))
	b.clock.Advance(55 * time.Minute) // 23:05
	b.settle(b.reserve(budget.Mutation, 10), good(new(99_990)))
	if got := b.read(); !got.ResetsAt.IsZero() || got.Spent != 20 {
		b.Errorf("%+v, want a window that rolls", got)
	}
}

// stopHolds: what was under way when the vendor refused may have been counted before, so its answer proves no refill.
func stopHolds(b *bench) {
	first, second, third := b.reserve(budget.Mutation, 10), b.reserve(budget.Mutation, 10), b.reserve(budget.Mutation, 10)
	b.settle(first, budget.Outcome{Sent: true, Limited: budget.ByBudget})
	b.settle(second, good(nil))
	b.clock.Advance(2 * time.Second)
	b.refused(budget.Mutation, 1, budget.VendorSpent)
	b.settle(third, good(new(500)))
	b.clock.Advance(2 * time.Second)
	b.refused(budget.Mutation, 1, budget.VendorSpent)
}
