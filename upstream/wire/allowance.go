package wire

import (
	"sync"
	"time"
)

// allowance is how many retries a source's calls may take together: one for every ten calls, and ten a minute, ten at
// once. A source that is down is then asked little more often than one that is well.
type allowance struct {
	clock func() time.Time

	mu   sync.Mutex
	left float64
	at   time.Time
}

const (
	retryShare   = 0.1
	retryMinimum = 10.0 // per minute, and at once
)

func newAllowance(clock func() time.Time) *allowance {
	return &allowance{clock: clock, left: retryMinimum, at: clock()}
}

// call notes a call's first attempt.
func (a *allowance) call() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left = min(a.left+retryShare, retryMinimum)
}

// take tells whether one retry more may be made, and counts it.
func (a *allowance) take() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	if passed := now.Sub(a.at); passed > 0 { // the clock may be set back
		a.left = min(a.left+passed.Minutes()*retryMinimum, retryMinimum)
	}
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
