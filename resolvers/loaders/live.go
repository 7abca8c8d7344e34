package loaders

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Live is how new the live values of one response are, taken together, and how they were come by.
type Live struct {
	// Read is how many values there are.
	Read int
	// ObservedAt is the oldest's.
	ObservedAt time.Time
	// FreshUntil is when the first of them is no longer fresh; zero if one is not, or does not tell.
	FreshUntil time.Time
	// Waited: somebody's reading of one was waited for. Renewed: so was a newer picture than there was.
	Waited, Renewed bool
}

// Live tells of all live values so far.
func (b *Bill) Live() Live {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.live
}

// date notes how new one live value is. What could not be had at all has no age.
func (b *Bill) date(held bool, f person.Freshness, until time.Time, waited bool) {
	if !held {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &b.live
	if f.IsStale {
		until = time.Time{}
	}
	if l.Read == 0 || f.ObservedAt.Before(l.ObservedAt) {
		l.ObservedAt = f.ObservedAt
	}
	if l.Read == 0 || until.Before(l.FreshUntil) {
		l.FreshUntil = until
	}
	l.Read++
	l.Waited = l.Waited || waited
}

func (b *Bill) renew(renewed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.live.Renewed = b.live.Renewed || renewed
}
