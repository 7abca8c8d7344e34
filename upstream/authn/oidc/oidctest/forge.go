package oidctest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
)

// Forge makes a token by hand, of a header and claims that nobody would sign, with whatever signature sign gives.
func Forge(header, claims map[string]any, sign func(input string) []byte) string {
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	input := part(header) + "." + part(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

// WithPublicKey signs by HS256 with a public key in place of a secret: what a verifier takes that lets the token choose.
func WithPublicKey(k Key) func(string) []byte {
	der, err := x509.MarshalPKIXPublicKey(k.Private.Public())
	if err != nil {
		panic(err)
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return func(input string) []byte {
		h := hmac.New(sha256.New, secret)
		_, _ = h.Write([]byte(input)) // a hash takes everything
		return h.Sum(nil)
	}
}
