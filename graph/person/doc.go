// Package person holds the nouns of Manifold: identities as the three systems
// report them, what they may reach, and the words for freshness and coverage.
//
// Everything here is a value. A *Identity that has entered a directory snapshot
// is immutable and shared between snapshots: never write to one.
package person
