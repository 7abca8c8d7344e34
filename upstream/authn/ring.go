package authn

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
)

// mark is where a digest lies in a ring.
type mark [sha256.Size]byte

// ring is every known key at one time. It does not change.
type ring struct {
	held       map[mark]holder
	allowances map[string]Allowance // by the principal's name
}

type holder struct {
	principal access.Principal
	expires   time.Time
}

func (h holder) expired(now time.Time) bool { return !h.expires.IsZero() && !now.Before(h.expires) }

// newRing takes the clients of several places, among whom names and keys must be unique.
func newRing(secret []byte, grants Grants, places ...[]Client) (*ring, error) {
	r := &ring{held: map[mark]holder{}, allowances: map[string]Allowance{}}
	for _, clients := range places {
		for _, c := range clients {
			name := PrincipalOf(c.Name)
			if _, taken := r.allowances[name]; taken {
				return nil, fmt.Errorf("client %q: the name is taken by another client", c.Name)
			}
			p, allowance, err := grants.Grant(name, c.Roles, Role{Role: access.Role{Scopes: c.Scopes}, Limits: c.Limits, Allowance: c.Allowance})
			if err != nil {
				return nil, fmt.Errorf("client %q: %w", c.Name, err)
			}
			r.allowances[name] = allowance
			for _, s := range c.Secrets {
				at := markOf(secret, s.Digest)
				if _, taken := r.held[at]; taken {
					return nil, fmt.Errorf("client %q: a key is another's as well", c.Name)
				}
				p.Expires = s.Expires
				r.held[at] = holder{principal: p, expires: s.Expires}
			}
		}
	}
	return r, nil
}

func markOf(secret []byte, d Digest) (m mark) {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write(d[:]) // a hash takes everything
	h.Sum(m[:0])
	return m
}
