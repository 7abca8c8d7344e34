//go:build !race

package sim_test

// How large the worlds of the tests are.
const linkedPeople = 10_000

var largeWorlds = []int{10_000, 100_000}
