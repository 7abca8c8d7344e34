// Package shared is the budget ledger that replicas share through Redis.
package shared
