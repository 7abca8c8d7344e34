package budget

import (
	"slices"
	"time"
)

// slots is one credential's burst window. A slot is in flight from sending until the answer, then held for one
// window more: by then the vendor's window, wherever in the flight it counted the request, has passed.
type slots struct {
	limit    int
	window   time.Duration
	inFlight int
	// held is when held slots come free, soonest first.
	held []time.Duration
	// paused is until when nothing leaves, after a burst 429; blocked is the same after a hard stop.
	paused, blocked time.Duration
	strikes         int
	// pausedBy is the last reservation made before the pause: its like are no new strike.
	pausedBy uint64
}

const (
	burstPause = 2 * time.Second
	// maxPause bounds the doubling of pauses: it is also how rarely a vendor that always says 429 is asked.
	maxPause  = 30 * time.Minute
	blockStop = 15 * time.Minute
)

func (s *slots) free(now time.Duration) int {
	n := 0
	for n < len(s.held) && s.held[n] <= now {
		n++
	}
	s.held = append(s.held[:0], s.held[n:]...)
	return s.limit - s.inFlight - len(s.held)
}

// earliest is the soonest moment at which want slots can be had by one before whom ahead are wanted,
// supposing that every answer comes at once.
func (s *slots) earliest(now time.Duration, want, ahead int) time.Duration {
	stop := max(now, s.paused, s.blocked)
	if s.limit <= 0 {
		return stop
	}
	nth := max(want+ahead-s.free(now), 0)
	if nth == 0 {
		return stop
	}
	// After the slots that are taken now have come free, each of them can be taken anew once a window.
	rounds := time.Duration((nth - 1) / s.limit)
	nth = (nth - 1) % s.limit
	at := now + s.window
	if nth < len(s.held) {
		at = s.held[nth]
	}
	return max(stop, at+rounds*s.window)
}

// of is how many slots an Ask takes: never more than there are, or it could never leave.
func (s *slots) of(a Ask) int {
	n := max(a.Slots, 1)
	if s.limit > 0 {
		n = min(n, s.limit)
	}
	return n
}

func (s *slots) take(n int) { s.inFlight += n }

// settle ends a flight and heeds what the vendor said in its answer. configured is the operator's limit:
// the vendor's word can lower it, never raise it.
func (s *slots) settle(r Reservation, o Outcome, configured int, now time.Duration, latest uint64) {
	s.inFlight -= r.Slots
	if !o.Sent {
		return
	}
	s.hold(now+s.window, r.Slots)
	if n := o.Seen.BurstLimit; n != nil && *n > 0 && configured > 0 {
		s.limit = min(configured, *n)
	}
	if n := o.Seen.BurstRemaining; n != nil {
		s.others(now, *n, o.Seen.BurstReset)
	}
	switch {
	case o.Limited == ByBurst:
		s.pause(now, o.RetryAfter, r.ID, latest)
	case o.Limited == ByEdge:
		s.blocked = max(s.blocked, now+blockStop)
	case o.Answered:
		s.strikes = 0
	}
}

func (s *slots) hold(until time.Duration, n int) {
	if s.limit <= 0 {
		return
	}
	at, _ := slices.BinarySearch(s.held, until)
	s.held = slices.Insert(s.held, at, slices.Repeat([]time.Duration{until}, n)...)
}

// others lowers what is free to remaining until reset: somebody else uses the credential too.
func (s *slots) others(now time.Duration, remaining int, reset time.Duration) {
	if reset <= 0 || reset > s.window {
		reset = s.window
	}
	if extra := min(s.free(now), s.limit) - max(remaining, 0); s.limit > 0 && extra > 0 {
		s.hold(now+reset, extra)
	}
}

// pause holds everything after a burst 429. Each further one that answers a request made after the last
// doubles it; those that were in flight together are one.
func (s *slots) pause(now, asked time.Duration, by, latest uint64) {
	if by > s.pausedBy {
		s.strikes++
		s.pausedBy = latest
	}
	least := min(burstPause<<min(max(s.strikes-1, 0), 16), maxPause)
	s.paused = max(s.paused, now+max(asked, least))
}
