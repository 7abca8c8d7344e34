package config

import (
	"cmp"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/budget"
)

// The systems, as the file spells them.
const (
	Pipedrive = "pipedrive"
	Pipefy    = "pipefy"
	Pipedream = "pipedream"
)

// Source is one account to read. Settings that belong to another system are refused.
type Source struct {
	ID             string        `yaml:"id" jsonschema:"required" jsonschema_description:"Your name for this account: lower-case letters, digits and dashes; unique. Clients see it."`
	System         string        `yaml:"system" jsonschema:"required,enum=pipedrive,enum=pipefy,enum=pipedream" jsonschema_description:"Which system the account is in."`
	Title          string        `yaml:"title" jsonschema_description:"What people call this account; the vendor's own name when left out."`
	BaseURL        string        `yaml:"base_url" jsonschema_description:"Where the system's API is: https, or http on loopback. The vendor's own address when left out; for Pipedrive better https://YOURCOMPANY.pipedrive.com."`
	RefreshEvery   time.Duration `yaml:"refresh_every" jsonschema_description:"How often the account is read anew: 15m for Pipedrive and Pipefy, 10m for Pipedream when left out. At least 10s. It is stretched while the budget would not last."`
	RefreshFastest time.Duration `yaml:"refresh_fastest" jsonschema_description:"How often the account may be read while the budget is plentiful and people look at the picture; at most twice as often as refresh_every. No faster than refresh_every when left out."`

	Token        Secret `yaml:"token" origin:"TokenFrom" systems:"pipedrive,pipefy" jsonschema_description:"Pipedrive: the personal API token of an admin. Pipefy: a personal access token, where no service account is at hand."`
	ClientID     string `yaml:"client_id" systems:"pipefy,pipedream" jsonschema_description:"The id of a Pipefy service account or of a Pipedream OAuth client."`
	ClientSecret Secret `yaml:"client_secret" origin:"ClientSecretFrom" systems:"pipefy,pipedream" jsonschema_description:"The secret that belongs to client_id."`
	TokenURL     string `yaml:"token_url" systems:"pipefy,pipedream" jsonschema_description:"Where client_id and client_secret are changed for a token; the vendor's own address when left out, or the same path under base_url when that is set."`

	CompanyID string `yaml:"company_id" systems:"pipedrive" jsonschema:"oneof_type=string;integer" jsonschema_description:"The Pipedrive company's number. Only linking.mapping needs it; a token of another company is then refused."`

	OrganizationID string `yaml:"organization_id" systems:"pipefy" jsonschema:"oneof_type=string;integer" jsonschema_description:"The Pipefy organization's number, as in app.pipefy.com/organizations/NUMBER."`
	RemoveFromPipe string `yaml:"remove_from_pipe" systems:"pipefy" jsonschema_description:"The mutation that takes a member out of a pipe: Pipefy's documents spell it in two ways." jsonschema:"enum=removeUserFromPipe,enum=removeUserFromRepo,default=removeUserFromPipe"`
	IncludePublics bool   `yaml:"include_publics" systems:"pipefy" jsonschema_description:"Also read public pipes of the organization that the credential is no member of." jsonschema:"default=false"`

	ProjectID   string `yaml:"project_id" systems:"pipedream" jsonschema_description:"The Pipedream project, such as proj_abc123."`
	Environment string `yaml:"environment" systems:"pipedream" jsonschema_description:"Which of the project's two worlds to read." jsonschema:"enum=production,enum=development,default=production"`

	Budget Budget `yaml:"budget" jsonschema_description:"What Manifold may spend here."`

	Webhook Webhook `yaml:"webhook" jsonschema_description:"The secret with which the vendor tells Manifold of changes, at /webhooks/SYSTEM/ID; docs/webhooks.md says how to register it. Left out: nothing is received."`

	TokenFrom        *Origin `yaml:"-"`
	ClientSecretFrom *Origin `yaml:"-"`
}

