package collect

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
	"github.com/manifold-graph/manifold/upstream/collect/plan"
	"github.com/manifold-graph/manifold/upstream/recall"
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
	// Shared lets replicas read once what all of them are asked for; nil: each reads for itself.
	Shared *RenewSharing
}

// Renewer reads identities of the directory anew, beside the rhythm of their sources, and patches what it learns into
// the picture: for callers who want nothing older than an age, and for whoever knows that something has changed. How
// it reads is decided by a plan.Window for each source and purpose.
type Renewer struct {
	collector *Collector
	costs     *Costs
	o         RenewOptions
	sources   map[person.SourceID]*renewal
	shared    *sharedReadings // nil where there are no other replicas

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
	if o.Shared != nil {
		r.shared = newSharedReadings(o)
	}
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

// renewing is a reading on its way, shared by all whom it suits.
type renewing struct {
	source *renewal
	// keys are the identities that it reads; all of the source where there are none.
	keys []person.Key
	work Work
	// began is when it was asked for, since what those who did were content with. Another replica's reading, which
	// may be that old, serves them; whoever came later and wants more asks again.
	began, since time.Time
	done         chan struct{}
	// Set once done is closed: err, or when what it brought was observed, and whether another replica paid for it.
	err      error
	observed time.Time
	given    bool
	// waiting is how many wait for it, behind tells that it goes on without them; once withdrawn it brings nothing. The
	// Renewer's mu guards them.
	waiting           int
	behind, withdrawn bool
	call              *recall.Work
}

// Renew is people.Renewer's.
func (r *Renewer) Renew(ctx context.Context, a people.Asker, users []*person.Identity) []people.Renewal {
	if a.Wanted.MaxAge == nil || len(users) == 0 {
		return nil
	}
	now := r.now()
	since := now.Add(-max(0, *a.Wanted.MaxAge))
	var order []person.SourceID
	bySource := map[person.SourceID][]*person.Identity{}
	for _, u := range users {
		if _, met := bySource[u.Source]; !met {
			order = append(order, u.Source)
		}
		bySource[u.Source] = append(bySource[u.Source], u)
	}
	var asked []*asking
	for _, source := range order {
		if q := r.ask(a, source, now, r.demands(bySource[source], since)); q != nil {
			asked = append(asked, q)
		}
	}
	var all []people.Renewal
	for _, q := range asked {
		renewal := r.wait(ctx, q)
		for q.tooOld(since) && renewal.Err == nil {
			if q = r.ask(a, renewal.Source, r.now(), r.demands(bySource[renewal.Source], since)); q == nil {
				break
			}
			again := r.wait(ctx, q)
			again.Cost.Calls += renewal.Cost.Calls
			again.Cost.Tokens += renewal.Cost.Tokens
			renewal = again
		}
		all = append(all, renewal)
	}
	return all
}

// now is the time as far as anybody can use it.
func (r *Renewer) now() time.Time { return r.o.Now().UTC().Truncate(time.Millisecond) }

// demands are for those of users who are still known.
func (r *Renewer) demands(users []*person.Identity, since time.Time) []plan.Demand[person.Key] {
	view := r.collector.Current().View(access.Principal{})
	demands := make([]plan.Demand[person.Key], 0, len(users))
	for _, u := range users {
		if i, ok := view.Identity(u.Key); ok {
			demands = append(demands, plan.Demand[person.Key]{Key: u.Key, Since: since, Held: i.Freshness().ObservedAt})
		}
	}
	return demands
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
	for _, f := range q.flights {
		f.waiting++
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
		s.list = r.readAll(s, w, now, newest(demands, p.Keys))
	case plan.Singles:
		for _, k := range p.Keys {
			s.singles[k] = r.readOne(s, w, now, newest(demands, []person.Key{k}), k)
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

// newest is the strictest of the demands for keys.
func newest(demands []plan.Demand[person.Key], keys []person.Key) (since time.Time) {
	for _, d := range demands {
		if d.Since.After(since) && slices.Contains(keys, d.Key) {
			since = d.Since
		}
	}
	return since
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

// wait waits for all that was asked for, or until ctx ends; the readings then go on if they have sent anything, or somebody
// else waits for them.
func (r *Renewer) wait(ctx context.Context, q *asking) people.Renewal {
	for _, f := range q.flights {
		if !f.over() {
			select {
			case <-f.done:
			case <-ctx.Done():
				r.leave(f)
				f := fault.Wrap(fault.SourceUnavailable, context.Cause(ctx), "%s has not answered in time. Ask again in a moment.", q.Source)
				f.RetryAfter = time.Second
				q.Err = sourced(f, q.Source)
				continue
			}
		}
		switch {
		case f.err != nil && q.Err == nil:
			q.Err = sourced(f.err, q.Source)
		case f.given && f.work.Gate == wire.Gate(q.gate):
			q.Cost.Saved = min(q.Cost.Saved+f.price(), q.source.Prices().All)
		}
	}
	if q.gate != nil {
		q.Cost.Calls, q.Cost.Tokens = q.gate.Spent()
	}
	return q.Renewal
}

// tooOld tells whether what came in the end began before a moment.
func (q *asking) tooOld(since time.Time) bool {
	return slices.ContainsFunc(q.flights, func(f *renewing) bool { return f.over() && f.err == nil && f.observed.Before(since) })
}

// over tells whether f has landed.
func (f *renewing) over() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// price is what f costs whoever pays for it.
func (f *renewing) price() int {
	if len(f.keys) == 0 {
		return f.source.Prices().All
	}
	return f.source.Prices().One
}

func sourced(err error, source person.SourceID) error {
	f := *fault.From(err)
	f.Source = string(source)
	return &f
}
