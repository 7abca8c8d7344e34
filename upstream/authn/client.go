package authn

import (
	"fmt"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// Allowance is what a client may spend on each account of a system in one window of that account. A system without
// an entry is not bounded.
type Allowance map[person.System]int

// Role is what the operator gives to a kind of client.
type Role struct {
	access.Role
	Limits    access.Limits
	Allowance Allowance
}

// Client is one client, with all keys that it may come with.
type Client struct {
	Name  string
	Roles []string
	// Scopes are its own, beside those of its roles.
	Scopes    []access.Scope
	Limits    access.Limits
	Allowance Allowance
	Created   time.Time
	Secrets   []Secret
}

// Secret is a key, of which only the digest is known.
type Secret struct {
	Digest  Digest    `json:"digest"`
	Created time.Time `json:"created,omitzero"`
	// Expires is the end of the key; the zero time: never.
	Expires time.Time `json:"expires,omitzero"`
}

// Grants turn names of roles into what they open.
type Grants struct {
	// Roles are those of the configuration, by name.
	Roles map[string]Role
	// OperationTokens bound an operation of those for whom nothing else is said; 0 is no bound.
	OperationTokens int
	// ObjectsPerMinute likewise.
	ObjectsPerMinute int
}

// Grant makes the principal of this name with the given roles, and what own has beside them. Scopes add up, limits on
// what is seen all hold, and of every number the smallest that is positive.
func (g Grants) Grant(name string, roles []string, own Role) (access.Principal, Allowance, error) {
	all, limits, allowance := []access.Role{own.Role}, own.Limits, own.Allowance
	for _, each := range roles {
		r, ok := g.Roles[each]
		if !ok {
			return access.Principal{}, nil, fmt.Errorf("there is no role %q; add it under roles in the configuration", each)
		}
		all = append(all, r.Role)
		limits.OperationTokens = least(limits.OperationTokens, r.Limits.OperationTokens)
		limits.ObjectsPerMinute = least(limits.ObjectsPerMinute, r.Limits.ObjectsPerMinute)
		allowance = allowance.and(r.Allowance)
	}
	p := access.Grant(name, all...)
	for _, r := range all {
		// Grant drops it. Whoever gives it is told, and does not wonder later.
		if i := slices.IndexFunc(r.Scopes, access.NeedsAllRows); i >= 0 && !p.Rows().All() {
			return access.Principal{}, nil, fmt.Errorf("the scope %s tells of all sources and clients, so it does not go with a role that has sources or email_domains", r.Scopes[i])
		}
	}
	p.Limits = limits
	if p.Limits.OperationTokens == 0 {
		p.Limits.OperationTokens = g.OperationTokens
	}
	if p.Limits.ObjectsPerMinute == 0 {
		p.Limits.ObjectsPerMinute = g.ObjectsPerMinute
	}
	return p, allowance, nil
}

// least is the smaller of two bounds, of which 0 is none.
func least(a, b int) int {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

func (a Allowance) and(b Allowance) Allowance {
	both := Allowance{}
	for _, each := range []Allowance{a, b} {
		for system, n := range each {
			both[system] = least(both[system], n)
		}
	}
	return both
}

// PrincipalOf is the name of the principal that a client's keys stand for.
func PrincipalOf(client string) string { return "key:" + client }
