package budget

import "time"

// vendor is what the vendor itself has said is left, and what we have spent since. Others spend the same
// budget; only this tells.
type vendor struct {
	known     bool
	remaining int
	limit     int
	since     int // settled after remaining was said
	at        time.Duration
	// by is the last reservation made before remaining was said; a later one's answer is newer.
	by uint64
	// refused: remaining is 0 because of a 429, not a header.
	refused bool
	probeAt time.Duration
}

// probeEvery is how often one request may try whether an exhausted budget has been refilled.
const probeEvery = 30 * time.Minute

// left is what remains, with reserved tokens taken off.
func (v *vendor) left(reserved int) int { return v.remaining - v.since - reserved }

// say notes a remaining figure. Answers overlap: one to a request made before the last figure was said
// can only lower it. jumped: the vendor's budget was refilled since at.
func (v *vendor) say(now time.Duration, remaining, limit int, id, latest uint64) (jumped bool) {
	newer := !v.known || id > v.by
	if !newer && remaining >= v.left(0) {
		return false
	}
	jumped = v.known && newer && remaining-v.left(0) > max(v.limit, limit)/20 && (v.limit == limit || v.limit == 0 || limit == 0)
	*v = vendor{known: true, remaining: remaining, limit: max(limit, 0), at: now, by: latest, probeAt: now + probeEvery}
	return jumped
}

// refuse notes a 429 that says the budget is gone.
func (v *vendor) refuse(now time.Duration, latest uint64) {
	*v = vendor{known: true, limit: v.limit, at: now, by: latest, refused: true, probeAt: now + probeEvery}
}

// answered notes that the vendor served request id without a figure: a refusal before it is over.
func (v *vendor) answered(id uint64) {
	if v.refused && id > v.by {
		*v = vendor{limit: v.limit}
	}
}

// forget drops what was said before from: another window has begun.
func (v *vendor) forget(from time.Duration) {
	if v.known && v.at <= from {
		*v = vendor{limit: v.limit}
	}
}

// resetBetween is the only whole hour in (from, to], as time after midnight UTC. False: there is none,
// or more than one.
func resetBetween(from, to time.Time) (time.Duration, bool) {
	hour := to.UTC().Truncate(time.Hour)
	if !hour.After(from) || hour.Add(-time.Hour).After(from) {
		return 0, false
	}
	return hour.Sub(hour.Truncate(day)), true
}
