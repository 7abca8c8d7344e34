//go:build race

package sim_test

// The race detector makes everything ten times slower, and none of these worlds is shared between
// goroutines while it is made: smaller ones do.
const linkedPeople = 1_000

var largeWorlds = []int{10_000}
