package pipefy

import (
	"sync"
	"time"
)

// throttle counts requests per token in fixed windows.
type throttle struct {
	limit  int
	window time.Duration

	mu    sync.Mutex
	spent map[string]window
}

type window struct {
	start time.Time
	count int
}

// take spends one request. When none is left it returns how long until the window ends.
func (t *throttle) take(token string, now time.Time) (wait time.Duration, ok bool) {
	if t.limit <= 0 {
		return 0, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.spent[token]
	if now.Sub(w.start) >= t.window {
		w = window{start: now}
	}
	if w.count >= t.limit {
		return w.start.Add(t.window).Sub(now), false
	}
	w.count++
	t.spent[token] = w
	return 0, true
}
