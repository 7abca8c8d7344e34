package oidc

import "context"

// Refresh reads the keys of all issuers now, as Run does by its rhythm.
func (v *Verifier) Refresh(ctx context.Context) {
	for _, k := range v.issuers {
		k.refresh(ctx)
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
