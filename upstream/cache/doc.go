// Package cache keeps what was read from a vendor, so that nobody reads it twice.
//
// A Cache has two lifetimes: a value younger than Fresh is answered from memory; one younger than Stale is
// answered at once too, while one flight behind reads it anew; anything else waits for a flight. There is one
// flight per key, however many ask. It has a deadline of its own and outlives a caller who leaves. A failure is
// remembered for a moment, and never takes the place of a value.
package cache
