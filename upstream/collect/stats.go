package collect

import (
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Stats counts what a Collector has done since it was made.
type Stats struct {
	// Builds is how many snapshots were built of whole readings, BuildTime how long that took together.
	Builds    int
	BuildTime time.Duration
	// Patches is how many changes were laid over snapshots between readings.
	Patches  int
	Readings map[person.SourceID]Readings
}

// Readings counts the whole readings of one source by how they ended.
type Readings struct{ OK, Failed int }

// counted is a Collector's Stats under a lock of its own: a scrape never waits for a snapshot being built.
type counted struct {
	mu    sync.Mutex
	stats Stats
}

// Stats counts what c has done.
func (c *Collector) Stats() Stats {
	c.counted.mu.Lock()
	defer c.counted.mu.Unlock()
	s := c.counted.stats
	s.Readings = maps.Clone(s.Readings)
	return s
}

func (c *counted) built(took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Builds++
	c.stats.BuildTime += took
}

func (c *counted) patched(changes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Patches += changes
}

func (c *counted) read(source person.SourceID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.Readings == nil {
		c.stats.Readings = make(map[person.SourceID]Readings)
	}
	r := c.stats.Readings[source]
	if err == nil {
		r.OK++
	} else {
		r.Failed++
	}
	c.stats.Readings[source] = r
}

// meter starts to count what s spends; what it gives tells the log how much that was.
func (s *tracked) meter() func() slog.Attr {
	if s.Spent == nil {
		return func() slog.Attr { return slog.Attr{} }
	}
	calls, tokens := s.Spent()
	return func() slog.Attr {
		c, t := s.Spent()
		return slog.Group("cost", slog.Int("calls", c-calls), slog.Int("tokens", t-tokens))
	}
}

// Broken tells whether a source fails so much that only single probes are let out.
func (c *Costs) Broken(source person.SourceID) bool {
	b, ok := c.breakers[source]
	return ok && b.opened()
}

// opened tells whether probes alone are let out.
func (b *breaker) opened() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}
