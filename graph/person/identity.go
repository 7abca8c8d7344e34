package person

import "time"

// Kind says what stands behind an identity or a person.
type Kind uint8

// The kinds. Unknown is the zero value: nothing told us.
const (
	KindUnknown Kind = iota
	KindHuman
	KindBot
	KindOrganization
)

// State is an identity's standing at its vendor.
type State uint8

// The states. Unconfirmed is invited but not yet accepted. Erased is permanently deleted at the
// vendor, with personal data gone.
const (
	StateActive State = iota
	StateInactive
	StateUnconfirmed
	StateErased
)

// Identity is one account as one source reports it. Exactly one of Pipedrive,
// Pipefy and Pipedream is set, the one that Key.System names.
type Identity struct {
	Key    Key
	Source SourceID

	// Name is the vendor's display name; "" where it reports none (Pipedream).
	Name string
	// Email is the address as the vendor spells it; "" where it reports none.
	Email string
	// EmailVerified says that the vendor has seen the owner of Email log in or
	// confirm, as opposed to an address that somebody else typed.
	EmailVerified bool
	AvatarURL     string
	State         State
	// Kind is what the source itself knows; KindUnknown leaves it to the rules.
	Kind Kind
	// CreatedAt and LastSeenAt are zero where the vendor does not tell.
	CreatedAt  time.Time
	LastSeenAt time.Time

	// Grants is what this identity may reach, ordered by resource key.
	Grants []Grant

	Pipedrive *PipedriveUser
	Pipefy    *PipefyUser
	Pipedream *PipedreamUser
}

// PipedriveUser is what a Pipedrive user has beyond the common fields. Field
// names follow the vendor. Values that are relative to the token that read them
// (is_you, phone) are not here: see SourceState.CredentialOwner.
type PipedriveUser struct {
	UserID            int64
	CompanyID         int64
	Lang              *int
	Locale            string
	TimezoneName      string
	TimezoneOffset    string
	DefaultCurrency   string
	RoleID            *int64
	ActiveFlag        bool
	IsDeleted         bool
	HasCreatedCompany bool
	// Activated is nil where the vendor no longer sends it.
	Activated *bool
	Modified  time.Time
	LastLogin time.Time
	Access    []PipedriveAccess
}

// PipedriveAccess is one entry of a user's access list. App is an open set.
type PipedriveAccess struct {
	App             string
	Admin           bool
	PermissionSetID string
}

// IsAdmin tells whether the user administers the whole company account.
func (u *PipedriveUser) IsAdmin() bool {
	for _, a := range u.Access {
		if a.App == "global" && a.Admin {
			return true
		}
	}
	return false
}

// PipefyUser is what a Pipefy user has beyond the common fields.
type PipefyUser struct {
	UserID   string
	UUID     string
	Username string
	Locale   string
	Timezone string
	// Invited says that somebody invited the address; Confirmed that its owner
	// has confirmed the account. Nil: the source did not tell.
	Invited   *bool
	Confirmed *bool
	// OrganizationRole is the vendor's role name in the organization; "" when the
	// user was met only in a pipe or table.
	OrganizationRole string
	// Billable is nil where the vendor does not tell.
	Billable *bool
}

// PipedreamUser is what a Pipedream Connect external user has beyond the common
// fields.
type PipedreamUser struct {
	// ExternalUserID is chosen by the customer, free text of at most 250 characters.
	ExternalUserID string
	// UserID is Pipedream's own exu_… id; "" for a user known only by accounts.
	UserID      string
	ProjectID   string
	Environment string
	// Accounts are ordered by app slug, then newest first, then id.
	Accounts []PipedreamAccount
}

// PipedreamAccount is one connected account of an external user. Credentials
// never enter the process.
type PipedreamAccount struct {
	ID   string
	Name string
	// App.Slug is the key of the app; Name may stand alone in old answers.
	AppSlug string
	AppName string
	// AuthType is "oauth", "keys", "none" or "".
	AuthType string
	// Healthy and Dead are nil where the vendor does not tell; Dead nil means not dead.
	Healthy          *bool
	Dead             *bool
	AuthorizedScopes []string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	ExpiresAt        time.Time
	LastRefreshedAt  time.Time
	NextRefreshAt    time.Time
}
