package resolvers

import (
	"time"

	"github.com/manifold-graph/manifold/resolvers/loaders"
)

// past is how old the facts of a response are and how they were come by.
type past struct {
	age, left time.Duration
	status    string
}

// pastOf dates a response by the oldest of its facts: every source of the view counts, for a person may come from any, and
// every live value. A source is fresh until its next reading is due; one that could not be read when it was, or
// never was, is not. A response with something else in it, such as a budget, is as of now and fresh for no time.
func pastOf(set *loaders.Set, now time.Time) past {
	live := set.Bill.Live()
	p := past{status: status(set, live)}
	oldest, until := now, now.AddDate(1, 0, 0)
	for _, s := range set.View().Sources() {
		f := s.Freshness()
		switch {
		case f == nil:
			until = time.Time{}
			continue
		case f.IsStale:
			until = time.Time{}
		default:
			until = earlier(until, s.State().RetryAt)
		}
		oldest = earlier(oldest, f.ObservedAt)
	}
	if live.Read > 0 {
		oldest, until = earlier(oldest, live.ObservedAt), earlier(until, live.FreshUntil)
	}
	if set.Momentary() || set.Live() && live.Read == 0 {
		until = time.Time{}
	}
	p.age = now.Sub(oldest)
	if until.After(now) {
		p.left = until.Sub(now)
	}
	return p
}

// status is how a response was come by: by asking a vendor, by waiting for an answer that somebody else had asked for, or
// from what is held.
func status(set *loaders.Set, live loaders.Live) string {
	asked := false
	for _, c := range set.Bill.Costs() {
		asked = asked || c.Calls > 0
	}
	switch {
	case live.Renewed:
		return "fwd=stale"
	case asked:
		return "fwd=miss"
	case live.Waited:
		return "fwd=miss; collapsed"
	}
	return "hit"
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
