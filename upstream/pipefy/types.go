package pipefy

import (
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// User is a Pipefy account as the vendor shows it. Nothing but ID is sure to be
// set; times are zero and pointers nil where the vendor does not tell.
type User struct {
	ID        string
	UUID      string
	Name      string
	Email     string
	Username  string
	AvatarURL string
	Locale    string
	Timezone  string
	CreatedAt time.Time
	// LastSignInAt is in newer answers only.
	LastSignInAt time.Time
	Invited      *bool
	Confirmed    *bool
}

// Member is a user with a role in one organization, pipe or table. Role is the
// vendor's own word, an open set.
type Member struct {
	Role     string
	Billable *bool
	User     User
}

// Organization is a Pipefy organization. Counts are negative where the vendor
// does not tell; Role is the credential's own.
type Organization struct {
	ID      string
	UUID    string
	Name    string
	Role    string
	Members int
	Pipes   int
}

// Members is a plain list, which Pipefy neither pages nor orders.
type Members struct {
	List []Member
	// Total is what the vendor counts; negative when it does not tell.
	Total int
	// Whole is false when an element of the list could not be read.
	Whole bool
}

// Pipe is a pipe in a list. UUID is what RemoveMembersFromPipe goes by.
type Pipe struct {
	ID     string
	UUID   string
	Name   string
	Public bool
	// Role is the credential's own role.
	Role string
}

// Pipes are the pipes that the credential may list, which are those it belongs
// to whatever its role.
type Pipes struct {
	List []Pipe
	// Total is the organization's count; negative when the vendor does not tell.
	Total int
	Whole bool
}

// Table is a database table in a list. ID may be a short token ("ZdeRdE").
type Table struct {
	ID         string
	InternalID string
	UUID       string
	Name       string
	Public     bool
}

// Tables are the tables that the credential may list.
type Tables struct {
	List []Table
	// Total is the vendor's count; negative when it does not tell.
	Total int
	Whole bool
}

// Roster is the member list of one pipe or table.
type Roster struct {
	// ID is the id that was asked for.
	ID      string
	Members []Member
	// Whole is false when a part of the list could not be read.
	Whole bool
}

// Gap is a pipe or table whose members could not be read.
type Gap struct {
	ID     string
	Reason GapReason
}

// GapReason says in public words why a list could not be read.
type GapReason string

// The reasons. The vendor does not tell missing from forbidden.
const (
	GapHidden  GapReason = "missing, or hidden from the credential"
	GapTooBig  GapReason = "too large or too slow to list, even alone"
	GapFailure GapReason = "the source failed to list it"
)

// Rosters are many member lists: every id that was asked for is in one of the two.
type Rosters struct {
	Read []Roster
	Gaps []Gap
	// Documents is how many calls that took, retries not counted.
	Documents int
}

// Place is an organization, a pipe or a table in which a member has a role.
type Place struct {
	Kind person.ResourceKind
	ID   string
}

// InOrganization, InPipe and InTable make places.
func InOrganization(id string) Place { return Place{person.ResourceOrganization, id} }

// InPipe is the place of a pipe's members.
func InPipe(id string) Place { return Place{person.ResourcePipe, id} }

// InTable is the place of a table's members.
func InTable(id string) Place { return Place{person.ResourceTable, id} }
