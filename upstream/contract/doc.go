// Package contract is where the three clients meet the three simulators.
//
// Each client and its simulator were written apart from each other, from the same
// documents, so that a misreading of one shows as a disagreement here. The package
// holds tests alone: every operation over real HTTP, whole readings held against
// the simulator's own data, every fault, and the budget under a storm.
package contract
