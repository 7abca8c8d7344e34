package oidc

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// longestToken is more than any issuer's tokens have, and as much as one header holds.
const longestToken = 8 << 10

// types are what a token may call itself. Those for other purposes (logout+jwt, dpop+jwt) are signed by the same keys.
var types = []string{"", "jwt", "at+jwt"}

// claims are what a token says, by the exact names of its claims.
type claims map[string]json.RawMessage

// unverified is what a token says of itself, before anybody has vouched for it.
type unverified struct {
	text      string
	algorithm string
	key       string
	claims    claims
}

// peel takes a token apart. It is linear in the token, and computes nothing.
func peel(text string) (unverified, bool) {
	u := unverified{text: text}
	if len(text) > longestToken || strings.Count(text, ".") != 2 {
		return u, false
	}
	parts := strings.SplitN(text, ".", 3)
	if slices.Contains(parts, "") {
		return u, false
	}
	header, ok := object(parts[0])
	if !ok || header["crit"] != nil {
		return u, false // an extension that must be understood, and none is
	}
	var kind string
	for name, into := range map[string]*string{"alg": &u.algorithm, "kid": &u.key, "typ": &kind} {
		if raw, there := header[name]; there && json.Unmarshal(raw, into) != nil {
			return u, false
		}
	}
	if !slices.Contains(types, strings.TrimPrefix(strings.ToLower(kind), "application/")) {
		return u, false
	}
	u.claims, ok = object(parts[1])
	return u, ok
}

func object(part string) (map[string]json.RawMessage, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, false
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, false
	}
	return o, true
}
