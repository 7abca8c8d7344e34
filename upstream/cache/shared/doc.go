// Package shared keeps a cache's second level in Redis, one server or a Cluster.
//
// One Cache serves many kinds of values; Kind gives the level of one. Run carries the notices between processes. A
// Redis that fails or is slow is left alone for a moment: every method then answers ErrAway at once. The layout of keys and
// the lease protocol are in docs/caching.md.
package shared
