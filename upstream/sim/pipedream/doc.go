// Package pipedream is a pretend Pipedream Connect API: one workspace with its projects, external
// users, connected accounts and deployed triggers, held in memory and served over HTTP.
//
// It is written from Pipedream's public documents alone and shares no code with the client that it
// tests. Where the documents are silent or disagree, Options chooses the reading.
//
// Fill a Data, build a State from it, serve it with New:
//
//	state, err := pipedream.NewState(data)
//	srv := httptest.NewServer(pipedream.New(state, pipedream.Options{}))
package pipedream
