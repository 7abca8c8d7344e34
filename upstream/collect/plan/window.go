package plan

import (
	"maps"
	"time"
)

// Window is the books of one source and one purpose over one window of its budget. It is not safe for concurrent use.
type Window[K comparable] struct {
	prices  Prices
	optimum *optimum[K]
	expect  *forecast[K]

	spent int
	// singles is what was spent on singles since the last list.
	singles int
	// read is when identities were read on this purpose's account, or are being read; readAll, when all were.
	read    map[K]time.Time
	readAll time.Time
	// next is when everybody is going to be read anyway.
	next time.Time
}

// NewWindow opens the books.
func NewWindow[K comparable](p Prices) *Window[K] {
	return &Window[K]{prices: p, optimum: newOptimum[K](p), expect: &forecast[K]{}, read: map[K]time.Time{}}
}

// Spent is the price of all plans so far.
func (w *Window[K]) Spent() int { return w.spent }

// Optimum is what an all-knowing planner would have paid for the same demands, or less.
func (w *Window[K]) Optimum() int { return w.optimum.cost() }

// Given tells of the newest whole reading that was not paid for by this purpose: when it began, and when the next one is
// due, which is zero if nobody knows.
func (w *Window[K]) Given(at, next time.Time) {
	w.next = next
	if at.After(w.readAll) && at.After(w.optimum.givenAll) {
		w.optimum.givenAll = at
		w.singles = 0
	}
}

// Failed tells that what was to be read at a moment was not. No keys: the list.
func (w *Window[K]) Failed(at time.Time, keys ...K) {
	if len(keys) == 0 && w.readAll.Equal(at) {
		w.readAll = time.Time{}
	}
	for _, k := range keys {
		if w.read[k].Equal(at) {
			delete(w.read, k)
		}
	}
}

// Brought tells that what was to be read at a moment was paid for elsewhere: by a reading that began at observed, whether
// before that moment or after. It is given, not spent. No keys: the list.
func (w *Window[K]) Brought(at, observed time.Time, keys ...K) {
	if len(keys) == 0 && w.readAll.Equal(at) {
		w.readAll = time.Time{}
		w.spent -= w.prices.All
		w.optimum.undoList(at, observed, w.read)
	}
	for _, k := range keys {
		if !w.read[k].Equal(at) {
			continue
		}
		delete(w.read, k)
		w.spent -= w.prices.One
		w.singles = max(0, w.singles-w.prices.One)
		w.optimum.undoSingle(k, at, observed)
	}
}

// Ask enters demands in the books and says how to meet them; the caller MUST do so, and what it learns counts as observed
// at this moment. All demands count, also those of identities that are new enough: they tell what a list would have
// been worth.
func (w *Window[K]) Ask(at time.Time, demands []Demand[K]) Plan[K] {
	demands = distinct(demands)
	for _, d := range demands {
		if d.Held.After(w.known(d.Key)) {
			w.optimum.given[d.Key] = latest(w.optimum.given[d.Key], d.Held)
		}
	}
	w.optimum.ask(at, demands)
	w.expect.note(at, demands)
	plan := w.choose(at, demands)
	w.spent += plan.Tokens
	switch plan.Way {
	case List:
		w.singles, w.readAll = 0, at
	case Singles:
		w.singles += plan.Tokens
		for _, k := range plan.Keys {
			w.read[k] = at
		}
	}
	return plan
}

// Clone is a copy of the books, to try on it what would be.
func (w *Window[K]) Clone() *Window[K] {
	c := *w
	c.optimum, c.expect, c.read = w.optimum.clone(), w.expect.clone(), maps.Clone(w.read)
	return &c
}

// known is when k was read last on this account, or is being read.
func (w *Window[K]) known(k K) time.Time { return latest(w.read[k], w.readAll) }

// choose takes the way that the forecast says is cheaper, if after it the books can be kept balanced whatever comes:
// spent is at most twice the optimum.
//
// A list is affordable when they balance right after it. So are singles as long as all since the last list make up no
// more than its price: an all-knowing planner has paid as much since then, or for a list, so that a list can follow. Beyond
// that they are if a list would balance even if nobody else ever came. One of the two always is affordable.
func (w *Window[K]) choose(at time.Time, demands []Demand[K]) Plan[K] {
	var p Plan[K]
	age := time.Duration(0)
	for _, d := range demands {
		if d.Held.Before(d.Since) && w.known(d.Key).Before(d.Since) {
			p.Keys = append(p.Keys, d.Key)
			age = max(age, at.Sub(d.Since))
		}
	}
	if len(p.Keys) == 0 {
		return p
	}
	list := Plan[K]{Way: List, Keys: p.Keys, Tokens: w.prices.All}
	singles := Plan[K]{Way: Singles, Keys: p.Keys, Tokens: w.prices.One * len(p.Keys)}
	slack := 2*w.optimum.cost() - w.spent
	early := w.singles+singles.Tokens <= w.prices.All
	switch {
	case w.prices.One == 0:
		list.Because = Only
		return list
	case singles.Tokens >= list.Tokens:
		list.Because = Batch
		return list
	case !early && slack-singles.Tokens < list.Tokens:
		list.Because = BreakEven
		return list
	case slack >= list.Tokens && float64(w.prices.One)*w.expected(at, age) > float64(list.Tokens):
		list.Because = Forecast
		return list
	case early:
		singles.Because = Few
	default:
		singles.Because = Quiet
	}
	return singles
}

// expected is how many single readings a list bought now would save.
func (w *Window[K]) expected(at time.Time, age time.Duration) float64 {
	span := age
	if w.next.After(at) {
		span = min(span, w.next.Sub(at))
	}
	return w.expect.expects(at, span, age, func(k K) time.Time {
		return latest(w.known(k), latest(w.optimum.given[k], w.optimum.givenAll))
	})
}

// distinct keeps the strictest demand for each key, in the order in which keys came first.
func distinct[K comparable](demands []Demand[K]) []Demand[K] {
	at := make(map[K]int, len(demands))
	kept := make([]Demand[K], 0, len(demands))
	for _, d := range demands {
		i, met := at[d.Key]
		if !met {
			at[d.Key] = len(kept)
			kept = append(kept, d)
			continue
		}
		kept[i].Since, kept[i].Held = latest(kept[i].Since, d.Since), latest(kept[i].Held, d.Held)
	}
	return kept
}
