package pipedream

import "time"

// Data is one Pipedream workspace, as plain values.
type Data struct {
	// Clients may ask /v1/oauth/token for a token; each reaches every project.
	Clients []Client
	// Apps is the catalogue of GET /v1/connect/apps. Accounts may use apps outside it.
	Apps     []*App
	Projects []Project
}

// Client is an OAuth client of the workspace.
type Client struct {
	ID, Secret string
	// Scopes is what it may ask for; empty is everything ("*").
	Scopes []string
}

// App is an integration, shared by the accounts that use it; immutable once in a State.
type App struct {
	// ID is app_… or oa_…; "" is served as null.
	ID string
	// NameSlug is left out of the answer when "", as in old records, along with all but ID and Name.
	NameSlug string
	Name     string
	// AuthType is keys, oauth or none; "" is served as null.
	AuthType         string
	Description      string // "" is served as null
	ImgSrc           string
	CustomFieldsJSON string // "" is served as null
	Categories       []string
	FeaturedWeight   int64
	ScopeProfiles    []ScopeProfile
}

// ScopeProfile is a named set of OAuth scopes: read_only, read_write or admin.
type ScopeProfile struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes"`
}

// Project holds external users in two environments kept apart.
type Project struct {
	// ID matches ^proj_[a-zA-Z0-9]+$.
	ID, Name              string
	AppName, SupportEmail string // "" is served as null
	RequireKeyAuthTest    bool
	// Apps are those linked to the project.
	Apps                    []*App
	Development, Production Environment
}

// Environment is the content of one environment of a project. Development holds at most
// DevelopmentUsers external users.
type Environment struct {
	Users    []ExternalUser
	Accounts []Account
	Triggers []Trigger
}

// DevelopmentUsers is how many external users a development environment allows.
const DevelopmentUsers = 10

// ExternalUser is one end user of the customer.
type ExternalUser struct {
	// ID is exu_… and unique in its environment.
	ID string
	// ExternalID is chosen by the customer: free text of at most 250 characters.
	ExternalID string
	// The dates are left out of the answer when zero.
	CreatedAt, UpdatedAt time.Time
}

// Account is one connected account of an external user, who must be among the environment's Users.
type Account struct {
	// ID is apn_… and unique in its environment.
	ID         string
	ExternalID string
	// Name is null when nil.
	Name    *string
	Healthy bool
	// Dead is null when nil, which means not dead.
	Dead                 *bool
	App                  *App
	CreatedAt, UpdatedAt time.Time
	AuthorizedScopes     []string
	// Refresh is left out of the answer when nil, as in older records.
	Refresh *Refresh
	// Credentials are answered only to include_credentials=true.
	Credentials map[string]any
}

// Refresh is the state of an account's credentials. Nil pointers are served as null.
type Refresh struct {
	Error                                     *string
	ExpiresAt, LastRefreshedAt, NextRefreshAt *time.Time
}

// TriggerType is an emitter_type.
type TriggerType string

// The types of deployed triggers.
const (
	TriggerSource TriggerType = "source"
	TriggerHTTP   TriggerType = "http"
	TriggerTimer  TriggerType = "timer"
	TriggerEmail  TriggerType = "email"
)

// Trigger is something deployed for an external user.
type Trigger struct {
	// ID is dc_… for sources, hi_… for HTTP, ti_… for timers; email has no documented form.
	ID         string
	Type       TriggerType
	ExternalID string
	// AccountIDs are the accounts it uses: deleting one of them deletes the trigger.
	AccountIDs           []string
	CreatedAt, UpdatedAt time.Time

	// Sources only.
	ComponentID       string
	ComponentKey      *string
	Name, NameSlug    string
	Active            bool
	ConfigurableProps []map[string]any
	ConfiguredProps   map[string]any
	WebhookSigningKey *string

	// HTTP interfaces only.
	Key, EndpointURL string
	CustomResponse   bool

	// Timers only.
	IntervalSeconds   *int64
	Cron              *string
	Timezone          string
	ScheduleChangedAt time.Time
}
