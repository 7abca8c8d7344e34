// Package collect keeps the picture of people fresh within budget: it reads
// each source on its own rhythm, links what came, and swaps the directory's
// snapshot; and it answers live reads of what the snapshot does not hold.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Reader reads one source whole. Declared here, so that the loop knows no vendor.
type Reader interface {
	// Read takes as many calls as it needs, within ctx. A partial reading comes
	// back without an error, its gaps named in the batch's Coverage. An error is a
	// *fault.Error or wraps one.
	Read(ctx context.Context) (Reading, error)
}

// Reading is what one whole reading of a source brought.
type Reading struct {
	Batch person.Batch
	// Older is by how much the first of it was read before Read was called.
	Older time.Duration
	// Title is the account's human name.
	Title string
	// Owner is the identity behind the credential; zero where there is none.
	Owner      person.Key
	OwnerPhone string
}

// Source is one configured source with its reader and rhythm.
type Source struct {
	ID     person.SourceID
	System person.System
	// Title is what the operator calls the account; "" takes the vendor's name.
	Title  string
	Reader Reader
	// Every is the pause between the end of one reading and the start of the next; 15 minutes when 0.
	Every time.Duration
	// Least is the shortest that pause may become while the budget is plentiful and somebody looks at the picture, and at
	// least half of Every; Every when 0.
	Least time.Duration
	// Timeout bounds one reading; 5 minutes when 0.
	Timeout time.Duration
	// Spent is what Reader has spent since it was made, so that the log can tell the price of a reading; nil: it cannot.
	Spent func() (calls, tokens int)
}

// Picture is how a snapshot is made from readings.
type Picture struct {
	Linker    *link.Linker
	Decisions []link.Decision
	// PersonID assigns an id to the person whose smallest identity key is given.
	PersonID func(person.Key) person.ID
	// Names keeps ids over merges, splits and restarts; nil: people are called by PersonID alone.
	Names directory.Names
}

// Options are what a Collector can do without.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log is silent when nil.
	Log *slog.Logger
	// Pacer says how long to wait between readings; nil: as long as each source's rhythm says.
	Pacer Pacer
	// Jitter spreads readings; in [0, 1). rand.Float64 when nil.
	Jitter func() float64
	// Recorder keeps what changed from one reading to the next; nil: nobody does.
	Recorder *Recorder
	// Exchange lets replicas share readings; nil: this one reads every source for itself.
	Exchange Exchange
}

// Collector holds the current snapshot and renews it.
type Collector struct {
	picture Picture
	now     func() time.Time
	log     *slog.Logger
	jitter  func() float64
	pacer   Pacer
	record  *Recorder
	// asked is how often an Audience has looked.
	asked atomic.Int64

	// exchange is nil where there are no other replicas.
	exchange Exchange

	current atomic.Pointer[directory.Snapshot]
	swapped chan struct{}
	// trail, see Trail; guarded by mu. cut: it is not whole.
	trail   []*directory.Snapshot
	cut     bool
	counted counted

	// begun: see Begun; once closes it.
	begun chan struct{}
	once  sync.Once

	building sync.Mutex // held while a snapshot is made of whole readings; taken before mu
	mu       sync.Mutex // guards what follows, picture.Decisions, and that current is replaced by
	sources  []*tracked
	version  uint64
	// changes are newer than the readings of their sources.
	changes map[person.Key]directory.Change
	// decidedTo is the newest decision on links in picture.
	decidedTo int64
}

// tracked is a source with what was last read of it.
type tracked struct {
	Source
	state person.SourceState
	held  *Reading
	batch *person.Batch // of held
	// reading is when the reading under way began; zero while there is none.
	reading time.Time
	tempo   tempo
	// failures in a row, for the goroutine that reads on the rhythm.
	failures int
	shared   shared
}

// New makes a Collector whose snapshot knows every source and nobody yet.
func New(sources []Source, picture Picture, o Options) *Collector {
	c := &Collector{picture: picture, now: o.Now, log: o.Log, jitter: o.Jitter, exchange: o.Exchange, pacer: o.Pacer, record: o.Recorder,
		changes: map[person.Key]directory.Change{}, begun: make(chan struct{}), swapped: make(chan struct{}, 1)}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.jitter == nil {
		c.jitter = rand.Float64
	}
	if c.pacer == nil {
		c.pacer = steady{}
	}
	for _, s := range sources {
		if s.Every <= 0 {
			s.Every = 15 * time.Minute
		}
		if s.Least <= 0 {
			s.Least = s.Every
		}
		if s.Timeout <= 0 {
			s.Timeout = 5 * time.Minute
		}
		c.sources = append(c.sources, &tracked{
			Source: s, state: person.SourceState{ID: s.ID, System: s.System, Title: cmp.Or(s.Title, string(s.ID))}, shared: newShared(),
		})
	}
	c.swap(c.build(c.input(nil, nil)))
	c.open()
	return c
}

