package budget

import "time"

// Clock tells two times. Spending is counted in elapsed time, which no operator can step; the
// wall is needed only to find the vendor's midnight.
type Clock interface {
	// Wall is the time of day. It may jump either way.
	Wall() time.Time
	// Elapsed is the time since some fixed moment. It never runs backwards.
	Elapsed() time.Duration
}

type systemClock struct{ start time.Time }

// SystemClock is the machine's clock; Elapsed uses its monotonic reading.
func SystemClock() Clock { return systemClock{start: time.Now()} }

func (systemClock) Wall() time.Time          { return time.Now() }
func (c systemClock) Elapsed() time.Duration { return time.Since(c.start) }
