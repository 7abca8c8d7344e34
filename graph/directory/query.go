package directory

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// PeopleFilter says which people. All conditions must hold; a list means any of
// its values, and an empty list is no condition. Levels and Roles speak of one
// and the same grant: one on Resources where those are given, else one on Apps
// where those are given, else any.
type PeopleFilter struct {
	// Search holds words that begin a word of a name or an address.
	Search   string
	SearchIn SearchIn

	Systems []person.System
	Sources []person.SourceID
	Status  []person.State
	// Kinds is human and unknown when empty.
	Kinds []person.Kind

	Roles     []string
	Levels    []person.Level
	Resources []person.ResourceKey
	// Apps are names of company apps or slugs of connected apps.
	Apps         []string
	EmailDomains []string

	// Linked asks for people with identities in two systems or more, or in one only,
	// as far as is known now: it does not claim absence.
	Linked *bool

	// PresentIn asks for an identity in every one of the systems or sources.
	PresentIn        []person.System
	PresentInSources []person.SourceID
	// AbsentIn asks for no identity in any of the systems or sources. It is
	// refused while one of them is not completely known.
	AbsentIn        []person.System
	AbsentInSources []person.SourceID
}

// SearchIn says where a search looks; the zero value looks everywhere.
type SearchIn uint8

// The places to search, to be combined.
const (
	SearchNames SearchIn = 1 << iota
	SearchEmails
)

// PeopleField is what people can be ordered by.
type PeopleField uint8

// The orders of people. What has no value comes last in both directions, and the
// person's id breaks ties.
const (
	ByDisplayName PeopleField = iota
	ByCreatedAt
	ByLastSeenAt
	ByPrimaryEmail
)

// PeopleOrder is a field and a direction.
type PeopleOrder struct {
	Field      PeopleField
	Descending bool
}

// PeopleQuery asks for a page of people.
type PeopleQuery struct {
	Filter PeopleFilter
	Order  PeopleOrder
	Window
	// Now is the time of asking: a refusal counts from it when to come back. Zero
	// leaves that unsaid.
	Now time.Time
}

// ResourceFilter says which resources, in the manner of PeopleFilter.
type ResourceFilter struct {
	Kinds   []person.ResourceKind
	Systems []person.System
	Sources []person.SourceID
	// Search holds words that begin a word of the name.
	Search string
}

// ResourceQuery asks for a page of resources, by name.
type ResourceQuery struct {
	Filter ResourceFilter
	Window
}

// GrantFilter says which grants, in the manner of PeopleFilter.
type GrantFilter struct {
	Kinds   []person.ResourceKind
	Systems []person.System
	Levels  []person.Level
}
