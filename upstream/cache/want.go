package cache

import "time"

// Want is a caller's word on age. The zero Want leaves it to the cache.
type Want struct {
	// MaxAge: an older value is read anew and waited for; a reading that began within MaxAge before the asking
	// counts. Nil: Options.Fresh, and a stale value is not waited for.
	MaxAge *time.Duration
	// MaxStale: a value older than MaxAge (or Fresh) by more than this is not answered at all. Nil: Options.Stale
	// is the only bound.
	MaxStale *time.Duration
	// OnlyIfCached: nothing is loaded. A value that is not held is ErrNotHeld.
	OnlyIfCached bool
}

// terms are a Want at the moment of asking.
type terms struct {
	// fresh: a value observed before it should be read anew; wait: that has to be waited for; floor: it is not
	// answered.
	fresh, wait, floor time.Time
	only               bool
}

func (o Options) terms(w Want, now time.Time) terms {
	t := terms{fresh: now.Add(1 - o.Fresh), only: w.OnlyIfCached}
	limit := t.fresh
	if w.MaxAge != nil {
		t.wait = now.Add(-*w.MaxAge)
		limit = t.wait
		if t.wait.After(t.fresh) {
			t.fresh = t.wait
		}
	}
	if w.MaxStale != nil {
		t.floor = limit.Add(-*w.MaxStale)
	}
	return t
}
