package oidc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
)

// Options are what a Verifier can do without.
type Options struct {
	// Secret is what names of principals that could be addresses are hashed with, the same in all replicas; nil: one of
	// this process's own.
	Secret []byte
	// Every is how often keys are read anew, so that one that was withdrawn is forgotten. 10 min
	Every time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Transport carries the fetches; a pooled one of its own when nil.
	Transport http.RoundTripper
	// Log is told when keys change and when they cannot be read; silent when nil.
	Log *slog.Logger
}

// Verifier vouches for the tokens of some issuers.
type Verifier struct {
	issuers    map[string]*keys // by URL
	grants     authn.Grants
	names      namer
	memory     memory
	allowances *allowances
	now        func() time.Time
	every      time.Duration
	fetcher    fetcher
	order      []Issuer
}

var (
	_ authn.TokenVerifier = (*Verifier)(nil)
	_ authn.Recaller      = (*Verifier)(nil)
	_ authn.Allower       = (*Verifier)(nil)
)

// New makes a Verifier. It fetches nothing: an issuer that is away does not keep anything from starting.
func New(issuers []Issuer, grants authn.Grants, o Options) (*Verifier, error) {
	if o.Secret == nil {
		o.Secret = make([]byte, 32)
		_, _ = rand.Read(o.Secret) // it never fails
	}
	if o.Every == 0 {
		o.Every = 10 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	names, err := newNamer(o.Secret)
	if err != nil {
		return nil, err
	}
	v := &Verifier{issuers: map[string]*keys{}, grants: grants, names: names, memory: newMemory(), now: o.Now, every: o.Every, fetcher: newFetcher(o.Transport)}
	taken := map[string]bool{}
	for _, i := range issuers {
		i, err := i.complete()
		switch {
		case err != nil:
		case v.issuers[i.URL] != nil:
			err = errors.New("it is there twice")
		case taken[i.Name] || i.Name == "" && len(issuers) > 1:
			err = errors.New("each of several issuers needs a name of its own")
		}
		for _, roles := range i.Roles {
			for _, r := range roles {
				if _, ok := grants.Roles[r]; !ok && err == nil {
					err = fmt.Errorf("there is no role %q", r)
				}
			}
		}
		if err != nil {
			return nil, fmt.Errorf("issuer %s: %w", i.URL, err)
		}
		taken[i.Name] = true
		v.issuers[i.URL] = &keys{issuer: i, fetch: v.fetcher.keys, now: o.Now, log: o.Log}
		v.order = append(v.order, i)
	}
	v.allowances = newAllowances(v.order, grants.Roles, o.Now)
	return v, nil
}

// Recall implements authn.Recaller.
func (v *Verifier) Recall(token string) (access.Principal, bool) {
	if len(token) > longestToken {
		return access.Principal{}, false
	}
	return v.memory.recall(token, v.now())
}

// Allowance implements authn.Allower.
func (v *Verifier) Allowance(principal string, system person.System) int {
	return v.allowances.of(principal, system)
}

// Verify implements authn.TokenVerifier.
func (v *Verifier) Verify(ctx context.Context, token string) (access.Principal, error) {
	none := access.Principal{}
	u, ok := peel(token)
	if !ok {
		return none, refused("The token is not a signed JWT as identity providers issue it.")
	}
	keys := v.issuers[u.claims.text("iss")]
	if keys == nil {
		return none, refused("The token is of an issuer that is not known here.")
	}
	i := keys.issuer
	if !slices.Contains(i.Algorithms, u.algorithm) {
		return none, refused("The token is signed with an algorithm that is not allowed here.")
	}
	now := v.now()
	expires, wrong := i.check(u.claims, now)
	if wrong != nil {
		return none, wrong
	}
	generation, err := signed(ctx, keys, u)
	if err != nil {
		return none, err
	}
	p, err := v.principal(i, u.claims)
	if err != nil {
		return none, err
	}
	p.Expires = expires
	v.memory.keep(token, p, now, keys, generation)
	return p, nil
}

// signed tells whether a token's signature is by a key of its issuer, and of which generation that is.
func signed(ctx context.Context, keys *keys, u unverified) (uint64, error) {
	for again := false; ; again = true {
		public, generation, err := keys.find(ctx, u.key, u.algorithm)
		if err != nil {
			return 0, err
		}
		verifier := oidc.NewVerifier(keys.issuer.URL, &oidc.StaticKeySet{PublicKeys: public}, &oidc.Config{
			SupportedSigningAlgs: []string{u.algorithm}, SkipClientIDCheck: true, SkipExpiryCheck: true, // both are checked already
		})
		if _, err := verifier.Verify(ctx, u.text); err == nil {
			return generation, nil
		}
		// A token that names no key may be by a newer one.
		if u.key != "" || again || !keys.changed(ctx, generation) {
			return 0, refused("The signature of the token is wrong.")
		}
	}
}

// principal is whom a verified token stands for.
func (v *Verifier) principal(i Issuer, c claims) (access.Principal, error) {
	var roles []string
	for _, value := range c.roleValues(i.RolesClaim) {
		roles = append(roles, i.Roles[value]...)
	}
	slices.Sort(roles)
	roles = slices.Compact(roles)
	if len(roles) == 0 {
		return access.Principal{}, fault.New(fault.Forbidden, "The token is valid, but gives no role here. Ask the operator for one, then fetch a new token.")
	}
	name := v.names.name(i, c.text("sub"))
	p, allowance, err := v.grants.Grant(name, roles, authn.Role{})
	if err != nil {
		return access.Principal{}, fault.Wrap(fault.Forbidden, err, "The token is valid, but its roles do not go together: one limits what is seen, another tells of everything. Ask the operator.")
	}
	v.allowances.note(name, roles, allowance)
	p.Email = c.address()
	return p, nil
}

// Run keeps the keys of all issuers fresh until ctx ends.
func (v *Verifier) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, k := range v.issuers {
		wg.Go(func() {
			tick := time.NewTicker(v.every)
			defer tick.Stop()
			for {
				k.refresh(ctx)
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		})
	}
	wg.Wait()
	return nil
}