// Current is the newest snapshot; never nil.
func (c *Collector) Current() *directory.Snapshot { return c.current.Load() }

// Swapped holds a signal once there has been another snapshot since the last signal was taken. It has one listener.
func (c *Collector) Swapped() <-chan struct{} { return c.swapped }

// trailing is how many snapshots are kept for Trail.
const trailing = 16

// Trail is every snapshot that was current since the last call, in order; false when there were more than these.
func (c *Collector) Trail() (pictures []*directory.Snapshot, whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pictures, whole = c.trail, !c.cut
	c.trail, c.cut = nil, false
	return pictures, whole
}

// swap shows another snapshot. Callers hold mu, or are alone.
func (c *Collector) swap(s *directory.Snapshot) {
	c.current.Store(s)
	if c.trail = append(c.trail, s); len(c.trail) > trailing {
		c.trail, c.cut = c.trail[len(c.trail)-1:], true
	}
	select {
	case c.swapped <- struct{}{}:
	default:
	}
}

// Run reads every source on its rhythm until ctx ends; with an Exchange, those that no other replica reads.
func (c *Collector) Run(ctx context.Context) error {
	opened := time.AfterFunc(opening, func() { c.once.Do(func() { close(c.begun) }) })
	defer opened.Stop()
	var wg sync.WaitGroup
	for _, s := range c.sources {
		if c.exchange == nil {
			wg.Go(func() { c.repeat(ctx, ctx, s, 0) })
			continue
		}
		wg.Go(func() { c.follow(ctx, s) })
		wg.Go(func() { c.lead(ctx, s) })
	}
	wg.Wait()
	return nil
}

// Refresh reads every source once, at the same time, and returns when all have answered or failed.
func (c *Collector) Refresh(ctx context.Context) {
	var wg sync.WaitGroup
	for _, s := range c.sources {
		wg.Go(func() { c.refresh(ctx, s, 0) })
	}
	wg.Wait()
}

// repeat reads s on its rhythm, under a lease where fence is one. The end of ctx breaks a reading off; that of more lets
// it end.
func (c *Collector) repeat(ctx, more context.Context, s *tracked, fence Fence) {
	for {
		err := c.refresh(ctx, s, fence)
		if ctx.Err() != nil || errors.Is(err, ErrLeaseLost) {
			return
		}
		if err == nil {
			s.failures = 0
		} else {
			s.failures++
		}
		if !c.rest(more, s, s.failures, err) {
			return
		}
	}
}

// attempt reads, and turns a panic into an error: a mistake in the reading of one
// source must not end the others.
func attempt(ctx context.Context, r Reader) (reading Reading, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("reading panicked: %s\n%s", fault.Panicked(v), debug.Stack())
		}
	}()
	return r.Read(ctx)
}

func (c *Collector) refresh(ctx context.Context, s *tracked, fence Fence) (failure error) {
	read, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	began := c.now().UTC().Truncate(time.Millisecond) // nobody can use more
	price := s.meter()
	late := time.AfterFunc(s.Every, func() { c.late(s, began) })
	defer late.Stop()
	c.begin(s, began)
	reading, err := attempt(read, s.Reader)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	defer func() {
		if !errors.Is(failure, ErrLeaseLost) { // the vendor answered, and somebody else's answer is newer
			c.counted.read(s.ID, failure)
		}
	}()
	if err != nil && read.Err() != nil {
		err = fault.Wrap(fault.SourceUnavailable, err, "%s could not be read within %s.", s.ID, s.Timeout)
	}
	if err != nil {
		c.log.WarnContext(ctx, "a source could not be read", "source", s.ID, "took", c.now().Sub(began), price(), "error", err)
		c.fail(s, fault.From(err))
		return err
	}
	reading.Batch.AsOf = began.Add(-reading.Older)
	if err := c.bring(ctx, s, fence, reading); errors.Is(err, ErrLeaseLost) {
		c.log.WarnContext(ctx, "a reading was dropped, for another replica has read the source since", "source", s.ID, price())
		return err
	} else if err != nil {
		c.log.WarnContext(ctx, "a source was refused", "source", s.ID, price(), "error", err)
		c.fail(s, fault.From(err))
		return err
	}
	c.log.InfoContext(ctx, "a source was read", "source", s.ID, "took", c.now().Sub(began), price(),
		"identities", len(reading.Batch.Identities), "resources", len(reading.Batch.Resources), "complete", reading.Batch.Coverage.Complete)
	c.record.reading(ctx, c.Current(), s.ID)
	return nil
}
