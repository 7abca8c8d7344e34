// Package quota counts what callers take over time, each under their own limit.
package quota

import (
	"sync"
	"time"
)

const (
	// window is what limits are given for.
	window = time.Minute
	// callers is how many are told apart while they have taken something within the window.
	callers = 10_000
	// sweepEvery is how often those who have not are looked for, at most.
	sweepEvery = time.Second
)

// Quota is a token bucket for each caller, which holds what the caller may take in a minute. Over any time t, a caller
// gets no more than limit × (1 + t / minute).
type Quota struct {
	now func() time.Time

	mu sync.Mutex
	// full is when the bucket of a caller will be full again. One that is full is no different from one never seen.
	full  map[string]time.Time
	swept time.Time
}

// New makes a Quota of which nobody has taken anything.
func New(now func() time.Time) *Quota {
	return &Quota{now: now, full: map[string]time.Time{}}
}

// Take takes n of the limit a minute of a caller, or nothing: then it says how long to wait until there will be n.
// N MUST NOT be more than limit.
func (q *Quota) Take(caller string, n, limit int) (wait time.Duration, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	full, known := q.full[caller]
	if !known {
		caller = q.admit(caller, now)
		full = q.full[caller]
	}
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Duration(float64(n) / float64(limit) * float64(window)))
	if over := full.Sub(now) - window; over > 0 {
		return over, false
	}
	q.full[caller] = full
	return 0, true
}

// admit makes room for a caller. When too many take at once, those who came last share one bucket: forgetting somebody's
// would give them another.
func (q *Quota) admit(caller string, now time.Time) string {
	if len(q.full) >= callers && now.Sub(q.swept) >= sweepEvery {
		q.swept = now
		for c, full := range q.full {
			if !full.After(now) {
				delete(q.full, c)
			}
		}
	}
	if len(q.full) >= callers {
		return ""
	}
	return caller
}
