package person

import (
	"cmp"
	"strings"
)

// ResourceKind is the sort of thing that a grant reaches.
type ResourceKind uint8

// The kinds of resources. Company and CompanyApp are Pipedrive's, Organization, Pipe and
// Table are Pipefy's, Project and ConnectedApp are Pipedream's.
const (
	ResourceCompany ResourceKind = iota + 1
	ResourceCompanyApp
	ResourceOrganization
	ResourcePipe
	ResourceTable
	ResourceProject
	ResourceConnectedApp
)

// ResourceKey is the identity of a resource at its vendor. Account is as in Key.
//
//	CompanyApp    ID = the app's name in access[] ("sales")
//	ConnectedApp  ID = the app's slug ("slack")
//	Company, Organization, Project  ID = Account
type ResourceKey struct {
	System  System
	Account string
	Kind    ResourceKind
	ID      string
}

// Compare orders resource keys by system, account, kind and id.
func (k ResourceKey) Compare(o ResourceKey) int {
	return cmp.Or(cmp.Compare(k.System, o.System), strings.Compare(k.Account, o.Account),
		cmp.Compare(k.Kind, o.Kind), strings.Compare(k.ID, o.ID))
}

// Resource is something an identity may reach. Immutable once in a Batch.
type Resource struct {
	Key    ResourceKey
	Source SourceID
	Name   string
	// Parent is the containing company, organization or project; nil for those.
	Parent *Resource
	// MembersComplete says whether every member is known: false where the source's
	// credential cannot list them, so that "no grant" is not "no access".
	MembersComplete bool
}

// Level is the common vocabulary for roles.
type Level uint8

// The levels, weakest first. LevelOther is a role that we do not know: the
// vendor's own word is beside it.
const (
	LevelOther Level = iota
	LevelGuest
	LevelReader
	LevelMember
	LevelAdmin
	LevelOwner
)

// Grant says that an identity may reach a resource, and how far.
type Grant struct {
	Resource *Resource
	Level    Level
	// Role is the vendor's own word ("my_cards_only"); "" where it has none.
	Role string
}
