// Package graph is the first of Manifold's four rooms and the map of the
// repository:
//
//	graph/      what is true: values and decisions, no network, disk, clock or globals
//	upstream/   where it comes from: everything that can fail because something outside failed
//	resolvers/  how it is asked: decode an id, call a use case, convert
//	cmd/        how it is run: the only room where the other three meet
//
// resolvers and upstream never see each other; both look down at graph. The
// rules are rows in layers_test.go, each with its reason.
package graph

//go:generate go tool gqlgen generate
