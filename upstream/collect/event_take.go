package collect

import (
	"cmp"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/person"
)

// EventOptions are what Events can do without.
type EventOptions struct {
	// Dirty reads again what events leave in doubt; nil leaves it to the ordinary rhythm.
	Dirty Dirty
	// Announcer tells other replicas; nil where there are none.
	Announcer Announcer
	// Log is silent when nil.
	Log *slog.Logger
	// Settle is how long doubts are gathered before they are read; 1 s when 0.
	Settle time.Duration
}

// Events lets webhooks happen in a collector's picture. What they tell is patched in at once and for nothing; what
// they leave in doubt is gathered and read again, within an allowance that no flood of events can widen.
type Events struct {
	collector *Collector
	dirty     Dirty
	announcer Announcer
	log       *slog.Logger
	settle    time.Duration

	// told are the identities of which events have told since the last reading. The collector's mu guards it.
	told map[person.Key]struct{}

	mu     sync.Mutex
	doubts map[person.SourceID]*doubt
	// wake has a token when a doubt is new.
	wake chan struct{}
}

// NewEvents makes Events over c. Doubts wait until Run.
func NewEvents(c *Collector, o EventOptions) *Events {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Events{
		collector: c, dirty: o.Dirty, announcer: o.Announcer, log: o.Log, settle: cmp.Or(o.Settle, time.Second),
		told: map[person.Key]struct{}{}, doubts: map[person.SourceID]*doubt{}, wake: make(chan struct{}, 1),
	}
	for _, s := range c.sources {
		e.doubts[s.ID] = &doubt{allowance: newAllowance(s.Every)}
	}
	return e
}

// maxTold is how many identities of one source may stand in the picture as events told them: a leaked secret cannot
// fill the memory, and the overlay stays small.
const maxTold = 500

// Take lets events happen, in their order.
func (e *Events) Take(events []Event) {
	news, doubtful := e.collector.amend(events, e.told)
	for _, ev := range doubtful {
		var keys []person.Key
		if key, ok := e.collector.keyOf(ev); ok {
			keys = append(keys, key)
		}
		e.suspect(ev.Source, ev.Received, keys...)
	}
	if len(news) > 0 && e.announcer != nil {
		e.announcer.Announce(news)
	}
}

// Overflow puts all of a source in doubt: events of it were dropped.
func (e *Events) Overflow(source person.SourceID) { e.suspect(source, e.collector.now()) }

// keyOf is the identity that an event names; false for none, or while the source's account is not known.
func (c *Collector) keyOf(ev Event) (person.Key, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.tracked(ev.Source)
	if s == nil || s.batch == nil || ev.ID == "" {
		return person.Key{}, false
	}
	return person.Key{System: s.System, Account: s.batch.Account, ID: ev.ID}, true
}

func (c *Collector) tracked(id person.SourceID) *tracked {
	i := slices.IndexFunc(c.sources, func(s *tracked) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return c.sources[i]
}

// amend patches what events tell. It answers what is new, and the events that leave something in doubt.
func (c *Collector) amend(events []Event, told map[person.Key]struct{}) (news []directory.Change, doubtful []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := amendment{collector: c, told: told, changes: map[person.Key]directory.Change{}}
	maps.DeleteFunc(told, func(k person.Key, _ struct{}) bool { _, pending := c.changes[k]; return !pending })
	for _, ev := range events {
		if a.take(ev) {
			doubtful = append(doubtful, ev)
		}
	}
	return c.patch(slices.Collect(maps.Values(a.changes))), doubtful
}

// amendment is the changes of several events on their way into the picture.
type amendment struct {
	collector *Collector
	told      map[person.Key]struct{}
	changes   map[person.Key]directory.Change
}

// take lets one event happen and tells whether it leaves something in doubt.
func (a *amendment) take(ev Event) (doubt bool) {
	s := a.collector.tracked(ev.Source)
	switch {
	case s == nil:
		return false
	case s.batch == nil:
		return true // the first reading may be under way, and older than this
	case ev.Account != "" && ev.Account != s.batch.Account:
		a.collector.log.Warn("a webhook of another account was ignored", "source", ev.Source)
		return false
	}
	at := ev.observedAt()
	if !at.After(s.batch.AsOf) {
		return false // the reading knows
	}
	if ev.ID == "" || ev.Alter == nil {
		return true
	}
	key := person.Key{System: s.System, Account: s.batch.Account, ID: ev.ID}
	last, told := a.changes[key]
	if !told {
		last, told = a.collector.changes[key]
	}
	if told && last.ObservedAt.After(at) {
		return ev.Partial || !ev.Explained
	}
	if a.full(key) {
		return true
	}
	known := last.Identity
	if !told {
		if i, ok := a.collector.Current().View(access.Principal{}).Identity(key); ok {
			known = i.Raw()
		}
	}
	now, doubt := ev.Alter(known)
	if now == nil && known == nil {
		return doubt
	}
	a.told[key] = struct{}{}
	a.changes[key] = directory.Change{Key: key, Identity: now, ObservedAt: at}
	// Within one tick of the vendor's clock nobody can tell which of two came first.
	tie := told && ev.Grain > 0 && at.Sub(last.ObservedAt) < ev.Grain && !reflect.DeepEqual(known, now)
	return doubt || tie || !ev.Explained
}

// full tells whether the source of key has its share of told identities, and key is none of them.
func (a *amendment) full(key person.Key) bool {
	if _, ok := a.told[key]; ok {
		return false
	}
	n := 0
	for k := range a.told {
		if k.System == key.System && k.Account == key.Account {
			n++
		}
	}
	return n >= maxTold
}
