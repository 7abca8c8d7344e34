package collect

import (
	"cmp"
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// accept takes a new reading into the picture. It refuses an account that another
// source reads already: they would take each other's records for their own, and
// spend one budget twice. One that began before the newest that is known changes nothing.
func (c *Collector) accept(s *tracked, r Reading) error {
	c.building.Lock()
	defer c.building.Unlock()
	if err := c.admit(s, r); err != nil {
		return err
	}
	if s.batch != nil && r.Batch.AsOf.Before(s.batch.AsOf) {
		c.begin(s, time.Time{})
		return nil // a reading beside the rhythm began later, and ended before
	}
	c.show(s, r, 0, Standing{RetryAt: c.dueAt(s)}) // a reading beside the rhythm does not move it
	return nil
}

// admit refuses what accept refuses.
func (c *Collector) admit(s *tracked, r Reading) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.sources {
		if other != s && other.batch != nil && other.System == s.System && other.batch.Account == r.Batch.Account {
			f := fault.New(fault.SourceUnavailable, "%s reads an account that another source reads already. Keep one of them.", s.ID)
			f.Cause = fmt.Errorf("the other one is %s", other.ID) // not everybody may know of every source
			return f
		}
	}
	return nil
}

// show makes and swaps in a picture with another reading of s, which the exchange knows as version; 0: it does not.
// Nobody waits for that: answers go on from the old picture, and changes still go into it. Callers hold building.
func (c *Collector) show(s *tracked, r Reading, version uint64, standing Standing) {
	c.mu.Lock()
	in := c.input(s, &r.Batch)
	c.mu.Unlock()
	next := c.build(in)
	c.mu.Lock()
	defer c.mu.Unlock()
	s.held, s.batch, s.reading = &r, &r.Batch, time.Time{}
	s.shared.version = version
	s.state = person.SourceState{
		ID: s.ID, System: s.System, Account: r.Batch.Account, Title: cmp.Or(s.Title, r.Title),
		AsOf: r.Batch.AsOf, Version: s.state.Version + 1,
		Coverage: r.Batch.Coverage, CredentialOwner: r.Owner, OwnerPhone: r.OwnerPhone,
	}
	s.stand(standing)
	c.swap(c.patched(next.WithSources(c.states())))
	c.open()
	if version == 0 {
		s.shared.speak()
	}
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
	s.stand(Standing{Reason: f.Message, Code: f.Kind.Code(), RetryAt: s.state.RetryAt})
	c.restate()
	s.shared.speak()
}

// dueAt is when s will be read next; zero when that is not known yet.
func (c *Collector) dueAt(s *tracked) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.state.RetryAt
}

// plan notes when s will be read next. What is noted already is no news: a new picture forgets what the old one answered.
func (c *Collector) plan(s *tracked, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.state.RetryAt.Equal(at) {
		return
	}
	s.state.RetryAt = at
	c.restate()
	s.shared.speak()
}

// stand notes how the last attempt at s ended. Callers hold the collector's mu.
func (s *tracked) stand(is Standing) {
	switch {
	case is.Code == "" && s.batch == nil:
		s.state.Health = person.HealthPending
	case is.Code == "":
		s.state.Health = person.HealthOK
	case s.batch == nil:
		s.state.Health = person.HealthUnavailable
	default:
		s.state.Health = person.HealthDegraded
	}
	s.state.Reason, s.state.Code, s.state.RetryAt = is.Reason, is.Code, is.RetryAt
}

// input is what a snapshot is made of when batch is what is known of s. Callers hold mu, or are alone.
func (c *Collector) input(s *tracked, batch *person.Batch) directory.Input {
	c.version++
	in := directory.Input{
		Version: c.version, At: c.now(), Sources: c.states(),
		Linker: c.picture.Linker, Decisions: c.picture.Decisions, PersonID: c.picture.PersonID, Names: c.picture.Names,
	}
	for _, other := range c.sources {
		switch {
		case other == s:
			in.Batches = append(in.Batches, *batch)
		case other.batch != nil:
			in.Batches = append(in.Batches, *other.batch)
		}
	}
	return in
}

// build makes a snapshot, what its first change needs, and what those see who may not see all of it and looked at the
// last one: none of them should have to wait.
func (c *Collector) build(in directory.Input) *directory.Snapshot {
	began := c.now()
	defer func() { c.counted.built(c.now().Sub(began)) }()
	s := directory.Build(in)
	s.Prepare()
	s.PrepareLike(c.Current())
	return s
}

// restate swaps in a snapshot that differs in the state of its sources alone. Callers hold mu.
func (c *Collector) restate() {
	c.swap(c.Current().WithSources(c.states()))
	c.open()
}

func (c *Collector) states() []person.SourceState {
	states := make([]person.SourceState, len(c.sources))
	for i, s := range c.sources {
		states[i] = s.state
	}
	return states
}
