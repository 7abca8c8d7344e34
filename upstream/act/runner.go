package act

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// Picture is the directory that follows what acts do.
type Picture interface {
	people.Directory
	// Patch lets changes happen in the picture here and in the other replicas.
	Patch(changes []directory.Change)
}

// Options are what a Runner can do without.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log is silent when nil.
	Log *slog.Logger
	// Dirty reads a source again where more has changed than is known; nil leaves it to the rhythm.
	Dirty collect.Dirty
	// Holder names this process in claims; "manifold" when "".
	Holder string
	// Call bounds one call with its wait for the budget; 60 s when 0.
	Call time.Duration
	// Grace is how much longer than Call a call whose answer was lost is left alone before it is looked for; 15 s when 0.
	Grace time.Duration
	// Lease is for how long a claim is good unless it is extended; 30 s when 0.
	Lease time.Duration
	// Every is how often the store is asked for what is due; 1 s when 0.
	Every time.Duration
	// Patience is how long after it became due a step whose vendor is down is tried again; 24 h when 0.
	Patience time.Duration
	// Watch is how often is looked whether somebody came back; 5 s when 0.
	Watch time.Duration
	// Random makes ids of findings; crypto/rand when nil.
	Random io.Reader
	// Workers is how many actions run at once; 4 when 0.
	Workers int
	// Crash is called at every boundary of a step, with its name: a test ends the process there. nil: nobody does.
	Crash func(at string)
}

// Runner runs the steps of actions.
type Runner struct {
	store   action.Store
	vendors map[person.SourceID]Vendor
	picture Picture
	costs   *collect.Costs
	o       Options

	wake chan struct{}

	mu sync.Mutex
	// moved is closed and replaced whenever an action of this process has moved.
	moved chan struct{}
}

// New makes a Runner. What is in the store waits until Run.
func New(store action.Store, vendors map[person.SourceID]Vendor, picture Picture, costs *collect.Costs, o Options) *Runner {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Crash == nil {
		o.Crash = func(string) {}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Watch = cmp.Or(o.Watch, 5*time.Second)
	o.Holder = cmp.Or(o.Holder, "manifold")
	o.Call, o.Grace = cmp.Or(o.Call, time.Minute), cmp.Or(o.Grace, 15*time.Second)
	o.Lease, o.Every = cmp.Or(o.Lease, 30*time.Second), cmp.Or(o.Every, time.Second)
	o.Patience, o.Workers = cmp.Or(o.Patience, 24*time.Hour), cmp.Or(o.Workers, 4)
	return &Runner{store: store, vendors: vendors, picture: picture, costs: costs, o: o, wake: make(chan struct{}, o.Workers), moved: make(chan struct{})}
}

// Run works on what is due until ctx ends. A call that is under way then is
// broken off, and found out about by whoever goes on.
func (r *Runner) Run(ctx context.Context) error {
	select {
	case <-r.picture.Begun(): // guards look at the picture
	case <-ctx.Done():
		return nil
	}
	var wg sync.WaitGroup
	wg.Go(func() { r.watch(ctx) })
	for range r.o.Workers {
		wg.Go(func() { r.work(ctx) })
	}
	wg.Wait()
	return nil
}

func (r *Runner) work(ctx context.Context) {
	tick := time.NewTicker(r.o.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		more, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			r.o.Log.ErrorContext(ctx, "acts cannot go on", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-tick.C:
		}
	}
}

// Once takes the action that is due the longest as far as it goes now; false where none is.
func (r *Runner) Once(ctx context.Context) (bool, error) {
	now := r.o.Now()
	a, ok, err := r.store.Claim(ctx, r.o.Holder, now, now.Add(r.o.Lease))
	if err != nil || !ok {
		return false, err
	}
	held, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	wg.Go(func() { r.keep(held, stop, a) })
	err = r.advance(held, a)
	stop(nil)
	wg.Wait()
	_ = r.store.Release(context.WithoutCancel(ctx), a.ID, a.Fence)
	r.tell()
	return true, err
}

// keep extends a claim while work goes on, and breaks the work off where it is lost.
func (r *Runner) keep(ctx context.Context, stop context.CancelCauseFunc, a action.Action) {
	tick := time.NewTicker(r.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := r.o.Now()
		if err := r.store.Extend(ctx, a.ID, a.Fence, now, now.Add(r.o.Lease)); err != nil && ctx.Err() == nil {
			r.o.Log.WarnContext(ctx, "the claim of an action could not be extended", "action", a.ID.String(), "error", err)
			stop(err)
			return
		}
	}
}

// Nudge has the store looked at now.
func (r *Runner) Nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Runner) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.moved)
	r.moved = make(chan struct{})
}

// Await is the action once nothing more is to be expected of it soon: it has ended, or waits for
// a later time, or ctx is over.
func (r *Runner) Await(ctx context.Context, id action.ID) (action.Action, error) {
	r.Nudge()
	tick := time.NewTicker(200 * time.Millisecond) // another replica may run it
	defer tick.Stop()
	for {
		r.mu.Lock()
		moved := r.moved
		r.mu.Unlock()
		a, err := r.store.Get(context.WithoutCancel(ctx), id)
		if err != nil {
			return a, err
		}
		// What has been tried waits for a vendor, not for us.
		due, open := a.DueAt()
		if !open || due.After(r.o.Now().Add(r.o.Every)) {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, nil
		case <-moved:
		case <-tick.C:
		}
	}
}
