//go:build race

package contract_test

// many is fewer where every access is watched.
const many = 4_000

// deedsPerStorm is how much happens in each random history.
const deedsPerStorm = 50
