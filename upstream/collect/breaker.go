package collect

import (
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// breaker keeps calls from a source that is failing: whoever asks is told at once when to come back, and nothing is
// spent. It opens after some failures in a row, or when half of its last calls have failed; the pause
// doubles while single probes fail, and ends with the first that does not.
//
// It is our own because a library's breakers take the wall's time, count every call as good or bad, and pause for a fixed
// time; here some outcomes say nothing of the source (a caller who left, a limit), and one must be able to give
// a probe back.
type breaker struct {
	now    func() time.Time
	jitter func() float64
	// patience is how many failures in a row open it.
	patience int

	mu sync.Mutex
	// row counts failures in a row, recent holds the last 4*patience outcomes, true for a failure.
	row    int
	recent []bool
	next   int
	// until is when a probe may leave; zero while closed. trips counts openings without a success between.
	until   time.Time
	trips   int
	probing bool
}

const (
	firstTrip  = 5 * time.Second
	longestTry = 5 * time.Minute
	// probeWait is when to look whether a probe under way has come back.
	probeWait = time.Second
)

// patienceOf is how many failures in a row a source may have. Pipefy's reading looks for one bad pipe among
// many by halving documents, and every one that holds it fails.
func patienceOf(system person.System) int {
	if system == person.Pipefy {
		return 30
	}
	return 5
}

// closed tells whether a call may leave, and if not, when to come back. It changes nothing.
func (b *breaker) closed() (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.look()
}

func (b *breaker) look() (time.Duration, bool) {
	switch {
	case b.until.IsZero():
		return 0, true
	case b.until.After(b.now()):
		return b.until.Sub(b.now()), false
	case b.probing:
		return probeWait, false
	}
	return 0, true
}

// enter lets one call leave. probe tells that it decides whether others may.
func (b *breaker) enter() (probe bool, wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait, ok := b.look(); !ok {
		return false, wait, false
	}
	b.probing = !b.until.IsZero()
	return b.probing, 0, true
}

// verdict is what an outcome says of the source.
type verdict uint8

const (
	silent verdict = iota
	alive
	failing
)

func verdictOf(k wire.Kind) verdict {
	switch k {
	case wire.ServerError, wire.Timeout, wire.Unreachable, wire.Malformed:
		return failing
	case wire.Canceled, wire.Refused, wire.BurstLimited, wire.DailyLimited, wire.Blocked: // the ledger has rules for limits
		return silent
	}
	return alive
}

// turn is what an outcome made of a breaker.
type turn uint8

const (
	unturned turn = iota
	opened
	closed
)

// leave notes how a call that was let out ended. While it is open, only the probe's word counts.
func (b *breaker) leave(probe bool, v verdict) turn {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case probe:
		b.probing = false
	case !b.until.IsZero():
		return unturned
	}
	switch v {
	case alive:
		if probe {
			b.until, b.trips, b.recent, b.next = time.Time{}, 0, nil, 0
		}
		b.row = 0
		b.remember(false)
		if probe {
			return closed
		}
	case failing:
		b.row++
		b.remember(true)
		if probe || b.row >= b.patience || b.mostFailed() {
			b.open()
			return opened
		}
	}
	return unturned
}

func (b *breaker) open() {
	step := min(firstTrip<<min(b.trips, 16), longestTry)
	b.trips++
	b.until = b.now().Add(step/2 + time.Duration(b.jitter()*float64(step/2)))
	b.row, b.recent, b.next = 0, nil, 0
}

func (b *breaker) remember(failed bool) {
	if len(b.recent) < 4*b.patience {
		b.recent = append(b.recent, failed)
		return
	}
	b.recent[b.next] = failed
	b.next = (b.next + 1) % len(b.recent)
}

func (b *breaker) mostFailed() bool {
	failed := 0
	for _, f := range b.recent {
		if f {
			failed++
		}
	}
	return len(b.recent) == 4*b.patience && 2*failed >= len(b.recent)
}
