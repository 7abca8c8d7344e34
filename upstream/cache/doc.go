// Package cache keeps what was read from a vendor, so that nobody reads it twice.
//
// A Cache has two lifetimes: a value younger than Fresh is answered from memory; one younger than Stale is
// answered at once too, while one flight behind reads it anew; anything else waits for a flight. There is one
// flight per key, however many ask. It has a deadline of its own and outlives a caller who leaves, unless that is the
// last and nothing has been sent yet: then it is withdrawn. A failure is remembered for a moment, and never
// takes the place of a value. A caller may ask for more or for less: see Want.
//
// Behind memory there may be a second level, a Remote, that several processes share. Then there is one flight per
// key among all of them. A Remote that fails is done without. docs/caching.md has the protocol and its reasons.
package cache
