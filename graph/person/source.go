package person

import "time"

// Batch is one whole reading of one source, ready for the directory.
type Batch struct {
	Source SourceID
	System System
	// Account is the vendor's id of what was read, as in Key.Account.
	Account string
	// AsOf is when the reading began: no fact in it is newer than its end or
	// promised to be newer than AsOf.
	AsOf time.Time
	// Identities and Resources are in no particular order; keys are unique.
	Identities []*Identity
	Resources  []*Resource
	Coverage   Coverage
}

// Coverage says how much of a source a reading has seen.
type Coverage struct {
	Seen int
	// Total is what the vendor says there is; negative when it does not tell.
	Total int
	// Complete means that absence from the reading is absence at the source.
	Complete bool
	// GrantsComplete means that every resource was listed with all its members, so
	// that a grant that is not in the reading is not at the source either.
	GrantsComplete bool
	// Gaps says in public sentences what was not seen ("pipe 301 could not be read").
	Gaps []string
}

// Freshness is how old a fact is, and whether it is older than it should be.
type Freshness struct {
	ObservedAt time.Time
	IsStale    bool
	// Reason is a public sentence; "" when fresh.
	Reason string
}

// Health is a source's state as Manifold sees it.
type Health uint8

// The states of a source. Pending has not been read yet; Degraded serves older
// facts because the last reading failed; Unavailable has nothing to serve.
const (
	HealthPending Health = iota
	HealthOK
	HealthDegraded
	HealthUnavailable
)

// SourceState is what the directory knows of one configured source.
type SourceState struct {
	ID     SourceID
	System System
	// Account is "" until the source has answered once.
	Account string
	// Title is a human name: company, organization, or project and environment.
	Title  string
	Health Health
	// Reason is a public sentence saying why Health is not OK; "" when it is.
	Reason string
	// Code is the fault kind behind Reason, as in GraphQL errors; "" when healthy.
	Code string
	// RetryAt is when the next reading is planned; zero when unknown.
	RetryAt  time.Time
	AsOf     time.Time
	Version  uint64
	Coverage Coverage
	// CredentialOwner is the identity whose credential reads this source; zero
	// when the source has none (Pipedream) or did not tell.
	CredentialOwner Key
	// OwnerPhone is the credential owner's own phone, which no other token sees.
	OwnerPhone string
}

// String is the health as the graph spells it.
func (h Health) String() string {
	return [...]string{"PENDING", "OK", "DEGRADED", "UNAVAILABLE"}[h]
}
