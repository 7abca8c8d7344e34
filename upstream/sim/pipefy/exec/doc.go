// Package exec executes GraphQL over a schema of objects, scalars, enums and inputs.
//
// It is small because it refuses what the pretend Pipefy does not need: no interfaces, no unions, no
// subscriptions, no parallel fields. Parsing and validation are gqlparser's. A document is prepared
// once (selections merged, arguments coerced, price and depth counted) and then run straight into
// a JSON buffer.
package exec
