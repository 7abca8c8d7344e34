package pipefy

import "time"

// Data is everything the pretend Pipefy knows, as plain values. Ids are positive and unique per
// kind. Members refer to Users by id.
type Data struct {
	Users         []User
	Organizations []Organization
	Pipes         []Pipe
	Tables        []Table
	// Clients may ask /oauth/token for a token.
	Clients []Client
	// PersonalTokens are bearers that never expire.
	PersonalTokens []PersonalToken
}

// User is one Pipefy account. Empty strings and zero times are served as null, except Name and Email.
type User struct {
	ID   int64
	UUID string
	// Name and Email are as the vendor spells them; addresses are compared without regard to case.
	Name, Email           string
	DisplayName, Username string
	AvatarURL             string
	Locale, Timezone      string
	Phone, DepartmentKey  string
	SignupData            string
	// Invited: was invited to register. Confirmed: has confirmed the account.
	Invited, Confirmed      bool
	CreatedAt, LastSignInAt time.Time
	FavoritePipeIDs         []int64
	// ServiceAccount is the truth for tests; no field of the API tells it.
	ServiceAccount bool
}

// Organization is one company account. Pipes and tables refer to it by id.
type Organization struct {
	ID                                               int64
	UUID, Name, PlanName                             string
	CreatedAt                                        time.Time
	CreatedBy                                        int64 // a user id; 0 is served as null
	OnlyAdminCanCreatePipes, OnlyAdminCanInviteUsers bool
	// CustomRoles are role names that the organization has defined beyond the standard ones.
	CustomRoles []string
	// Members are served in this order.
	Members  []Member
	Webhooks []Webhook
}

// Member is a user's place in an organization, pipe or table.
type Member struct {
	UserID int64
	// Role is the vendor's word: super_admin, admin, normal, company_guest, external_guest in an
	// organization; admin, member, creator, my_cards_only, read_and_comment in a pipe; admin,
	// member in a table; or a custom role.
	Role string
	// Billable and CustomRole are null when nil.
	Billable, CustomRole *bool
}

// Pipe is one process of an organization.
type Pipe struct {
	ID               int64
	UUID, SUID, Name string
	Public           bool
	// AnyoneCanCreateCard is a filter of organization.pipes.
	AnyoneCanCreateCard bool
	OrganizationID      int64
	Members             []Member
	Webhooks            []Webhook
}

// Table is one database of an organization.
type Table struct {
	// ID is the public id: a short opaque token such as "ZdeRdE", or digits.
	ID         string
	InternalID int64
	UUID, Name string
	Public     bool
	// Authorization is read or write.
	Authorization  string
	OrganizationID int64
	Members        []Member
	Webhooks       []Webhook
}

// Webhook is a subscription as the API lists it.
type Webhook struct {
	ID               int64
	Name, URL, Email string
	Actions          []string
	Headers          map[string]any
}

// Client is a service account's credential: it acts as UserID.
type Client struct {
	ID, Secret string
	UserID     int64
	// Lifetime of its tokens: five minutes to thirty days. Zero is thirty days.
	Lifetime time.Duration
}

// PersonalToken is a bearer that acts as its owner.
type PersonalToken struct {
	Token  string
	UserID int64
}
