package pipedrive

import (
	"net/http"
	"strconv"
	"time"
)

const (
	burstSpan   = 2 * time.Second
	searchBurst = 10
	// fairUse is the older rule of POST and PUT requests a day; only its header is simulated.
	fairUse = 10_000
)

// window counts events in a rolling span of time, (now-span, now].
type window struct {
	span  time.Duration
	times []time.Time
}

func (w *window) count(now time.Time) int {
	i := 0
	for i < len(w.times) && !w.times[i].After(now.Add(-w.span)) {
		i++
	}
	w.times = w.times[i:]
	return len(w.times)
}

func (w *window) add(now time.Time) int {
	n := w.count(now)
	w.times = append(w.times, now)
	return n + 1
}

// left is how long until the oldest counted event leaves the window.
func (w *window) left(now time.Time) time.Duration {
	if w.count(now) == 0 {
		return 0
	}
	return w.times[0].Add(w.span).Sub(now)
}

// limit applies the limits in the order in which a request meets them: the block
// of the edge, the burst window, the day's budget. It sets the headers and
// charges the request; a refused request costs nothing and does not count
// against the burst window (both are undocumented).
func (s *Server) limit(c *credential, op operation, now time.Time, h http.Header) (refused answer, stop bool) {
	s.meter.arrived(c.Value, c.peak.add(now))
	if !c.OAuth && now.Before(c.blocked) {
		s.meter.Refused["blocked"]++
		return blocked(), true
	}
	allowed := c.account.Burst
	if c.OAuth {
		allowed *= 4
	}
	used := c.general.count(now)
	tooFast := used >= allowed
	if op.search && c.search.count(now) >= searchBurst {
		tooFast, used = true, allowed
	}
	s.turn(c.account, now)
	tooDear := c.account.spent+op.cost > c.account.Budget || c.account.spent >= c.account.Budget

	if !tooFast && !tooDear {
		used = c.general.add(now)
		if op.search {
			c.search.add(now)
		}
		c.account.spent += op.cost
		s.meter.Tokens[c.account.ID] += op.cost
		if op.scope == scopeAdmin {
			c.account.writes++
		}
	}
	reset := int((c.general.left(now) + time.Second - 1) / time.Second)
	s.limitHeaders(h, c, op, max(0, allowed-used), allowed, reset)
	switch {
	case tooFast:
		s.meter.Refused["burst"]++
		if !s.opt.HideUndocumented {
			h.Set("retry-after", strconv.Itoa(max(1, reset)))
		}
	case tooDear:
		s.meter.Refused["daily"]++
	default:
		return answer{}, false
	}
	if c.refused.add(now) >= s.opt.BlockAfter {
		c.blocked, c.refused.times = now.Add(s.opt.BlockFor), nil
	}
	return overLimit(), true
}

func (s *Server) limitHeaders(h http.Header, c *credential, op operation, remaining, allowed, reset int) {
	h.Set("x-ratelimit-limit", strconv.Itoa(allowed))
	h.Set("x-ratelimit-remaining", strconv.Itoa(remaining))
	h.Set("x-ratelimit-reset", strconv.Itoa(reset))
	if !c.OAuth && op.scope == scopeAdmin {
		h.Set("x-daily-requests-left", strconv.Itoa(max(0, fairUse-c.account.writes)))
	}
	if !s.opt.HideUndocumented {
		h.Set("x-daily-ratelimit-token-limit", strconv.Itoa(c.account.Budget))
		h.Set("x-daily-ratelimit-token-remaining", strconv.Itoa(max(0, c.account.Budget-c.account.spent)))
	}
}

// turn begins a new day of a's books when one has come. A clock that steps back changes nothing.
func (s *Server) turn(a *account, now time.Time) {
	if day := s.day(now); day.After(a.day) {
		a.day, a.spent, a.writes = day, 0, 0
	}
}

// day is the midnight that begins the budget's day of now.
func (s *Server) day(now time.Time) time.Time {
	y, m, d := now.In(s.opt.ResetZone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.opt.ResetZone)
}

// Spend charges tokens to a company as if its other integrations had used them.
func (s *Server) Spend(companyID int64, tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.companies {
		if a.ID == companyID {
			s.turn(a, s.opt.Now())
			a.spent += tokens
		}
	}
}
