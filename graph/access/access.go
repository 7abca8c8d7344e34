// Package access decides what a principal may see and do: one table, keyed by
// schema coordinate, consulted by whatever executes.
package access

import "slices"

// Scope is a permission that a principal holds.
type Scope string

// The scopes of the read side.
const (
	// ScopeDirectoryRead opens people, identities, resources and sources.
	ScopeDirectoryRead Scope = "directory:read"
	// ScopeEmailsRead opens addresses, and filters and orders that look at them.
	ScopeEmailsRead Scope = "emails:read"
	// ScopePhonesRead opens phone numbers.
	ScopePhonesRead Scope = "phones:read"
	// ScopeGrantsRead opens what people may reach: grants, memberships, accounts.
	ScopeGrantsRead Scope = "grants:read"
	// ScopePermissionsRead opens permissions, roles and their settings.
	ScopePermissionsRead Scope = "permissions:read"
	// ScopeBudgetsRead opens budgets and spending.
	ScopeBudgetsRead Scope = "budgets:read"
	// ScopeLinksRead opens link suggestions and conflicts.
	ScopeLinksRead Scope = "links:read"
)

// ScopeCacheBypass lets a caller ask for facts that are newer than everybody may ask for: it drains budgets.
const ScopeCacheBypass Scope = "cache:bypass"

// The scopes of links and history.
const (
	// ScopeLinksWrite lets a caller decide about links, for everybody and over every rule.
	ScopeLinksWrite Scope = "links:write"
	// ScopeHistoryRead opens what changed: who appeared, left, gained or lost which grant.
	ScopeHistoryRead Scope = "history:read"
)

// The scopes of acts. Each write scope is for one system; an act over several needs all of theirs.
const (
	ScopePipedriveWrite Scope = "pipedrive:write"
	ScopePipefyWrite    Scope = "pipefy:write"
	ScopePipedreamWrite Scope = "pipedream:write"
	// ScopeActsForce lets a caller do what guards refuse: take access from a credential's owner, the last administrator
	// or themselves.
	ScopeActsForce Scope = "acts:force"
	// ScopeActionsRead opens what acts did, were told to do, and found.
	ScopeActionsRead Scope = "actions:read"
)

// ScopeAuditRead opens the audit log, which tells of everybody.
const ScopeAuditRead Scope = "audit:read"

// ActScopes lists the scopes of acts.
var ActScopes = []Scope{ScopePipedriveWrite, ScopePipefyWrite, ScopePipedreamWrite, ScopeActsForce, ScopeActionsRead}

// ReadScopes lists every scope of the read side.
var ReadScopes = []Scope{
	ScopeDirectoryRead, ScopeEmailsRead, ScopePhonesRead, ScopeGrantsRead,
	ScopePermissionsRead, ScopeBudgetsRead, ScopeLinksRead,
}

// wholeScopes are of use to whoever sees everything. Spending counts what was done for hidden rows as well; a decision on
// links moves hidden ones; and of who has left nothing says any more whether they might have been shown.
var wholeScopes = []Scope{ScopeBudgetsRead, ScopeLinksWrite, ScopeHistoryRead, ScopeAuditRead}

// NeedsAllRows tells whether s is of no use to a principal who may not see all rows.
func NeedsAllRows(s Scope) bool { return slices.Contains(wholeScopes, s) }

// WriteScopes change something: at a vendor, or in what humans have decided.
var WriteScopes = []Scope{ScopeLinksWrite, ScopePipedriveWrite, ScopePipefyWrite, ScopePipedreamWrite, ScopeActsForce}

// Scopes lists every scope there is.
var Scopes = append(append(slices.Clone(ReadScopes), ScopeCacheBypass, ScopeLinksWrite, ScopeHistoryRead, ScopeAuditRead), ActScopes...)
