// Package pipefy is a pretend Pipefy: a real GraphQL server that executes the slice of the schema
// which deals with people and membership, over a state held in memory.
//
// It is written from Pipefy's public documents alone and shares no code with the client that it
// tests. Where the documents are silent or disagree, Options chooses the reading.
//
// Fill a Data, build a State from it, serve it with New:
//
//	state, err := pipefy.NewState(data)
//	srv := httptest.NewServer(pipefy.New(state, pipefy.Options{}))
//
// The server answers POST /graphql and POST /oauth/token; everything else is 404.
package pipefy
