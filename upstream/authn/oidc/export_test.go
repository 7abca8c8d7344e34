package oidc

import (
	"context"

	"github.com/manifold-graph/manifold/graph/access"
)

// Refresh reads the keys of all issuers now, as Run does by its rhythm.
func (v *Verifier) Refresh(ctx context.Context) {
	for _, k := range v.issuers {
		k.refresh(ctx)
	}
}

// Remember keeps a token as if its signature had been found good.
func (v *Verifier) Remember(token string, p access.Principal) {
	for _, k := range v.issuers {
		v.memory.keep(token, p, v.now(), k, k.generation())
	}
}

// Settle waits until what is remembered has been bounded, and says how much that is.
func (v *Verifier) Settle() int {
	v.memory.held.CleanUp()
	return v.memory.held.EstimatedSize()
}

const (
	MostRemembered = mostRemembered
	KeysAgain      = keysAgain
	KeysSoon       = keysSoon
	LongestMemory  = longestMemory
	AllowanceFor   = allowanceFor
)
