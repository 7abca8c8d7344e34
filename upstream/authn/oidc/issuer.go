package oidc

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Algorithms are all that may be allowed: each needs a private key of the issuer's to sign. none and HS* are not among
// them, for anybody who has a public key could sign with those.
var Algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// DefaultAlgorithms are allowed where nothing is said.
var DefaultAlgorithms = []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA}

const (
	// DefaultRolesClaim is where roles are looked for.
	DefaultRolesClaim = "roles"
	// DefaultClockSkew is by how much the issuer's clock may differ from ours.
	DefaultClockSkew = time.Minute
	// MostClockSkew is the largest that may be set.
	MostClockSkew = 5 * time.Minute
)

// Issuer is one identity provider, and what its tokens open.
type Issuer struct {
	// URL is the issuer exactly as its tokens have it in iss.
	URL string
	// Name stands in the names of its principals; it is needed where there are several issuers.
	Name string
	// Audience are the names for Manifold of which a token must have one in aud.
	Audience []string
	// AuthorizedParties are the clients to which its tokens may have been issued (azp, or client_id); nil: any.
	AuthorizedParties []string
	// Algorithms may sign; DefaultAlgorithms when nil.
	Algorithms []string
	// RolesClaim is the name of the claim with the roles, or a path to it with dots. DefaultRolesClaim when "".
	RolesClaim string
	// Roles are Manifold's roles by values of the claim.
	Roles map[string][]string
	// JWKSURL is where the keys are, for an issuer without a discovery document.
	JWKSURL string
	// ClockSkew is DefaultClockSkew when 0.
	ClockSkew time.Duration
}

// complete fills in what is left out, and says what is wrong.
func (i Issuer) complete() (Issuer, error) {
	if i.Algorithms == nil {
		i.Algorithms = DefaultAlgorithms
	}
	if i.RolesClaim == "" {
		i.RolesClaim = DefaultRolesClaim
	}
	if i.ClockSkew == 0 {
		i.ClockSkew = DefaultClockSkew
	}
	if err := CheckURL(i.URL); err != nil {
		return i, fmt.Errorf("issuer: %w", err)
	}
	if i.JWKSURL != "" {
		if err := CheckURL(i.JWKSURL); err != nil {
			return i, fmt.Errorf("jwks_url: %w", err)
		}
	}
	if len(i.Audience) == 0 || slices.Contains(i.Audience, "") {
		return i, errors.New("an issuer needs an audience, or tokens that it made for other services would be taken")
	}
	for _, a := range i.Algorithms {
		if !slices.Contains(Algorithms, a) {
			return i, fmt.Errorf("tokens cannot be signed with %q; known are %s", a, strings.Join(Algorithms, ", "))
		}
	}
	return i, nil
}

// CheckURL tells whether keys may be fetched from an address: by https, or by http from this machine itself. An
// issuer is compared letter by letter, so what could be written in another way is refused.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return errors.New("not a URL; write it like https://login.example.com")
	case u.User != nil || u.Fragment != "":
		return errors.New("must have no user, password or fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("must be https: whoever can change what is read there could sign tokens. Loopback alone may be http")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
