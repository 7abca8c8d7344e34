// Package shared is the budget ledger that replicas share through Redis: one server, or a Cluster.
//
// The arithmetic is package budget's, in Lua: each method is one atomic script over the keys of one account, which share a hash
// tag. The conformance suite and a differential test hold both engines to the same answers. lua/ has one file for each of
// budget's, and three more: clock.lua, epoch.lua and escrow.lua.
//
// # Time
//
// The scripts count in the ledger's time. It runs with the server's clock but never faster than the monotonic clock of whoever
// calls, so a step of the server's clock, a restart or a failover to a machine with another clock frees nothing.
//
// # Epochs
//
// A Redis process that did not hold the ledger before (it restarted, was restored, or was promoted) may have lost the last writes, or
// all. It is known by its run id, which every script compares. A new one begins an epoch: for a grace nothing is granted
// (budget.Recovering), and no replica is granted anything before it has reported: what it was granted by class, what it holds open,
// what lies in escrow for it, which stops it knows, and the total that the server told it last. The script counts what it did not know
// of these, and raises the total to the highest that anyone saw: that is what replicas spent which have died since. Open reservations
// are opened again, so they are settled as if nothing had happened.
//
// Writes are not awaited on a replica of Redis (WAIT): every grant that was used was answered, so whoever uses it reports it. The grace
// covers the loss, for a call costs one round trip and not two. What it does not cover: a replica of Manifold that is cut off together
// with an old master which still takes its writes. Redis bounds that by min-replicas-to-write 1, which operators SHOULD set.
//
// # Escrow
//
// While Redis answers, each replica withdraws a little in advance: tokens, debited at once, and burst slots, which nobody else
// may use until the lease ends. When Redis does not answer in time, the replica spends that alone, interactive reads and acts only. The
// lease is measured from before the request that renewed it was sent; the server waits the longest request longer. Whoever
// dies leaves its escrow: the tokens count as spent when the lease ends, the slots come free.
//
// A call whose answer did not come may have been executed. What it reserved counts as spent, is used by nobody, and is given back
// when Redis answers again.
//
// # Bounds
//
// An account keeps at most 1,200 grains, its open reservations (at most those of one request timeout), a row for each
// replica of the last two windows, and 97 pages of at most 1,000 purposes. All keys expire two windows after the last call.
package shared
