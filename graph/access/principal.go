package access

import (
	"slices"
	"strings"
	"time"
)

// Principal is who is asking. The zero Principal is nobody and may see nothing.
type Principal struct {
	// Name is what the log and the audit call them ("key:frontend", "oidc:8f2c…", "local").
	Name string
	// Email is the address that the identity provider vouches for; "" where it tells none. It decides nothing that they
	// see: acts refuse to take their own access from them.
	Email string
	// Limits are what they may spend. They decide what is answered, never what is seen, so they are no part of Sight.
	Limits Limits
	// Expires is when what they identified themselves by ends; zero when it does not.
	Expires time.Time

	roles  []string
	scopes map[Scope]struct{}
	rows   Rows
	sight  string
}

// Limits bound what a principal may take. 0 is no bound.
type Limits struct {
	// OperationTokens is the highest worst-case price of one operation at one source, in tokens for Pipedrive and
	// requests elsewhere.
	OperationTokens int
	// ObjectsPerMinute is how many objects may be looked up or listed in a minute, over all operations.
	ObjectsPerMinute int
}

// Role is what the operator gives to a kind of client under one name.
type Role struct {
	Name   string
	Scopes []Scope
	// Rows limit what the role's scopes are for.
	Rows Rows
}

// NewPrincipal makes a principal with the given scopes, who may see all rows.
func NewPrincipal(name string, scopes ...Scope) Principal {
	return Grant(name, Role{Scopes: scopes})
}

// Grant makes a principal of roles: their scopes add up, and a limit that any of them has holds for all that the
// principal sees. A scope given for some rows therefore never opens others, and scopes that tell of whole accounts go to
// nobody who may see but a part.
func Grant(name string, roles ...Role) Principal {
	p := Principal{Name: name, scopes: map[Scope]struct{}{}}
	for _, r := range roles {
		if r.Name != "" {
			p.roles = append(p.roles, r.Name)
		}
		for _, s := range r.Scopes {
			p.scopes[s] = struct{}{}
		}
		p.rows = p.rows.And(r.Rows)
	}
	if !p.rows.All() {
		for _, s := range wholeScopes {
			delete(p.scopes, s)
		}
	}
	slices.Sort(p.roles)
	p.roles = slices.Compact(p.roles)
	p.sight = strings.Join(p.ScopeNames(), " ") + "\x00" + p.rows.Key()
	return p
}

// Sight says everything that decides what p may see: two principals with the same
// sight get the same answers. Whatever new rule limits a principal belongs in it.
func (p Principal) Sight() string { return p.sight }

// Rows says which accounts p may see.
func (p Principal) Rows() Rows { return p.rows }

// Roles lists the names of p's roles, sorted.
func (p Principal) Roles() []string { return append([]string{}, p.roles...) }

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
