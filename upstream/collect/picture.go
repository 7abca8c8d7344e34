package collect

import (
	"cmp"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// accept takes a new reading into the picture. It refuses an account that another
// source reads already: they would take each other's records for their own, and
// spend one budget twice. One that began before the newest that is known changes nothing.
func (c *Collector) accept(s *tracked, r Reading) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.sources {
		if other != s && other.batch != nil && other.System == s.System && other.batch.Account == r.Batch.Account {
			return fault.New(fault.SourceUnavailable, "%s reads the same account as %s. Keep one of them.", s.ID, other.ID)
		}
	}
	s.reading = time.Time{}
	if s.batch != nil && r.Batch.AsOf.Before(s.batch.AsOf) {
		return nil // a reading beside the rhythm began later, and ended before
	}
	s.batch = &r.Batch
	s.state = person.SourceState{
		ID: s.ID, System: s.System, Account: r.Batch.Account, Title: cmp.Or(s.Title, r.Title),
		Health: person.HealthOK, AsOf: r.Batch.AsOf, Version: s.state.Version + 1,
		Coverage: r.Batch.Coverage, CredentialOwner: r.Owner, OwnerPhone: r.OwnerPhone,
	}
	c.build()
	return nil
}

func (c *Collector) begin(s *tracked, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.reading = at
}

// late says of a reading that is still under way that what is known grows old:
// it neither came nor failed.
func (c *Collector) late(s *tracked, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.reading.Equal(began) {
		c.age(s, fault.New(fault.SourceUnavailable, "%s has been under reading for more than %s.", s.ID, s.Every))
	}
}

// fail keeps what is known of s and says why it is not newer.
func (c *Collector) fail(s *tracked, f *fault.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.reading = time.Time{}
	c.age(s, f)
}

// age marks what is known of s as old, and why. Callers hold mu.
func (c *Collector) age(s *tracked, f *fault.Error) {
	s.state.Health = person.HealthUnavailable
	if s.batch != nil {
		s.state.Health = person.HealthDegraded
	}
	s.state.Reason, s.state.Code = f.Message, f.Kind.Code()
	c.restate()
}

// plan notes when s will be read next.
func (c *Collector) plan(s *tracked, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.state.RetryAt = at
	c.restate()
}

// build makes a snapshot of all readings. Callers hold mu, or are alone.
func (c *Collector) build() {
	began := c.now()
	defer func() { c.counted.built(c.now().Sub(began)) }()
	c.version++
	in := directory.Input{
		Version: c.version, At: c.now(), Sources: c.states(),
		Linker: c.picture.Linker, Decisions: c.picture.Decisions, PersonID: c.picture.PersonID,
	}
	for _, s := range c.sources {
		if s.batch != nil {
			in.Batches = append(in.Batches, *s.batch)
		}
	}
	c.current.Store(c.patched(directory.Build(in)))
}

// restate swaps in a snapshot that differs in the state of its sources alone. Callers hold mu.
func (c *Collector) restate() { c.current.Store(c.Current().WithSources(c.states())) }

func (c *Collector) states() []person.SourceState {
	states := make([]person.SourceState, len(c.sources))
	for i, s := range c.sources {
		states[i] = s.state
	}
	return states
}
