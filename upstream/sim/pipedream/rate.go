package pipedream

import (
	"strconv"
	"sync"
	"time"
)

// rate counts requests per key in fixed windows that open with their first request.
type rate struct {
	limit  int
	length time.Duration

	mu      sync.Mutex
	windows map[string]window
}

type window struct {
	opened time.Time
	spent  int
}

func newRate(limit int, length time.Duration) *rate {
	return &rate{limit: limit, length: length, windows: map[string]window{}}
}

// take spends one request of key. When none is left it sets the four headers of a 429, which are
// the only place where the budget shows.
func (l *rate) take(c *call, key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[key]
	if now.Sub(w.opened) >= l.length {
		w = window{opened: now}
	}
	if w.spent < l.limit {
		w.spent++
		l.windows[key] = w
		return true
	}
	end := w.opened.Add(l.length)
	h := c.w.Header()
	h.Set("Retry-After", strconv.FormatInt(int64((end.Sub(now)+time.Second-1)/time.Second), 10))
	h.Set("X-RateLimit-Limit", strconv.Itoa(l.limit))
	h.Set("X-RateLimit-Remaining", "0")
	h.Set("X-RateLimit-Reset", strconv.FormatInt(end.Add(time.Second-1).Unix(), 10))
	return false
}
