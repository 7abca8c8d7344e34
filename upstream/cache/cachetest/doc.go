// Package cachetest is the conformance suite of cache.Remote, and a second level in memory that passes it.
package cachetest
