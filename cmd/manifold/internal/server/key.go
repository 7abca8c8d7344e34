package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
)

// Key is one client of the API.
type Key struct {
	Name   string
	Secret string
	// Scopes is what the client may see; nil means all read scopes.
	Scopes []access.Scope
	// Limits are what the client may spend.
	Limits access.Limits
}

// PrincipalOf is the name of the principal that the key of a client stands for.
func PrincipalOf(client string) string { return "key:" + client }

// keyring tells who sent a request. It keeps digests alone.
type keyring struct {
	digests    [][sha256.Size]byte
	principals []access.Principal
	// local is who asks when there are no keys.
	local access.Principal
}

func newKeyring(keys []Key, local access.Principal) keyring {
	k := keyring{local: local}
	for _, key := range keys {
		scopes := key.Scopes
		if scopes == nil {
			scopes = access.ReadScopes
		}
		k.digests = append(k.digests, sha256.Sum256([]byte(key.Secret)))
		p := access.NewPrincipal(PrincipalOf(key.Name), scopes...)
		p.Limits = key.Limits
		k.principals = append(k.principals, p)
	}
	return k
}

// identify compares digests of one length with every key, and never stops early: the time
// it takes says nothing about which key, or how much of one, was right.
func (k keyring) identify(r *http.Request) (access.Principal, bool) {
	if len(k.digests) == 0 {
		return k.local, true
	}
	given := sha256.Sum256([]byte(credential(r)))
	found := -1
	for i := range k.digests {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(given[:], k.digests[i][:]), i, found)
	}
	if found < 0 {
		return access.Principal{}, false
	}
	return k.principals[found], true
}

func credential(r *http.Request) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return r.Header.Get("X-Api-Key")
}

// require lets known clients through, as the principal in the request's context.
func (k keyring) require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := k.identify(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", `Bearer realm="manifold"`)
			refuse(w, http.StatusUnauthorized, fault.Unauthenticated, "Send a valid API key, as \"Authorization: Bearer KEY\" or \"X-Api-Key: KEY\".")
			return
		}
		requestOf(r.Context()).who = p.Name
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), p)))
	})
}
