// Package pipedrive pretends to be Pipedrive's users API: the ten operations on
// users under /v1, /api/v1 and /api/v2, with token costs, the daily budget, the
// rolling burst window, the documented headers and the error envelopes.
//
// It is written from what Pipedrive documents and shares no code with the client
// that Manifold uses. Where the documents are silent it picks one behaviour and
// says so at the option or the line that picks it.
package pipedrive
