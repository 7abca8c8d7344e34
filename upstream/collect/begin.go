package collect

import (
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// opening is how long after Run began the first picture may still be waited for: longer than a lease, so that a replica
// that dies while it reads for all is no reason to answer nothing.
const opening = 20 * time.Second

// Begun is closed as soon as every source has been read once or has failed, or 20 s after Run began: from then on, what
// is not there yet is not worth waiting for.
func (c *Collector) Begun() <-chan struct{} { return c.begun }

// open closes begun if nothing is awaited any more. Callers hold mu.
func (c *Collector) open() {
	if !slices.ContainsFunc(c.sources, func(s *tracked) bool { return s.state.Health == person.HealthPending }) {
		c.once.Do(func() { close(c.begun) })
	}
}
