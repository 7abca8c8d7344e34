package cache

import "time"

// Result is the answer to one who asked.
type Result[V any] struct {
	Value V
	// ObservedAt is when the load of Value began; zero if there is no Value.
	ObservedAt time.Time
	// IsStale: Value is older than Options.Fresh or than was wanted, or invalidated. With a nil Err a load is under
	// way, unless OnlyIfCached forbade it.
	IsStale bool
	// Err is why there is no Value, or no newer one.
	Err error
}

// Found tells whether there is a Value, even a stale one.
func (r Result[V]) Found() bool { return !r.ObservedAt.IsZero() }

// entry is the last value of a key, the last error if that is newer, or both.
type entry[V any] struct {
	value    V
	observed time.Time
	// version is value's in the second level; 0: it is not from there and did not go there.
	version int64
	// outdated: value was invalidated. floor is the version of the last invalidation that is known.
	outdated bool
	floor    int64
	// owed: the second level has yet to be told of an invalidation.
	owed bool
	err  error
	// retry is when err may be tried again.
	retry time.Time
}

// good tells whether e's value is new enough for t.
func (e *entry[V]) good(t terms) bool {
	return !e.observed.IsZero() && !e.outdated && !e.observed.Before(t.fresh)
}

// result is e on terms t, and whether a newer one has to be waited for.
func (e *entry[V]) result(o Options, t terms) (r Result[V], wait bool) {
	r.Err = e.err
	age := o.Now().Sub(e.observed)
	if e.observed.IsZero() || age >= o.Stale || e.observed.Before(t.floor) {
		return r, true
	}
	r.Value, r.ObservedAt = e.value, e.observed
	r.IsStale = age >= o.Fresh || !e.good(t)
	return r, e.outdated || e.observed.Before(t.wait)
}

// take puts a value into e, unless e has a newer one or knows that this one was invalidated.
func (e *entry[V]) take(value V, observed time.Time, version int64) {
	if version != 0 && version <= e.floor || !e.outdated && observed.Before(e.observed) {
		return
	}
	*e = entry[V]{value: value, observed: observed, version: version, floor: e.floor, owed: e.owed}
}

// fail puts an error beside e's value.
func (e *entry[V]) fail(err error, retry time.Time) { e.err, e.retry = err, retry }

// invalidate marks e's value, if it is not newer than version.
func (e *entry[V]) invalidate(version int64) {
	e.floor = max(e.floor, version)
	if e.version < version || version == 0 {
		e.outdated = !e.observed.IsZero()
		e.err, e.retry = nil, time.Time{}
	}
}
