package budget

import "github.com/manifold-graph/manifold/graph/person"

// Cost is the price of one request.
type Cost struct {
	Tokens int
	// Essential reads keep the picture alive: Refresh may make them down to the interactive floor.
	Essential bool
	// Search requests fall under a burst limit of their own.
	Search bool
	// From is where the figure comes from.
	From string
}

// any is the operation under which a system's flat price stands.
const any = "*"

const (
	openAPI    = "Pipedrive OpenAPI, x-token-cost, 2026-08-18"
	rateLimits = "Pipedream Connect rate limits: 2,000 accounts requests per 5 min and project"
	unlisted   = "in no row of Pipedream's rate limits; counted with accounts"
	metered    = "Pipefy meters requests; no rate is published"
)

// costs is the one price list: system, operation, price. A request without a row is not made.
var costs = map[person.System]map[string]Cost{
	person.Pipedrive: {
		"users.list":            {Tokens: 20, Essential: true, From: openAPI},
		"users.get":             {Tokens: 2, From: openAPI},
		"users.me":              {Tokens: 2, From: openAPI},
		"users.find":            {Tokens: 40, Search: true, From: openAPI},
		"users.permissions":     {Tokens: 10, From: openAPI},
		"users.roleAssignments": {Tokens: 10, From: openAPI},
		"users.roleSettings":    {Tokens: 10, From: openAPI},
		"users.followers":       {Tokens: 10, From: openAPI},
		"users.add":             {Tokens: 10, From: openAPI},
		"users.update":          {Tokens: 10, From: openAPI},
		"oauth.token":           {Tokens: 0, From: openAPI},
	},
	person.Pipefy: {
		any: {Tokens: 1, From: metered},
	},
	person.Pipedream: {
		"accounts.list":         {Tokens: 1, From: rateLimits},
		"accounts.get":          {Tokens: 1, From: rateLimits},
		"accounts.delete":       {Tokens: 1, From: rateLimits},
		"users.accounts":        {Tokens: 1, From: unlisted},
		"users.list":            {Tokens: 1, From: unlisted},
		"users.delete":          {Tokens: 1, From: unlisted},
		"deployedTriggers.list": {Tokens: 1, From: unlisted},
		"projects.info":         {Tokens: 1, From: unlisted},
	},
}

// CostOf is the price of one request of an operation, as the clients name them ("users.list").
// False: it has no price, so it must not be made.
func CostOf(system person.System, operation string) (Cost, bool) {
	if c, ok := costs[system][operation]; ok {
		return c, true
	}
	c, ok := costs[system][any]
	return c, ok
}

// searchBurst is how many search requests one burst window may hold.
const searchBurst = 10

// Slots is how many burst slots one such request takes where a window holds limit requests. A search
// takes more than one, so that searches alone stay under their own limit.
func (c Cost) Slots(limit int) int {
	if !c.Search || limit <= searchBurst {
		return 1
	}
	return (limit + searchBurst - 1) / searchBurst
}
