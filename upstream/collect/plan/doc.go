// Package plan decides how identities are read anew: one by one, or all with one list. It is pure: time and
// facts come in, a decision with its reason comes out, and nothing is called.
//
// It is ski rental with freshness: a single reading serves one identity until it is too old, the list serves
// everybody for as long. A Window may follow a forecast, right or wrong, only as far as its spending stays within twice
// that of a planner who knew all demands of the window beforehand; see choose.
package plan
