// Package pipefy is a faithful client of Pipefy's GraphQL API, as far as people
// and their memberships go. It decides nothing about thrift: it sends what it is
// asked for, reads tolerantly, and says honestly what came of it.
//
// # Documents
//
// Every document is static, in documents/*.graphql, checked against the
// hand-written schema.graphql and typed by genqlient into generated. The one
// exception is the reading of many member lists at once (batch.go), whose
// document names each pipe or table under an alias of its own:
//
//	a0: pipe(id: $i0) { ...PipeRoster }
//	a1: pipe(id: $i1) { ...PipeRoster }
//
// Its fragments and answer types are those of the static PipeMembers and
// TableMembers documents, and its ids travel as variables. The alternative,
// pipes(ids: […]), would be static, but nobody has documented what it does with
// an unreadable id (a null element, a missing one, or no list at all), and its
// elements have to be matched by id although a table answers to two ids. Under
// aliases one bad id nulls one field, errors[].path names that alias, and nothing
// is matched by position or by id. Both ways cost one metered call.
//
// # Failures
//
// Pipefy reports most failures inside an HTTP 200. An answer whose root fields
// are all null fails the call with a *wire.Failure, as an HTTP failure does; an
// answer in part is used, and what is missing is named (Members.Whole,
// Rosters.Gaps). A refused write is a Failure too; one whose effect is unknown
// has Failure.Ambiguous set, and the caller must read again before repeating it.
// No failure carries the vendor's prose.
package pipefy

//go:generate go tool genqlient
