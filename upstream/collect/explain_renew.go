package collect

import (
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/pipedream"
	"github.com/manifold-graph/manifold/upstream/pipedrive"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// orders is up to how many askings every order is tried in.
const orders = 4

// foretell is what Renew would start, source by source, if a asked for each of several groups, in any order. It
// starts nothing.
func (r *Renewer) foretell(a people.Asker, groups [][]*person.Identity) map[person.SourceID]people.Step {
	if a.Wanted.MaxAge == nil || a.Wanted.OnlyIfCached {
		return nil
	}
	now := r.now()
	asked := map[person.SourceID][][]plan.Demand[person.Key]{}
	for _, users := range groups {
		bySource := map[person.SourceID][]*person.Identity{}
		for _, u := range users {
			bySource[u.Source] = append(bySource[u.Source], u)
		}
		for source, some := range bySource {
			if demands := r.demands(some, now.Add(-max(0, *a.Wanted.MaxAge))); len(demands) > 0 {
				asked[source] = append(asked[source], demands)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	steps := map[person.SourceID]people.Step{}
	for source, batches := range asked {
		if s := r.sources[source]; s != nil {
			steps[source] = r.stepOf(s, now, batches)
		}
	}
	return steps
}

// stepOf is foretell for one source. Callers hold mu.
func (r *Renewer) stepOf(s *renewal, now time.Time, batches [][]plan.Demand[person.Key]) people.Step {
	step := people.Step{Field: "Identity"}
	held := 0
	stale := map[person.Key]bool{}
	for _, demands := range batches {
		for i, d := range demands {
			if f := s.underway(d.Key, d.Since); f != nil && f.began.After(d.Held) {
				demands[i].Held = f.began
			}
			if demands[i].Held.Before(d.Since) {
				stale[d.Key] = true
			} else {
				held++
			}
		}
	}
	prices := s.Prices()
	step.Saved = prices.All
	if prices.One > 0 {
		step.Saved = min(prices.All, held*prices.One)
	}
	switch {
	case len(stale) > 0 && now.Before(s.until):
		step.Reason, step.Saved = "It could not be read a moment ago, and is not tried again yet.", 0
		return step
	case len(stale) == 0:
		step.Reason = sentence(plan.Held.String())
		return step
	case prices.One == 0:
		step.Saved = 0
	}
	window := r.open(s, wire.Interactive, now)
	if len(batches) > orders {
		one := len(stale) * prices.One
		step.Calls, step.Tokens = people.Span{AtLeast: 1, AtMost: one + prices.All}, people.Span{AtLeast: min(one, prices.All), AtMost: one + prices.All}
		if prices.One == 0 {
			step.Calls, step.Tokens = r.list(s)
		}
		step.Operation, step.Reason = "any", "How it is read depends on which of the operation's parts asks first."
		return step
	}
	first := true
	for order := range permutations(len(batches)) {
		calls, tokens, p := r.try(s, window.Clone(), now, batches, order)
		if first {
			step.Calls, step.Tokens = calls, tokens
			step.Operation, step.Reason = operationOf(r.costs.sources[s.id].System, p.Way), sentence(p.Because.String())
			first = false
		}
		step.Calls, step.Tokens = widen(step.Calls, calls), widen(step.Tokens, tokens)
	}
	return step
}

// try asks the books in one order, and gives the dearest plan as the one to tell of.
func (r *Renewer) try(s *renewal, books *plan.Window[person.Key], now time.Time, batches [][]plan.Demand[person.Key], order []int) (calls, tokens people.Span, told plan.Plan[person.Key]) {
	for _, i := range order {
		p := books.Ask(now, batches[i])
		var c, t people.Span
		switch p.Way {
		case plan.List:
			c, t = r.list(s)
		case plan.Singles:
			c, t = r.singles(s, p.Keys)
		}
		calls, tokens = calls.Plus(c), tokens.Plus(t)
		if p.Tokens > told.Tokens || told.Way == plan.Nothing {
			told = p
		}
	}
	return calls, tokens, told
}

// list is a whole reading.
func (r *Renewer) list(s *renewal) (calls, tokens people.Span) {
	tokens = people.Exactly(s.Prices().All)
	if r.costs.sources[s.id].System == person.Pipedrive { // one call of many tokens; elsewhere a token is a call
		return people.Exactly(1), tokens
	}
	return tokens, tokens
}

// singles are readings of one identity each. A Pipedream user with many accounts takes more than a call.
func (r *Renewer) singles(s *renewal, keys []person.Key) (calls, tokens people.Span) {
	calls = people.Exactly(len(keys))
	one, view := s.Prices().One, r.collector.Current().View(access.Principal{})
	for _, k := range keys {
		i, ok := view.Identity(k)
		if !ok || i.Raw().Pipedream == nil {
			continue
		}
		if accounts := len(i.Raw().Pipedream.Accounts); accounts >= crowded {
			calls.AtMost += accounts/crowded + 1
		}
	}
	return calls, calls.Times(one)
}

// worst is what reading a source of so many identities anew may take at most, in whatever order.
func (r *Renewer) worst(id person.SourceID, size int) int {
	s := r.sources[id]
	if s == nil {
		return 0
	}
	return min(s.Prices().All+capped(size, s.Prices().One), endless)
}

// operationOf names the vendor's endpoint.
func operationOf(system person.System, w plan.Way) string {
	names := map[plan.Way]string{plan.List: "list"}
	switch system {
	case person.Pipedrive:
		names = map[plan.Way]string{plan.List: pipedrive.OpUsers, plan.Singles: pipedrive.OpUser}
	case person.Pipedream:
		names = map[plan.Way]string{plan.List: pipedream.OpUsers, plan.Singles: pipedream.OpUserAccounts}
	}
	return names[w]
}

func widen(a, b people.Span) people.Span {
	return people.Span{AtLeast: min(a.AtLeast, b.AtLeast), AtMost: max(a.AtMost, b.AtMost)}
}

// permutations yields every order of n things; the slice is valid until the next.
func permutations(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		permute(order, 0, yield)
	}
}

func permute(order []int, from int, yield func([]int) bool) bool {
	if from == len(order) {
		return yield(order)
	}
	for i := from; i < len(order); i++ {
		order[from], order[i] = order[i], order[from]
		if !permute(order, from+1, yield) {
			return false
		}
		order[from], order[i] = order[i], order[from]
	}
	return true
}
