package budget

import "time"

// vendor is what the vendor itself has said is left. Others spend the same budget; only this tells.
//
// Answers overlap, and nobody knows in which order the vendor counted the requests of overlapping flights. Two facts
// hold whatever the order, if a figure tells what was left once its own request was counted, and nothing is
// counted after it was settled:
//
//   - A request that was settled before another was reserved was counted before it.
//   - Of our requests whose answers brought figures, one was counted last. Its figure includes all the others.
//
// When a flight is settled with a figure, the one counted last is thus that flight, or was settled while it was open.
// So the lowest figure of these is never more than what was left then. From it go the requests that may have been
// counted later: those that are open, and those that were settled meanwhile without a figure. Nothing else goes:
// a figure includes its own request, and the lowest of them includes the others.
//
// That bound needs no bound before it, so a refill is believed with the first flight that was reserved after the last
// old figure came. Without a refill the figures fall in the order of counting: when all is settled, the lowest
// is the last, and the bound is exact.
type vendor struct {
	said  *figure // nil: nothing
	limit int
	// since is what was settled without a figure and may have been counted after said.
	since   int
	probeAt time.Duration
}

// figure is what one answer said.
type figure struct {
	remaining int
	// asked is when its request was reserved; it was counted then or later.
	asked time.Duration
	// refused: remaining is 0 because of a 429, not a header. by is the last reservation made before that was known.
	refused bool
	by      uint64
}

// flight is an open reservation, and what others' answers told while it was open.
type flight struct {
	Ask
	at time.Duration
	// lowest is the lowest figure; nil: there was none.
	lowest *figure
	// unseen is what was settled without a figure.
	unseen int
}

const (
	// probeEvery is how often one request may try whether an exhausted budget has been refilled.
	probeEvery = 30 * time.Minute
	// answerWait is how soon to look whether an answer has come. A queue sees its own credential's answers
	// at once; this is for those to other credentials of the account.
	answerWait = time.Second
)

func (v *vendor) known() bool { return v.said != nil }

// left is what remains, with reserved tokens taken off.
func (v *vendor) left(reserved int) int { return v.said.remaining - v.since - reserved }

// say notes the figure that ended f; others are the flights still open. refilled: the vendor's budget was refilled
// since the figure before was asked for.
func (v *vendor) say(now time.Duration, f *flight, said *figure, limit int, others map[uint64]*flight) (refilled bool) {
	for _, o := range others {
		o.hear(said)
	}
	f.hear(said)
	lowest := f.lowest
	refilled = v.known() && lowest.remaining-v.said.remaining > max(v.limit, limit)/20 && (v.limit == limit || v.limit == 0 || limit == 0)
	*v = vendor{said: lowest, limit: max(limit, 0), since: f.unseen, probeAt: now + probeEvery}
	return refilled
}

func (f *flight) hear(said *figure) {
	if f.lowest == nil || said.remaining <= f.lowest.remaining {
		f.lowest = said
	}
}

// pass notes that f was sent and ended without a figure.
func (v *vendor) pass(f *flight, others map[uint64]*flight) {
	v.since += f.Tokens
	for _, o := range others {
		o.unseen += f.Tokens
	}
}

// answered notes that the vendor served request id without a figure: a refusal before it is over.
func (v *vendor) answered(id uint64) {
	if v.known() && v.said.refused && id > v.said.by {
		*v = vendor{limit: v.limit}
	}
}

// forget drops what was said before from: another window has begun.
func (v *vendor) forget(from time.Duration) {
	if v.known() && v.said.asked <= from {
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
