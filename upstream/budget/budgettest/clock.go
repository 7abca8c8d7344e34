// Package budgettest is the conformance suite of budget.Store: every engine passes the same.
package budgettest

import (
	"sync"
	"time"
)

// Clock is a budget.Clock that a test moves. Its true time starts on a day's noon, UTC.
type Clock struct {
	mu      sync.Mutex
	elapsed time.Duration
	offset  time.Duration
}

var epoch = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// Elapsed is the time advanced since the clock was made.
func (c *Clock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

// Wall is the time of day, as wrong as Step has made it.
func (c *Clock) Wall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return epoch.Add(c.elapsed + c.offset)
}

// Advance lets d go by.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elapsed += d
}

// Step makes the wall wrong by offset.
func (c *Clock) Step(offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = offset
}
