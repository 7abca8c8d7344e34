// Package access decides what a principal may see and do: one table, keyed by
// schema coordinate, consulted by whatever executes.
package access

import (
	"slices"
	"strings"
)

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

// ReadScopes lists every scope of the read side.
var ReadScopes = []Scope{
	ScopeDirectoryRead, ScopeEmailsRead, ScopePhonesRead, ScopeGrantsRead,
	ScopePermissionsRead, ScopeBudgetsRead, ScopeLinksRead,
}

// Scopes lists every scope there is.
var Scopes = append(slices.Clone(ReadScopes), ScopeCacheBypass)

// Principal is who is asking. The zero Principal is nobody and may see nothing.
type Principal struct {
	// Name is what the log and the audit call them ("key:frontend", "local").
	Name string
	// Limits are what they may spend. They decide what is answered, never what is seen, so they are no part of Sight.
	Limits Limits
	scopes map[Scope]struct{}
	sight  string
}

// Limits bound what a principal may spend.
type Limits struct {
	// OperationTokens is the highest worst-case price of one operation at one source, in tokens for Pipedrive and
	// requests elsewhere. 0 is no bound.
	OperationTokens int
}

// NewPrincipal makes a principal with the given scopes.
func NewPrincipal(name string, scopes ...Scope) Principal {
	p := Principal{Name: name, scopes: make(map[Scope]struct{}, len(scopes))}
	for _, s := range scopes {
		p.scopes[s] = struct{}{}
	}
	p.sight = strings.Join(p.ScopeNames(), " ")
	return p
}

// Sight says everything that decides what p may see: two principals with the same
// sight get the same answers. Whatever new rule limits a principal belongs in it.
func (p Principal) Sight() string { return p.sight }

// Has tells whether p holds s.
func (p Principal) Has(s Scope) bool {
	_, ok := p.scopes[s]
	return ok
}

// ScopeNames lists what p holds, sorted.
func (p Principal) ScopeNames() []string {
	names := make([]string, 0, len(p.scopes))
	for s := range p.scopes {
		names = append(names, string(s))
	}
	slices.Sort(names)
	return names
}
