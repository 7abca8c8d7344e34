package oidc

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

const prefix = "oidc:"

// plain are subjects that can be no mail address and no telephone number, and that read well in a line of the log.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.|:-]{0,63}$`)

// namer gives principals their names. Its key keeps addresses from being found by trying them.
type namer struct{ key []byte }

// newNamer derives a key of its own from a secret that all replicas have.
func newNamer(secret []byte) (namer, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "manifold oidc v1 names", sha256.Size)
	return namer{key}, err
}

// name is what the log and the ledger call a subject: the same at each start and in each replica. What may be an
// address is a hash.
func (n namer) name(i Issuer, subject string) string {
	begin := prefix
	if i.Name != "" {
		begin += i.Name + ":"
	}
	if plain.MatchString(subject) {
		return begin + subject
	}
	h := hmac.New(sha256.New, n.key)
	_, _ = h.Write([]byte(i.URL + "\x00" + subject)) // a hash takes everything
	return begin + "#" + hex.EncodeToString(h.Sum(nil)[:12])
}
