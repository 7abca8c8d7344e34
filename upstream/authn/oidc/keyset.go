package oidc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// mostKeys is how many keys an issuer may publish; those in use have two to ten.
	mostKeys = 100
	// The sizes of RSA keys: what is smaller can be factored, what is larger costs us more than it is worth.
	leastRSA, mostRSA = 2048, 8192
)

// key is one public key of an issuer.
type key struct {
	id, algorithm string // algorithm is "" where the issuer does not say
	public        crypto.PublicKey
	print         []byte
}

// parseKeys reads a JWKS. What cannot be used is left out: an issuer may publish keys for other purposes.
func parseKeys(raw []byte) ([]key, error) {
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(raw, &set) != nil {
		return nil, errors.New("what the issuer publishes is not a list of keys (JWKS)")
	}
	if len(set.Keys) > mostKeys {
		return nil, fmt.Errorf("the issuer publishes more than %d keys", mostKeys)
	}
	var keys []key
	for _, members := range set.Keys {
		for _, certificates := range []string{"x5c", "x5u", "x5t", "x5t#S256"} {
			delete(members, certificates) // they say nothing that we would believe
		}
		one, err := json.Marshal(members)
		if err != nil {
			continue
		}
		var k jose.JSONWebKey
		if k.UnmarshalJSON(one) != nil || k.Use != "" && k.Use != "sig" {
			continue
		}
		print, err := k.Thumbprint(crypto.SHA256)
		found := key{id: k.KeyID, algorithm: k.Algorithm, public: k.Key, print: print}
		if err != nil || !slices.ContainsFunc(Algorithms, found.fits) {
			continue
		}
		keys = append(keys, found)
	}
	return keys, nil
}

// fits tells whether signatures of an algorithm may be by k.
func (k key) fits(algorithm string) bool {
	if k.algorithm != "" && k.algorithm != algorithm {
		return false
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		bits := public.N.BitLen()
		return slices.Contains([]string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512}, algorithm) && bits >= leastRSA && bits <= mostRSA
	case *ecdsa.PublicKey:
		return map[string]int{oidc.ES256: 256, oidc.ES384: 384, oidc.ES512: 521}[algorithm] == public.Curve.Params().BitSize
	case ed25519.PublicKey:
		return algorithm == oidc.EdDSA
	}
	return false
}

// pick gives the keys by which a token may be signed. A token that names none is taken where only one key fits: else each
// would have to be tried.
func pick(keys []key, id, algorithm string) []crypto.PublicKey {
	var found []crypto.PublicKey
	for _, k := range keys {
		if k.fits(algorithm) && (id == "" || k.id == id) {
			found = append(found, k.public)
		}
	}
	if len(found) > 1 {
		return nil
	}
	return found
}

func sameKeys(a, b []key) bool {
	return slices.EqualFunc(a, b, func(x, y key) bool {
		return x.id == y.id && x.algorithm == y.algorithm && bytes.Equal(x.print, y.print)
	})
}
