package oidc

import (
	"crypto/sha256"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/manifold-graph/manifold/graph/access"
)

const (
	// longestMemory is how long a token is remembered after its signature was found good.
	longestMemory = 5 * time.Minute
	// mostRemembered bounds how many are; a principal takes about a kilobyte.
	mostRemembered = 10_000
)

// memory holds tokens whose signatures were found good, by their digests. Only such get in, so no stranger fills it.
type memory struct {
	held *otter.Cache[[sha256.Size]byte, remembered]
}

type remembered struct {
	principal access.Principal
	until     time.Time
	// keys are those by which the token was verified: when the issuer changes them, it is verified anew.
	keys *keys
	of   uint64
}

func newMemory() memory {
	return memory{otter.Must(&otter.Options[[sha256.Size]byte, remembered]{MaximumSize: mostRemembered})}
}

func (m memory) recall(token string, now time.Time) (access.Principal, bool) {
	at := sha256.Sum256([]byte(token))
	r, ok := m.held.GetIfPresent(at)
	if !ok {
		return access.Principal{}, false
	}
	if !now.Before(r.until) || r.keys.generation() != r.of {
		m.held.Invalidate(at)
		return access.Principal{}, false
	}
	return r.principal, true
}

func (m memory) keep(token string, p access.Principal, now time.Time, keys *keys, generation uint64) {
	until := now.Add(longestMemory)
	if p.Expires.Before(until) {
		until = p.Expires
	}
	if now.Before(until) {
		m.held.Set(sha256.Sum256([]byte(token)), remembered{principal: p, until: until, keys: keys, of: generation})
	}
}
