//go:build !race

package contract_test

// many is how many people the large world has.
const many = 10_000

// deedsPerStorm is how much happens in each random history.
const deedsPerStorm = 750
