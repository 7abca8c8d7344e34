// Package oidctest is an identity provider on loopback, for tests: it has real keys, rotates them, goes away and comes back.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is an identity provider.
type Issuer struct {
	URL string

	t      testing.TB
	down   atomic.Bool
	asked  [2]atomic.Int64
	mu     sync.Mutex
	answer map[string]http.HandlerFunc
	keys   []Key
}

// Key is a key of an issuer.
type Key struct {
	ID, Algorithm string
	Private       crypto.Signer
}

// RSA2048 is one RSA key for all tests of a process, for making one takes long.
var RSA2048 = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// RSA is a key for RS256.
func RSA(id string) Key { return Key{id, "RS256", RSA2048()} }

// EC is a new key for ES256.
func EC(id string) Key {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return Key{id, "ES256", k}
}

// Ed is a new key for EdDSA.
func Ed(id string) Key {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return Key{id, "EdDSA", k}
}

const (
	// Discovery and JWKS are where an issuer answers.
	Discovery = "/.well-known/openid-configuration"
	JWKS      = "/keys"
)

// Start runs an issuer with the given keys until the test ends.
func Start(t testing.TB, keys ...Key) *Issuer {
	i := &Issuer{t: t, keys: keys, answer: map[string]http.HandlerFunc{}}
	s := httptest.NewServer(i)
	t.Cleanup(s.Close)
	i.URL = s.URL
	return i
}

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := 0
	if r.URL.Path == JWKS {
		n = 1
	}
	i.asked[n].Add(1)
	if i.down.Load() {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	i.mu.Lock()
	special, keys := i.answer[r.URL.Path], i.keys
	i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case special != nil:
		special(w, r)
	case r.URL.Path == Discovery:
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+JWKS)
	case r.URL.Path == JWKS:
		var set jose.JSONWebKeySet
		for _, k := range keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Use: "sig"})
		}
		_ = json.NewEncoder(w).Encode(set)
	default:
		http.NotFound(w, r)
	}
}

// Rotate publishes other keys.
func (i *Issuer) Rotate(keys ...Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// Answer answers a path in another way; nil: as usual.
func (i *Issuer) Answer(path string, with http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer[path] = with
}

// Down says whether the issuer is away.
func (i *Issuer) Down(away bool) { i.down.Store(away) }

// Asked is how often the keys were asked for, and how often anything else was.
func (i *Issuer) Asked() (keys, others int) { return int(i.asked[1].Load()), int(i.asked[0].Load()) }

// Claims are those of a good token at a time, for the audience "manifold", with changes; a change to nil takes a claim out.
func (i *Issuer) Claims(now time.Time, changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.URL, "sub": "ann", "aud": "manifold", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(), "roles": []string{"staff"},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// Sign makes a token of claims. Headers are beside alg and kid.
func Sign(t testing.TB, k Key, claims map[string]any, headers map[string]any) string {
	t.Helper()
	o := &jose.SignerOptions{}
	for name, value := range headers {
		o = o.WithHeader(jose.HeaderKey(name), value)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: jose.JSONWebKey{Key: k.Private, KeyID: k.ID}}, o)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
