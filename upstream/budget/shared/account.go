package shared

import (
	"maps"
	"sync"
	"time"

	"github.com/manifold-graph/manifold/upstream/budget"
)

// account is what a replica remembers of an account, for a server that forgets or cannot be reached.
type account struct {
	// reporting makes reports follow each other.
	reporting sync.Mutex

	mu     sync.Mutex
	limits map[string]budget.Limits // by credential
	// granted is what this replica was ever granted, by class; history is what it was at moments of the past, oldest first.
	granted [3]int
	history []mark
	// last is what the server said last, asked at the elapsed time heard.
	last  facts
	heard time.Duration
	open  map[uint64]flight
	stops map[string]stop           // by credential
	reads map[string]budget.Readout // by credential, the last

	escrow escrow
	// lost: Redis does not answer, since the elapsed time since. pending are the settlements that it must still be told.
	lost    bool
	since   time.Duration
	pending []settlement
}

type mark struct {
	at      time.Duration
	granted [3]int
}

// flight is a reservation that the server holds open.
type flight struct {
	budget.Ask
	credential string
	at         time.Duration
}

// stop is until when nothing leaves by a credential.
type stop struct{ paused, blocked time.Duration }

// settlement is an end that the server must still be told.
type settlement struct {
	limits      budget.Limits
	reservation budget.Reservation
	outcome     budget.Outcome
	// unheard: whether it was granted is not known, for the answer was lost.
	unheard bool
}

// marksPerWindow is how finely a window's past is remembered.
const marksPerWindow = 96

// maxPending bounds what is kept for a server that does not come back; what is beyond it counts as spent there.
const maxPending = 10_000

func newAccount(clock budget.Clock) *account {
	return &account{
		limits: map[string]budget.Limits{}, open: map[uint64]flight{}, stops: map[string]stop{}, reads: map[string]budget.Readout{},
		escrow: newEscrow(clock),
	}
}

func (a *account) know(l budget.Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limits[l.Credential] = l
}

// note remembers what the server said to a call of the elapsed time sent.
func (a *account) note(l budget.Limits, f facts, sent time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.noteLocked(l, f, sent)
}

func (a *account) noteLocked(l budget.Limits, f facts, sent time.Duration) {
	a.stops[l.Credential] = stop{paused: sent + f.paused, blocked: sent + f.blocked}
	if f.now >= a.last.now {
		a.last, a.heard = f, sent
	}
}

// granting remembers that tokens are granted now.
func (a *account) granting(l budget.Limits, class budget.Class, tokens int, now time.Duration) {
	if n := len(a.history); n == 0 || now-a.history[n-1].at >= l.Span()/marksPerWindow {
		a.history = append(a.history, mark{at: now, granted: a.granted})
		for len(a.history) > 1 && a.history[1].at < now-l.Span() {
			a.history = a.history[1:]
		}
	}
	a.granted[class] += tokens
}

// grant remembers a reservation that the server made.
func (a *account) grant(l budget.Limits, r budget.Reservation, now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.granting(l, r.Class, r.Tokens, now)
	a.open[r.ID] = flight{Ask: r.Ask, credential: l.Credential, at: now}
}

func (a *account) settled(id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, id)
}

// owe keeps a settlement for when Redis is back.
func (a *account) owe(s settlement) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pending) < maxPending {
		a.pending = append(a.pending, s)
	}
}

func (a *account) isLost() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// report is what report.lua is told, at the elapsed time now, and how much was spent of the escrow by then.
func (a *account) report(l budget.Limits, o Options, now time.Duration, leaving bool) (args []any, spent int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.open, func(_ uint64, f flight) bool { return now-f.at > o.RequestTimeout })
	a.escrow.lapse(now)
	age := now - a.heard
	var before [3]int
	for _, past := range a.history {
		if past.at > now-a.last.span-age {
			break
		}
		before = past.granted
	}
	want, wantSlots := o.escrow(l)
	if leaving {
		want, wantSlots = -1, 0
	}
	stops := a.stops[l.Credential]
	args = []any{
		a.granted[0], a.granted[1], a.granted[2], before[0], before[1], before[2], a.last.used[0], a.last.used[1], a.last.used[2], int64(age),
		a.escrow.spent, a.escrow.held, a.escrow.slots[l.Credential], want, wantSlots,
		int64(max(stops.paused-now, 0)), int64(max(stops.blocked-now, 0)), len(a.open),
	}
	for id, f := range a.open {
		args = append(args, id, int64(now-f.at), int(f.Class), min(f.Tokens, most), f.Slots, f.By.Client, purposeOf(f.Ask), hashed(f.credential))
	}
	return args, a.escrow.spent
}

// reported remembers the answer to a report of the elapsed time sent, which told that spent was spent of the escrow.
func (a *account) reported(l budget.Limits, f facts, r rest, sent time.Duration, spent int, lease time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last.now = 0 // the server may be another, whose time began later
	a.noteLocked(l, f, sent)
	a.escrow.fill(l.Credential, int(r[0])-(a.escrow.spent-spent), int(r[1]), sent+lease)
}
