package pipedrive

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The scopes that the simulated operations ask for.
const (
	scopeBase  = "base"
	scopeRead  = "users:read"
	scopeAdmin = "admin"
)

// credential is a token with the memory of its use.
type credential struct {
	Token
	account *account
	general window
	search  window
	refused window // the 429s that it was given
	blocked time.Time
	peak    window // all arrivals, refused ones too
}

func newCredential(t Token, a *account) *credential {
	return &credential{Token: t, account: a,
		general: window{span: burstSpan}, search: window{span: burstSpan},
		refused: window{span: time.Minute}, peak: window{span: burstSpan}}
}

func (c *credential) expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// allows tells whether the token may use an operation of the given scope. An API
// token may do what its user may; base is always on.
func (c *credential) allows(scope string) bool {
	return !c.OAuth || scope == scopeBase || slices.Contains(c.Scopes, scope)
}

// presented reads the credential of r. With both headers set the API token wins.
// ok is false when the Authorization header cannot be read at all.
func presented(r *http.Request) (value string, oauth, ok bool) {
	if v := r.Header.Get("x-api-token"); v != "" {
		return v, false, true
	}
	h := r.Header.Get("Authorization")
	if h == "" {
		return "", false, true
	}
	kind, v, spaced := strings.Cut(h, " ")
	if v = strings.TrimSpace(v); !spaced || v == "" || !strings.EqualFold(kind, "Bearer") {
		return "", false, false
	}
	return v, true, true
}
