package collect

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// Pacer says how long to wait between two readings of a source. *Costs is one.
type Pacer interface {
	// Pace answers the pause, and a reason for the log where it is not the rhythm.
	Pace(Rhythm) (pause time.Duration, reason string)
}

// Rhythm is how often a source is to be read, and what that costs.
type Rhythm struct {
	Source person.SourceID
	// Every is the configured pause; Least, at most Every, the shortest while the budget is plentiful and Asked.
	Every, Least time.Duration
	// Price is the tokens of one reading, as learned from the last ones; 0: unknown.
	Price int
	// Asked: somebody has looked at the picture since the last reading.
	Asked bool
}

// Prospect is what a source's budget promises to readings.
type Prospect struct {
	// Limited is false where use is only counted.
	Limited bool
	// Spare is what may be spent by anybody before readings have to stop, Cap what readings may spend of their own
	// share, both over Horizon: until the reset, or over a rolling window, in which what readings spent
	// before comes back.
	Spare, Cap int
	Horizon    time.Duration
	// Sharers is how many sources read on this account.
	Sharers int
	Healthy bool
	// Stopped is for how long nothing may leave at all.
	Stopped time.Duration
}

// pace is the pause between two readings. Readings take at most half of what may still be spent, in equal parts until
// it is refilled, and leave the other half to people who ask. Looked at again and again, this never runs
// dry before its time: the less is left, the longer the pause; and the nearer the reset, the shorter.
func pace(r Rhythm, p Prospect) (time.Duration, string) {
	switch {
	case p.Stopped > 0:
		return max(r.Every, p.Stopped), "the budget is stopped"
	case !p.Limited || r.Price <= 0, p.Horizon <= r.Every: // refilled before the next reading
		return r.Every, ""
	}
	even := p.Horizon
	if share := float64(min(p.Spare/2, p.Cap)) / float64(max(p.Sharers, 1)); share > 0 {
		even = time.Duration(min(math.Ceil(float64(p.Horizon)*float64(r.Price)/share), float64(p.Horizon)))
	}
	fast := max(r.Least, r.Every/2)
	switch {
	case even > r.Every:
		return even, "the budget would not last at the configured rhythm"
	case r.Asked && p.Healthy && fast < r.Every && even <= fast:
		return fast, "the budget is plentiful and people are looking"
	}
	return r.Every, ""
}

// Pace implements Pacer.
func (c *Costs) Pace(r Rhythm) (time.Duration, string) {
	charge, ok := c.sources[r.Source]
	if !ok {
		return r.Every, ""
	}
	now, err := c.ledger.Read(context.Background(), charge.Limits)
	if err != nil {
		return r.Every, ""
	}
	return pace(r, c.prospect(charge, now))
}

func (c *Costs) prospect(charge Charge, r budget.Readout) Prospect {
	l := charge.Limits
	p := Prospect{Limited: l.Tokens > 0, Horizon: l.Span(), Healthy: r.State == budget.Healthy}
	if r.State == budget.Stopped && !r.Because.Brief() {
		p.Stopped = cmp.Or(r.RetryIn, l.Span())
	}
	p.Spare = r.Remaining - l.Floor(budget.Ask{Class: budget.Refresh, Essential: essential(charge.System)})
	p.Cap = l.RefreshCap() - r.Refresh
	if r.ResetsAt.IsZero() {
		p.Spare, p.Cap = p.Spare+r.Refresh, p.Cap+r.Refresh
	} else {
		p.Horizon = max(r.ResetsAt.Sub(c.now()), 0)
	}
	for _, other := range c.sources {
		if other.Limits.Account == l.Account {
			p.Sharers++
		}
	}
	return p
}

// essential tells whether a system is read by calls that may run down to the interactive floor.
func essential(system person.System) bool {
	return system == person.Pipedrive // the plain list
}
