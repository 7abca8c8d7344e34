// Package budget decides what may still be spent at a vendor, before the network.
//
// Two things are limited. Tokens belong to an account (a Pipedrive company, a Pipedream
// project) and are counted over a window: the last 24 hours, or the vendor's own day once its
// reset is known. Slots belong to a credential: a slot is held from sending until one burst
// window after the answer, so no window of the vendor's ever holds more requests than its limit.
//
// The arithmetic is pure and stands alone: tally.go, period.go, burst.go, floor.go, vendor.go, purpose.go. A Store
// applies it atomically (Memory here); Ledger adds the waiting, first come first served.
// Conformance of an engine is shown by package budgettest.
//
// The ledger never overspends, under any interleaving: a reservation counts as spent until it is
// settled, and is given back only when no byte was sent. A step of the wall clock frees nothing.
package budget
