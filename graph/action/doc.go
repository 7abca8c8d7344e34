// Package action holds what is true of acts: what one would do, whether it may be
// done, in which order, and what came of each step. It calls nobody. What runs
// acts is upstream/act; what keeps them is a Store.
package action
