package authn

import (
	"container/list"
	"sync"
	"time"
)

// What an address may get wrong: ten attempts at once, then one every six seconds.
const (
	failureBurst = 10
	failureEvery = 6 * time.Second
	// cleanInFlight is how many attempts may be looked at at once for an address that has got nothing wrong of late:
	// many honest clients stand behind one address.
	cleanInFlight = 256
	// longestMemory is for how many addresses failures are remembered; those longest unheard of are forgotten first.
	longestMemory = 1 << 16
)

// limiter counts failed attempts by where they come from. Attempts that succeed cost nothing.
type limiter struct {
	now func() time.Time
	max int

	mu     sync.Mutex
	known  map[origin]*list.Element // of *tally
	recent *list.List               // the latest in front
}

type tally struct {
	from origin
	// debt is how long it takes from the time at until all failures are forgiven: failureEvery for each.
	debt     time.Duration
	at       time.Time
	inFlight int
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, max: longestMemory, known: map[origin]*list.Element{}, recent: list.New()}
}

// begin asks for one attempt, and says how long to wait where there is none. What began must end.
func (l *limiter) begin(from origin) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tally(from)
	if t.debt == 0 {
		if t.inFlight >= cleanInFlight {
			return failureEvery, false
		}
	} else if over := t.debt + time.Duration(t.inFlight+1)*failureEvery - failureBurst*failureEvery; over > 0 {
		return over, false
	}
	t.inFlight++
	return 0, true
}

// end tells how an attempt went.
func (l *limiter) end(from origin, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tally(from)
	t.inFlight = max(0, t.inFlight-1) // 0 if it was forgotten meanwhile
	if failed {
		t.debt = min(failureBurst*failureEvery, t.debt+failureEvery)
	}
	if t.debt == 0 && t.inFlight == 0 {
		l.forget(l.known[from])
	}
}

// tally is what is known of an address, forgiven up to now.
func (l *limiter) tally(from origin) *tally {
	now := l.now()
	if e, ok := l.known[from]; ok {
		l.recent.MoveToFront(e)
		t := e.Value.(*tally)
		if past := now.Sub(t.at); past > 0 {
			t.debt = max(0, t.debt-past)
		}
		t.at = now
		return t
	}
	if l.recent.Len() >= l.max {
		l.forget(l.recent.Back())
	}
	t := &tally{from: from, at: now}
	l.known[from] = l.recent.PushFront(t)
	return t
}

func (l *limiter) forget(e *list.Element) {
	delete(l.known, e.Value.(*tally).from)
	l.recent.Remove(e)
}
