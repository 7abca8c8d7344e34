package collect

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// RenewOptions are what a Renewer can do without.
type RenewOptions struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log is silent when nil.
	Log *slog.Logger
	// Flight bounds the reading of one identity, its waiting for a turn included; 1 min when 0. List bounds that of a
	// whole source; 5 min when 0.
	Flight, List time.Duration
	// Gather is how long what MarkDirty names is gathered before it is read; 2 s when 0.
	Gather time.Duration
}

// Renewer reads identities of the directory anew, beside the rhythm of their sources, and patches what it learns into
// the picture: for callers who want nothing older than an age, and for whoever knows that something has changed. How
// it reads is decided by a plan.Window for each source and purpose.
type Renewer struct {
	collector *Collector
	costs     *Costs
	o         RenewOptions
	sources   map[person.SourceID]*renewal

	base   context.Context
	stop   context.CancelFunc
	flying sync.WaitGroup

	mu     sync.Mutex // guards closed, and what is behind sources
	closed bool
	// wake has a token when something is newly dirty.
	wake chan struct{}
}

var _ people.Renewer = (*Renewer)(nil)

// NewRenewer makes a Renewer of sources of collector, whose calls are charged to costs. What is marked dirty waits for Run,
// which also ends what is read behind callers.
func NewRenewer(collector *Collector, costs *Costs, sources map[person.SourceID]Renewable, o RenewOptions) *Renewer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Flight, o.List = cmp.Or(o.Flight, time.Minute), cmp.Or(o.List, 5*time.Minute)
	o.Gather = cmp.Or(o.Gather, 2*time.Second)
	r := &Renewer{collector: collector, costs: costs, o: o, sources: map[person.SourceID]*renewal{}, wake: make(chan struct{}, 1)}
	r.base, r.stop = context.WithCancel(context.Background())
	for id, s := range sources {
		r.sources[id] = &renewal{
			Renewable: s, id: id, singles: map[person.Key]*renewing{}, dirty: map[person.Key]time.Time{}, books: map[wire.Class]*books{},
		}
	}
	return r
}

// renewal is a source with what is being read of it.
type renewal struct {
	Renewable
	id person.SourceID
	// singles and list are on their way.
	singles map[person.Key]*renewing
	list    *renewing
	// failed is why the source could not be read lately, and until when it is not tried again.
	failed error
	until  time.Time
	books  map[wire.Class]*books
	// dirty is since when identities, or all of them, are known to have changed.
	dirty    map[person.Key]time.Time
	dirtyAll time.Time
}

// books are a plan.Window that closes with the budget's.
type books struct {
	*plan.Window[person.Key]
	closes time.Time
}

// renewing is a reading on its way, shared by all whom it suits. err is set once done is closed.
type renewing struct {
	began time.Time
	done  chan struct{}
	err   error
}

// Renew is people.Renewer's.
func (r *Renewer) Renew(ctx context.Context, a people.Asker, users []*person.Identity) []people.Renewal {
	if a.Wanted.MaxAge == nil || len(users) == 0 {
		return nil
	}
	now := r.now()
	var order []person.SourceID
	bySource := map[person.SourceID][]plan.Demand[person.Key]{}
	for d, source := range r.demands(users, now.Add(-max(0, *a.Wanted.MaxAge))) {
		if _, met := bySource[source]; !met {
			order = append(order, source)
		}
		bySource[source] = append(bySource[source], d)
	}
	var asked []*asking
	for _, source := range order {
		if q := r.ask(a, source, now, bySource[source]); q != nil {
			asked = append(asked, q)
		}
	}
	var all []people.Renewal
	for _, q := range asked {
		all = append(all, q.wait(ctx))
	}
	return all
}

// now is the time as far as anybody can use it.
func (r *Renewer) now() time.Time { return r.o.Now().UTC().Truncate(time.Millisecond) }

// demands pairs the demands for users who are still known with their sources.
func (r *Renewer) demands(users []*person.Identity, since time.Time) func(yield func(plan.Demand[person.Key], person.SourceID) bool) {
	view := r.collector.Current().View(access.Principal{})
	return func(yield func(plan.Demand[person.Key], person.SourceID) bool) {
		for _, u := range users {
			i, ok := view.Identity(u.Key)
			if ok && !yield(plan.Demand[person.Key]{Key: u.Key, Since: since, Held: i.Freshness().ObservedAt}, u.Source) {
				return
			}
		}
	}
}

// asking is what one caller waits for at one source.
type asking struct {
	source  *renewal
	gate    *Gate
	flights []*renewing
	people.Renewal
}

