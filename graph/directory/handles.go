package directory

import (
	"time"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Person is one human, bot or organization with all its identities.
type Person struct {
	v View
	n int32
}

// ID is the person's own id.
func (p Person) ID() person.ID { return person.ID{} }

// DisplayName is the name to show; never "".
func (p Person) DisplayName() string { return "" }

// Kind is what stands behind the person.
func (p Person) Kind() person.Kind { return 0 }

// Status is active if any identity is, else unconfirmed if any is, else inactive, else erased.
func (p Person) Status() person.State { return 0 }

// PrimaryEmail is the address to write to; nil when no identity has one.
func (p Person) PrimaryEmail() *string { return nil }

// Emails lists every address once, the primary one first.
func (p Person) Emails() []string { return nil }

// AvatarURL is a picture; nil when no identity has one.
func (p Person) AvatarURL() *string { return nil }

// CreatedAt is when the oldest identity was made; nil where no source tells.
func (p Person) CreatedAt() *time.Time { return nil }

// LastSeenAt is when any source last saw them; nil where none did or tells.
func (p Person) LastSeenAt() *time.Time { return nil }

// Identities lists the person's identities in the order of their keys.
func (p Person) Identities() []Identity { return nil }

// IdentitiesIn lists the identities in one system, in the order of their keys.
func (p Person) IdentitiesIn(system person.System) []Identity { return nil }

// Links lists why the identities belong together.
func (p Person) Links() []Link { return nil }

// GrantsComplete tells whether Grants knows all: every source is completely read,
// and every resource of the person's accounts knows its members.
func (p Person) GrantsComplete() bool { return false }

// Identity is one account as its source reports it.
type Identity struct {
	v View
	n int32
}

// Raw is the record itself, shared and read-only.
func (i Identity) Raw() *person.Identity { return nil }

// Key is what stays the same at the vendor.
func (i Identity) Key() person.Key { return i.Raw().Key }

// DisplayName is the vendor's name for it; the address or the id where it has none.
func (i Identity) DisplayName() string { return "" }

// Email is the address as the vendor spells it; nil where it reports none.
func (i Identity) Email() *string { return nil }

// IsActive tells whether it can be used now.
func (i Identity) IsActive() bool { return i.Raw().State == person.StateActive }

// Kind is what stands behind it, after the linking rules had their say.
func (i Identity) Kind() person.Kind { return 0 }

// Person is whose it is.
func (i Identity) Person() Person { return Person{} }

// Source is where it is.
func (i Identity) Source() Source { return Source{} }

// Links lists what holds it to the person's other identities.
func (i Identity) Links() []Link { return nil }

// Freshness is how old its facts are.
func (i Identity) Freshness() person.Freshness { return person.Freshness{} }

// Resource is something that may be reached.
type Resource struct {
	v View
	n int32
}

// Raw is the record itself, shared and read-only.
func (r Resource) Raw() *person.Resource { return nil }

// Key is what stays the same at the vendor.
func (r Resource) Key() person.ResourceKey { return r.Raw().Key }

// Name is the vendor's name for it.
func (r Resource) Name() string { return r.Raw().Name }

// Kind is the sort of resource.
func (r Resource) Kind() person.ResourceKind { return r.Raw().Key.Kind }

// Source is where it is.
func (r Resource) Source() Source { return Source{} }

// Parent is the company, organization or project that holds it; nil for those.
func (r Resource) Parent() *Resource { return nil }

// MembersComplete tells whether Members knows all: the resource and its source do.
func (r Resource) MembersComplete() bool { return false }

// Source is one configured account of a system.
type Source struct {
	v View
	n int32
}

// ID is the source's configured name.
func (s Source) ID() person.SourceID { return "" }

// System is which system it is of.
func (s Source) System() person.System { return 0 }

// State is what is known of it; do not write to its slices.
func (s Source) State() person.SourceState { return person.SourceState{} }

// Freshness is how old its facts are; nil until it has been read once.
func (s Source) Freshness() *person.Freshness { return nil }

// Coverage is how much of it has been seen; nil until it has been read once.
func (s Source) Coverage() *person.Coverage { return nil }

// CredentialOwner is the identity whose credential reads it; nil where there is none.
func (s Source) CredentialOwner() *Identity { return nil }

// Link is why two identities of a person belong together.
type Link struct {
	v   View
	raw *link.Link
}

// Evidence is what speaks for it, shared and read-only.
func (l Link) Evidence() *link.Evidence { return &l.raw.Evidence }

// Identities are the two that it joins.
func (l Link) Identities() []Identity { return nil }

// Suggestion is a pair that may be one person.
type Suggestion struct {
	v   View
	raw *link.Suggestion
}

// Evidence is what speaks for it, shared and read-only.
func (s Suggestion) Evidence() *link.Evidence { return &s.raw.Evidence }

// Identities are the two concerned.
func (s Suggestion) Identities() []Identity { return nil }

// Conflict is a contradiction in the evidence.
type Conflict struct {
	v   View
	raw *link.Conflict
}

// Reason is why the evidence could not be followed.
func (c Conflict) Reason() link.ConflictReason { return c.raw.Reason }

// Identities are all concerned, in the order of their keys.
func (c Conflict) Identities() []Identity { return nil }

// Links are what pulled them together.
func (c Conflict) Links() []Link { return nil }

// Grant is that an identity may reach a resource, and how far.
type Grant struct {
	v        View
	identity int32
	raw      *person.Grant
}

// Raw is the record itself, shared and read-only.
func (g Grant) Raw() *person.Grant { return g.raw }

// Resource is what may be reached.
func (g Grant) Resource() Resource { return Resource{} }

// Identity is which of the person's identities may reach it.
func (g Grant) Identity() Identity { return Identity{} }

// Level is how far, in the common vocabulary.
func (g Grant) Level() person.Level { return g.raw.Level }

// Role is the vendor's own word; nil where it has none.
func (g Grant) Role() *string { return nil }
