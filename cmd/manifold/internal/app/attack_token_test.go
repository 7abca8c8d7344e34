package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/authn/oidc/oidctest"
)

// tokens is the part of the corpus that comes with a token: what the lists of mistakes with JWTs name (RFC 8725).
func tokens(t *testing.T, i, evil *oidctest.Issuer, k, forger oidctest.Key) map[string]string {
	claims := func(changes map[string]any) map[string]any {
		c := i.Claims(time.Now(), changes)
		c["realm_access"] = map[string]any{"roles": []string{"graph-admins"}}
		return c
	}
	good := claims(nil)
	forged := func(header map[string]any) string {
		return oidctest.Forge(header, good, func(string) []byte { return []byte("signature") })
	}
	named := func(id string) string {
		f := forger
		f.ID = id
		return oidctest.Sign(t, f, good, nil)
	}
	whole := strings.Split(oidctest.Sign(t, k, good, nil), ".")
	other := strings.Split(oidctest.Sign(t, k, claims(map[string]any{"sub": "root"}), nil), ".")
	return map[string]string{
		"alg none":                    oidctest.Forge(map[string]any{"alg": "none"}, good, func(string) []byte { return nil }),
		"alg none and a signature":    forged(map[string]any{"alg": "None", "kid": k.ID}),
		"no alg":                      forged(map[string]any{"kid": k.ID}),
		"HS256 with the public key":   oidctest.Forge(map[string]any{"alg": "HS256", "kid": k.ID}, good, oidctest.WithPublicKey(k)),
		"RS256 with the public key":   oidctest.Forge(map[string]any{"alg": "RS256", "kid": k.ID}, good, oidctest.WithPublicKey(k)),
		"expired":                     oidctest.Sign(t, k, claims(map[string]any{"exp": time.Now().Add(-2 * time.Minute).Unix()}), nil),
		"without an end":              oidctest.Sign(t, k, claims(map[string]any{"exp": nil}), nil),
		"of the future":               oidctest.Sign(t, k, claims(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), nil),
		"for another audience":        oidctest.Sign(t, k, claims(map[string]any{"aud": []string{"mail", "manifold-staging"}}), nil),
		"of another issuer":           oidctest.Sign(t, forger, evil.Claims(time.Now(), nil), nil),
		"by another's key":            oidctest.Sign(t, forger, good, nil),
		"keys by jku":                 oidctest.Sign(t, forger, good, map[string]any{"jku": evil.URL + oidctest.JWKS}),
		"a certificate by x5u":        oidctest.Sign(t, forger, good, map[string]any{"x5u": evil.URL + "/x5u"}),
		"a key in the header":         oidctest.Sign(t, forger, good, map[string]any{"jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
		"a kid with a path":           named("../../../../../../dev/null"),
		"a kid that is an address":    named(evil.URL + oidctest.JWKS),
		"a kid with SQL":              named("x' UNION SELECT 'secret"),
		"a kid with a line":           named("a\r\nX-Admin: 1"),
		"a critical extension":        forged(map[string]any{"alg": "RS256", "kid": k.ID, "crit": []string{"admin"}, "admin": true}),
		"a token for another purpose": oidctest.Sign(t, k, good, map[string]any{"typ": "dpop+jwt"}),
		"another's claims":            whole[0] + "." + other[1] + "." + whole[2],
		"a token without a signature": whole[0] + "." + whole[1] + ".",
		"a token that is too long":    oidctest.Sign(t, k, claims(map[string]any{"x": strings.Repeat("x", 8<<10)}), nil),
		"nested claims":               whole[0] + "." + strings.Repeat("W1tb", 1500) + "." + whole[2],
	}
}

// TestAttackCorpusOfTokens sends every token from an address of its own: none opens anything, and no key is fetched
// from where a token says. What an attack costs is counted in fetches.
func TestAttackCorpusOfTokens(t *testing.T) {
	t.Parallel()
	k, forger := oidctest.RSA("r"), oidctest.EC("e")
	i, evil := oidctest.Start(t, k), oidctest.Start(t, forger)
	s := begin(t, setup{edit: withIssuer(i)})
	query := body(`{ people(first: 1) { nodes { primaryEmail } } }`, nil)
	if r := s.post(query, bearer(holding(t, i, k, []string{"graph-admins"}, nil))); r.Status != 200 || len(r.Errors) > 0 {
		t.Fatalf("a good token: %d %s", r.Status, r.raw)
	}
	before, n, corpus := s.callCount(), 0, tokens(t, i, evil, k, forger)
	for name, token := range corpus {
		n++
		s.withstand(name, attack{body: query, status: 401, code: "UNAUTHENTICATED",
			headers: []string{"X-Api-Key: ", bearer(token), fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", n)}}, strings.Split(token, ".")[1])
	}
	if keys, others := evil.Asked(); keys+others != 0 {
		t.Errorf("%d fetches from where a token says", keys+others)
	}
	if keys, _ := i.Asked(); keys > 2 {
		t.Errorf("%d fetches of the issuer's keys", keys)
	}
	if calls := s.callCount() - before; calls != 0 {
		t.Errorf("the attacks made %d calls to vendors", calls)
	}
	logged, _ := s.log.all()
	for name, token := range corpus {
		if part := strings.Split(token, ".")[1]; strings.Contains(logged, part) {
			t.Errorf("%s: the log holds the token", name)
		}
	}
}