// Budget is what may be spent on a source: Tokens, or Share of what Plan and Seats give.
type Budget struct {
	Tokens    int      `yaml:"tokens" jsonschema_description:"Tokens per day that Manifold may spend (requests per window outside Pipedrive). Instead of plan, seats and share."`
	Plan      string   `yaml:"plan" systems:"pipedrive" jsonschema:"enum=lite,enum=growth,enum=premium,enum=ultimate" jsonschema_description:"The company's Pipedrive plan; with seats and share it gives the tokens."`
	Seats     int      `yaml:"seats" systems:"pipedrive" jsonschema_description:"How many seats the company pays for."`
	Share     *float64 `yaml:"share" systems:"pipedrive" jsonschema_description:"The part of the company's tokens that is Manifold's, above 0 and at most 1." jsonschema:"default=1"`
	ResetHour *int     `yaml:"reset_hour" systems:"pipedrive" jsonschema_description:"The hour (0 to 23, UTC) at which the vendor's day begins, where it is known. Left out: a rolling day until the vendor's headers show it."`
	Burst     int      `yaml:"burst" jsonschema_description:"Requests per 2 seconds that this credential may make; for Pipedrive by plan when left out."`
}

// SystemOf is the source's system as the graph knows it.
func (s Source) SystemOf() person.System {
	switch s.System {
	case Pipedrive:
		return person.Pipedrive
	case Pipefy:
		return person.Pipefy
	case Pipedream:
		return person.Pipedream
	}
	return 0
}

type official struct {
	base, token, tokenPath string
	refresh                time.Duration
}

var officials = map[string]official{
	Pipedrive: {base: "https://api.pipedrive.com", refresh: 15 * time.Minute},
	Pipefy:    {base: "https://api.pipefy.com", token: "https://app.pipefy.com/oauth/token", tokenPath: "/oauth/token", refresh: 15 * time.Minute},
	Pipedream: {base: "https://api.pipedream.com", token: "https://api.pipedream.com/v1/oauth/token", tokenPath: "/v1/oauth/token", refresh: 10 * time.Minute},
}

// smallestPlan is what a company that names none is taken to have.
const smallestPlan = "lite"

// complete fills in what the file left out.
func (s *Source) complete() {
	o, known := officials[s.System]
	if !known {
		return
	}
	if s.TokenURL == "" && s.ClientID != "" {
		s.TokenURL = o.token
		if s.BaseURL != "" {
			s.TokenURL = trimSlash(s.BaseURL) + o.tokenPath
		}
	}
	if s.BaseURL == "" {
		s.BaseURL = o.base
	}
	s.BaseURL = trimSlash(s.BaseURL)
	if s.RefreshEvery == 0 {
		s.RefreshEvery = o.refresh
	}
	switch s.System {
	case Pipedrive:
		if s.Budget.Burst == 0 {
			plan := budget.Plan(cmp.Or(s.Budget.Plan, smallestPlan))
			s.Budget.Burst, _ = budget.BurstOf(plan, false) // an unknown plan is told by validation
		}
	case Pipefy:
		if s.RemoveFromPipe == "" {
			s.RemoveFromPipe = "removeUserFromPipe"
		}
	case Pipedream:
		if s.Environment == "" {
			s.Environment = "production"
		}
	}
}

// PortionOfTokens is Budget.Share with its default.
func (b Budget) PortionOfTokens() float64 {
	if b.Share == nil {
		return 1
	}
	return *b.Share
}

// perDay is what Manifold may spend of a Pipedrive company's tokens.
func (b Budget) perDay() int {
	if b.Tokens != 0 {
		return b.Tokens
	}
	if tokens, ok := budget.ShareOf(budget.Plan(b.Plan), b.Seats, b.PortionOfTokens()); ok {
		return tokens
	}
	return int(budget.DefaultTokens * b.PortionOfTokens())
}

func trimSlash(u string) string {
	for len(u) > 0 && u[len(u)-1] == '/' {
		u = u[:len(u)-1]
	}
	return u
}