// ask starts what has to be read of one source, and joins what is under way; nil when everything is new enough.
func (r *Renewer) ask(a people.Asker, id person.SourceID, now time.Time, demands []plan.Demand[person.Key]) *asking {
	q := &asking{source: r.sources[id], Renewal: people.Renewal{Source: id, Cost: people.Cost{Source: id}}}
	stale := false
	for _, d := range demands {
		stale = stale || d.Held.Before(d.Since)
	}
	switch {
	case !stale && q.source == nil:
		return nil
	case q.source == nil:
		q.Err = sourced(fault.New(fault.SourceUnavailable, "%s is not configured to be read any more.", id), id)
		return q
	case stale && a.Wanted.OnlyIfCached:
		q.Err = sourced(fault.New(fault.SourceUnavailable, "What is known of %s is older than was asked for, and the request allows no call.", id), id)
		return q
	case a.Wanted.OnlyIfCached:
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stale && now.Before(q.source.until) {
		q.Err = sourced(q.source.failed, id)
		return q
	}
	q.gate = r.costs.Gate(budget.Attribution{Client: a.Client, Operation: a.Operation, Field: "Identity"})
	joined := 0
	q.flights, joined = r.start(q.source, Work{Class: wire.Interactive, Gate: q.gate}, now, demands)
	if len(q.flights) == 0 {
		return nil
	}
	prices := q.source.Prices()
	q.Cost.Saved = min(joined*prices.One, prices.All)
	return q
}

// start plans how demands are met, starts what that takes, and gives all that the demands have to wait for. joined is
// how many of them somebody else had asked for already. Callers hold mu.
func (r *Renewer) start(s *renewal, w Work, now time.Time, demands []plan.Demand[person.Key]) (flights []*renewing, joined int) {
	if r.closed {
		return nil, 0
	}
	window := r.open(s, w.Class, now)
	for i := range demands {
		// What is on its way for another purpose is as good as known.
		if f := s.underway(demands[i].Key, demands[i].Since); f != nil && f.began.After(demands[i].Held) {
			demands[i].Held = f.began
		}
	}
	p := window.Ask(now, demands)
	switch p.Way {
	case plan.List:
		s.list = r.fly(s, r.o.List, now, func(ctx context.Context) error { return r.readAll(ctx, s, w, now) })
	case plan.Singles:
		for _, k := range p.Keys {
			s.singles[k] = r.fly(s, r.o.Flight, now, func(ctx context.Context) error { return r.readOne(ctx, s, w, now, k) }, k)
		}
	}
	if p.Way != plan.Nothing {
		r.o.Log.Debug("identities are read anew", "source", s.id, "class", w.Class, "way", p.Way, "identities", len(p.Keys),
			"tokens", p.Tokens, "because", p.Because)
	}
	met := map[*renewing]bool{}
	for _, d := range demands {
		f := s.underway(d.Key, d.Since)
		if f == nil || f.began.Before(d.Held) {
			continue
		}
		if !met[f] {
			met[f] = true
			flights = append(flights, f)
		}
		joined++
	}
	return flights, max(0, joined-len(p.Keys))
}

// underway is the reading on its way that will know k as it was at since or later.
func (s *renewal) underway(k person.Key, since time.Time) *renewing {
	if f := s.singles[k]; f != nil && !f.began.Before(since) {
		return f
	}
	if s.list != nil && !s.list.began.Before(since) {
		return s.list
	}
	return nil
}

// open is the current books of a source. Callers hold mu.
func (r *Renewer) open(s *renewal, class wire.Class, now time.Time) *plan.Window[person.Key] {
	b := s.books[class]
	if b == nil || !now.Before(b.closes) {
		b = &books{plan.NewWindow[person.Key](s.Prices()), r.closes(s.id, now)}
		s.books[class] = b
	}
	source, _ := r.collector.Current().View(access.Principal{}).Source(s.id)
	state := source.State()
	b.Given(state.AsOf, state.RetryAt)
	return b.Window
}

// closes is when the budget window that now is in ends.
func (r *Renewer) closes(id person.SourceID, now time.Time) time.Time {
	if readout, ok := r.costs.Readout(id); ok && readout.ResetsAt.After(now) {
		return readout.ResetsAt
	}
	return now.Add(cmp.Or(r.costs.sources[id].Limits.Window, 24*time.Hour))
}

// wait waits for all that was asked for, or until ctx ends; the readings then go on.
func (q *asking) wait(ctx context.Context) people.Renewal {
	for _, f := range q.flights {
		select {
		case <-f.done:
			if f.err != nil && q.Err == nil {
				q.Err = sourced(f.err, q.Source)
			}
			continue
		default:
		}
		select {
		case <-f.done:
			if f.err != nil && q.Err == nil {
				q.Err = sourced(f.err, q.Source)
			}
		case <-ctx.Done():
			f := fault.Wrap(fault.SourceUnavailable, context.Cause(ctx), "%s has not answered in time. It is being read; ask again in a moment.", q.Source)
			f.RetryAfter = time.Second
			q.Err = sourced(f, q.Source)
		}
	}
	if q.gate != nil {
		q.Cost.Calls, q.Cost.Tokens = q.gate.Spent()
	}
	return q.Renewal
}

func sourced(err error, source person.SourceID) error {
	f := *fault.From(err)
	f.Source = string(source)
	return &f
}

// patch is a change that was observed at a moment.
func (r *Renewer) patch(k person.Key, i *person.Identity, at time.Time) {
	r.collector.Patch([]directory.Change{{Key: k, Identity: i, ObservedAt: at}})
}
