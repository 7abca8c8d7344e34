package plan

import (
	"maps"
	"slices"
	"time"
)

// maxBranches bounds what an optimum remembers. Ordinary days need less than twenty.
const maxBranches = 64

// optimum is what the demands so far would have cost an all-knowing planner.
//
// A reading may as well be made when the first demand that it serves comes, and between two lists it is best to read
// an identity when it is found too old. So a course of action is a choice of lists, and after a list all
// that counts of the past is its price: of the courses that buy a list now only the cheapest need be followed.
type optimum[K comparable] struct {
	Prices
	branches []branch[K]
	// given is what everybody knows without paying: of one identity, and of all.
	given    map[K]time.Time
	givenAll time.Time
}

// branch is a course of action.
type branch[K comparable] struct {
	cost int
	// list is when its last list was read, singles when identities were singly since, last the newest of those.
	list    time.Time
	singles map[K]time.Time
	last    time.Time
}

// impossible is the price of what cannot be bought: dearer than any list.
const impossible = 1 << 40

func newOptimum[K comparable](p Prices) *optimum[K] {
	if p.One == 0 {
		p.One = impossible
	}
	return &optimum[K]{Prices: p, branches: []branch[K]{{singles: map[K]time.Time{}}}, given: map[K]time.Time{}}
}

// cost is the least that the demands so far could have cost. After a merge it may be less than that.
func (o *optimum[K]) cost() int {
	return slices.MinFunc(o.branches, func(a, b branch[K]) int { return a.cost - b.cost }).cost
}

func (o *optimum[K]) meets(b *branch[K], d Demand[K]) bool {
	return !b.list.Before(d.Since) || !o.givenAll.Before(d.Since) || !b.singles[d.Key].Before(d.Since) || !o.given[d.Key].Before(d.Since)
}

// ask lets every branch meet distinct demands by singles, and adds one that buys the list.
func (o *optimum[K]) ask(at time.Time, demands []Demand[K]) {
	before := o.cost()
	// Whoever lacks nothing now can buy a list as well later.
	lists := true
	for i := range o.branches {
		b := &o.branches[i]
		cheapest, lacks := b.cost == before, false
		for _, d := range demands {
			if !o.meets(b, d) {
				lacks = true
				b.singles[d.Key], b.last = at, at
				b.cost += o.One
			}
		}
		lists = lists && !(cheapest && !lacks)
	}
	if lists {
		o.branches = append(o.branches, branch[K]{cost: before + o.All, list: at, singles: map[K]time.Time{}, last: at})
	}
	o.prune()
}

// undoSingle takes back what k cost every branch at a moment: it was given, as it was observed.
func (o *optimum[K]) undoSingle(k K, at, observed time.Time) {
	o.given[k] = latest(o.given[k], observed)
	for i := range o.branches {
		switch b := &o.branches[i]; {
		case b.singles[k].Equal(at):
			b.cost -= o.One
			b.singles[k] = observed
		case b.list.Equal(at):
			// It may have outdone a branch that is cheaper now. To call the optimum less than it is only makes careful.
			b.cost -= o.One
		}
	}
}

// undoList takes back what every branch paid at a moment when everybody was given as observed. A branch that bought the list
// then knows nothing newer but what was read singly since observed.
func (o *optimum[K]) undoList(at, observed time.Time, read map[K]time.Time) {
	o.givenAll = latest(o.givenAll, observed)
	for i := range o.branches {
		b := &o.branches[i]
		if b.list.Equal(at) {
			b.cost -= o.All
			b.list = observed
			for k, t := range read {
				if t.After(observed) {
					b.singles[k] = latest(b.singles[k], t)
				}
			}
			continue
		}
		for k, t := range b.singles {
			if t.Equal(at) {
				b.cost -= o.One
				b.singles[k] = observed
			}
		}
	}
	o.prune()
}

// prune drops every branch that has paid no less than one whose list is newer than all it has.
func (o *optimum[K]) prune() {
	kept := o.branches[:0:0]
	for i, b := range o.branches {
		worse := func(other branch[K]) bool {
			return other.cost <= b.cost && !o.fresh(other.list).Before(o.fresh(b.last)) && !o.fresh(other.list).Before(o.fresh(b.list))
		}
		// Of two that are as good as each other the later one stays.
		if !slices.ContainsFunc(kept, worse) && !slices.ContainsFunc(o.branches[i+1:], worse) {
			kept = append(kept, b)
		}
	}
	for len(kept) > maxBranches {
		kept = append(kept[:0:0], append(kept[2:], merge(kept[0], kept[1]))...)
	}
	o.branches = kept
}

func (o *optimum[K]) clone() *optimum[K] {
	c := &optimum[K]{Prices: o.Prices, branches: slices.Clone(o.branches), given: maps.Clone(o.given), givenAll: o.givenAll}
	for i := range c.branches {
		c.branches[i].singles = maps.Clone(c.branches[i].singles)
	}
	return c
}

// fresh is t, or the newest whole reading that was given if that is newer.
func (o *optimum[K]) fresh(t time.Time) time.Time { return latest(t, o.givenAll) }

// merge is a course that is as good as either: what it costs can only be too little, and so only makes a planner
// who keeps within twice of it more careful.
func merge[K comparable](a, b branch[K]) branch[K] {
	m := branch[K]{cost: min(a.cost, b.cost), list: latest(a.list, b.list), last: latest(a.last, b.last), singles: a.singles}
	for k, t := range b.singles {
		m.singles[k] = latest(m.singles[k], t)
	}
	return m
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
