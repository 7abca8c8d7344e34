package oidc

import (
	"context"
	"slices"
)

// Finding is what can be learned of an issuer without a token.
type Finding struct {
	Issuer Issuer
	// Signing are the allowed algorithms for which the issuer publishes a key, of which there are Keys.
	Signing []string
	Keys    int
	Err     error
}

// Probe asks every issuer for its keys, in the order of the configuration.
func (v *Verifier) Probe(ctx context.Context) []Finding {
	out := make([]Finding, len(v.order))
	for n, i := range v.order {
		found, err := v.fetcher.keys(ctx, i)
		out[n] = Finding{Issuer: i, Err: err}
		for _, k := range found {
			if slices.ContainsFunc(i.Algorithms, k.fits) {
				out[n].Keys++
			}
		}
		for _, a := range i.Algorithms {
			if slices.ContainsFunc(found, func(k key) bool { return k.fits(a) }) {
				out[n].Signing = append(out[n].Signing, a)
			}
		}
	}
	return out
}
