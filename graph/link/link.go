// Package link decides which identities are one person, and says why. It is
// pure: identities and decisions in, clusters and evidence out. The result does
// not depend on the order of its input, and the work is linear in its size.
package link

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// Trust says who could have written a piece of evidence.
type Trust uint8

// The trust classes, weakest first. Acts cross only Verified and Confirmed links.
const (
	// Claimed evidence may be written by a stranger.
	Claimed Trust = iota
	// Verified: both vendors verified the address by login, or one vendor's own key joins both.
	Verified
	// Confirmed: a human or a mapping file says so.
	Confirmed
)

// Basis is the family of rule behind a link.
type Basis uint8

// The bases.
const (
	BasisEmail       Basis = iota + 1 // the same address after canonicalisation
	BasisExternalID                   // read out of a Pipedream external_user_id
	BasisSameUser                     // the same vendor user id in another company or organization
	BasisMapping                      // the operator's mapping file
	BasisAccountName                  // the name of a connected account is an address
	BasisDecision                     // a human decided
	BasisName                         // the same name; only ever a suggestion
)

// Evidence is why two identities belong together.
type Evidence struct {
	Basis Basis
	// Rule is the configured rule's name ("email", "template:pipedrive").
	Rule  string
	Trust Trust
	// Strength is 0 to 1; 1 is certain.
	Strength float32
	// Matched is what matched: it may hold an address, so it needs the e-mail scope.
	Matched string
	// DecidedAt and DecidedBy are set for decisions and mappings alone.
	DecidedAt time.Time
	DecidedBy string
	// Reason is why a human decided, in their words; "" otherwise.
	Reason string
}

// Link joins two identities, given by their place in the input. A < B.
type Link struct {
	A, B int32
	Evidence
}

// Verb is what a human decided about two identities.
type Verb uint8

// The verbs of decisions.
const (
	Join  Verb = iota + 1 // they are one person
	Apart                 // they are never one person
)

// Decision is a human's word about two identities; it wins over every rule, and
// of two decisions about the same pair the later one wins.
type Decision struct {
	Verb   Verb
	A, B   person.Key
	At     time.Time
	By     string
	Reason string
}

// Suggestion is evidence too weak to link on: for a human to confirm or dismiss.
type Suggestion struct {
	A, B int32
	Evidence
}

// ConflictReason says why evidence could not be followed.
type ConflictReason uint8

// The reasons of conflicts.
const (
	// ConflictSameAccount: following it would merge two users of one company, or two Pipefy users.
	ConflictSameAccount ConflictReason = iota + 1
	// ConflictContestedEmail: the address is used by several people of one account.
	ConflictContestedEmail
	// ConflictDecision: a human has ruled it out, or decisions contradict each other.
	ConflictDecision
)

// Conflict is a contradiction shown with all sides instead of a silent choice.
type Conflict struct {
	Reason ConflictReason
	// Members are the identities concerned, in input order of their keys.
	Members []int32
	// Evidence is what pulled them together.
	Evidence []Link
}

// Result is what Link decided about its input. All slices are in an order that
// depends on the identities' keys alone.
type Result struct {
	// Cluster gives for each identity the input index of its cluster's smallest key.
	Cluster []int32
	// Kind gives each identity's kind after the rules had their say.
	Kind        []person.Kind
	Links       []Link
	Suggestions []Suggestion
	Conflicts   []Conflict
	// Contested maps a canonical address that links nobody to those who use it.
	Contested map[string][]int32
}
